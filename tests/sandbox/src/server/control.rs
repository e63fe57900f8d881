//! What a person or a test asks of the sandbox itself: `/_sandbox/…` on each of the servers.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{Shared, now_ms};
use crate::{DeliveryFault, Fault, Request, Response, World};

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

/// Where the tracking of an order goes.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Tracking {
    order_id: Option<u64>,
    order_number: Option<String>,
    status: String,
}

/// `None` when the request is meant for the far end.
pub(super) fn answer(request: &Request, shared: &Shared) -> Option<Response> {
    let call = request.route().strip_prefix("/_sandbox/")?;
    Some(match (request.method.as_str(), call) {
        ("GET", "state") => Response::json(200, &shared.with_world(|world| world.state())),
        ("POST", "reset") => {
            shared.reset();
            Response::empty(204)
        }
        ("POST", "faults") => each(request, "a fault", |fault: Fault| shared.with_world(|world| world.fault(fault))),
        ("POST", "webhook-faults") => each(request, "a fault of webhooks", |fault: DeliveryFault| {
            shared.with_world(|world| world.delivery_fault(fault));
        }),
        ("POST", "tracking") => match serde_json::from_slice(&request.body) {
            Ok(tracking) => shared.with_world(|world| advance(world, &tracking)),
            Err(error) => refused(&format!("not a step of tracking: {error}")),
        },
        _ => {
            let words = "the sandbox knows state, faults, webhook-faults, tracking and reset";
            Response::json(404, &json!({ "error": words }))
        }
    })
}

/// Takes one thing or a list of them.
fn each<T: DeserializeOwned>(request: &Request, name: &str, take: impl FnMut(T)) -> Response {
    let things = match serde_json::from_slice(&request.body) {
        Ok(OneOrMany::One(thing)) => vec![thing],
        Ok(OneOrMany::Many(things)) => things,
        Err(error) => return refused(&format!("not {name}: {error}")),
    };
    things.into_iter().for_each(take);
    Response::empty(204)
}

/// Of several orders with the same number the newest is meant.
fn advance(world: &mut World, to: &Tracking) -> Response {
    let numbered = || world.starshipit.order_ids(to.order_number.as_deref()?).last().copied();
    let id = to.order_id.or_else(numbered).unwrap_or(0);
    if world.starshipit.advance_tracking(now_ms(), id, &to.status) {
        return Response::empty(204);
    }
    refused("no printed order of Starshipit has this order-id or order-number")
}

fn refused(words: &str) -> Response {
    Response::json(422, &json!({ "error": words }))
}

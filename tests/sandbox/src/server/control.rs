//! What a person or a test asks of the sandbox itself: `/_sandbox/…` on each of the servers.

use serde::Deserialize;
use serde_json::json;

use super::Shared;
use crate::{Fault, Request, Response};

#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    One(Fault),
    Many(Vec<Fault>),
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
        ("POST", "faults") => match serde_json::from_slice(&request.body) {
            Ok(faults) => {
                let faults = match faults {
                    Faults::One(fault) => vec![fault],
                    Faults::Many(faults) => faults,
                };
                shared.with_world(|world| faults.into_iter().for_each(|fault| world.fault(fault)));
                Response::empty(204)
            }
            Err(error) => Response::json(422, &json!({ "error": format!("not a fault: {error}") })),
        },
        _ => Response::json(404, &json!({ "error": "the sandbox knows state, faults and reset" })),
    })
}

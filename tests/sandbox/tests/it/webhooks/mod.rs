//! Webhooks in virtual time: what is told, to whom, signed how, and repeated when.

mod cartoncloud;
mod faults;
mod servers;
mod signatures;
mod starshipit;
mod trackstar;

use connote_sandbox::{Delivery, FarEnd, Subscription, World, contract, credentials};
use serde_json::Value;

use crate::support::unlimited;

const URL: &str = "http://receiver.test/hooks";
const HOUR: u64 = 3_600_000;

fn subscribed(far_end: FarEnd) -> World {
    let mut world = unlimited();
    world.subscribe(Subscription::new(far_end, URL));
    world
}

/// What is due. Everything that is sent obeys its contract and holds no key of the API.
fn due(world: &mut World, now_ms: u64) -> Vec<Delivery> {
    let due = world.due_deliveries(now_ms);
    for delivery in &due {
        assert_eq!(contract(delivery.far_end).check_webhook(delivery), [] as [String; 0]);
        let sent = format!("{delivery:?} {}", String::from_utf8_lossy(&delivery.body));
        for key in [
            credentials::STARSHIPIT_API_KEY,
            credentials::STARSHIPIT_SUBSCRIPTION_KEY,
            credentials::TRACKSTAR_API_KEY,
            credentials::TRACKSTAR_ACCESS_TOKEN,
            credentials::CARTONCLOUD_CLIENT_SECRET,
            credentials::STARSHIPIT_WEBHOOK_SECRET,
            credentials::TRACKSTAR_WEBHOOK_SECRET,
        ] {
            assert!(!sent.contains(key), "{sent}");
        }
    }
    due
}

fn body(delivery: &Delivery) -> Value {
    serde_json::from_slice(&delivery.body).unwrap()
}

/// The values of one field in all that is due.
fn told(world: &mut World, now_ms: u64, pointer: &str) -> Vec<Value> {
    due(world, now_ms).iter().map(|delivery| body(delivery).pointer(pointer).cloned().unwrap_or_default()).collect()
}

/// When and how the only delivery of the state was tried.
fn attempts(world: &World) -> (Value, Vec<Value>) {
    let state = world.state();
    let delivery = &state["webhooks"]["deliveries"][0];
    (delivery["stage"].clone(), delivery["attempts"].as_array().unwrap().clone())
}

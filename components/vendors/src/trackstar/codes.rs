//! What Trackstar's order statuses say about shipping (reference: the vendor's status list, whose values come and go without a version).

use connote_types::orders::Verdict;

use crate::json::Value;
use crate::settings::Settings;

/// Statuses that ship when the connection names none: the goods are in hand.
const SHIP: [&str; 2] = ["picked", "packed"];

/// What must be known of an order to judge it.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFacts<'a> {
    /// `status`.
    pub status: &'a str,
    /// `raw_status`, the WMS's own word, `""` when it is null. Consulted only for the status `other`.
    pub raw_status: &'a str,
    /// `type`: `d2c`, `b2b`, `dropship`, `transfer`, `""` when it is null.
    pub order_type: &'a str,
    /// Some shipment has the status `shipped`: a part of the order has left.
    pub part_shipped: bool,
}

/// What a status alone says. The sentence is empty for [`Verdict::Ship`].
///
/// `settings.ship_statuses` replaces the statuses that ship, but never makes a finished, cancelled or partly shipped order ship: those are
/// also what our own write-back looks like an hour later.
#[must_use]
pub fn verdict(status: &str, settings: &Settings) -> (Verdict, String) {
    match fixed(status) {
        Some((verdict, reason)) => (verdict, reason.to_owned()),
        None if ships(status, settings) => (Verdict::Ship, String::new()),
        None => (Verdict::Leave, waiting(status)),
    }
}

/// What the whole order says, given as it came from Trackstar (without the envelope).
#[must_use]
pub fn order_verdict(order: &Value, settings: &Settings) -> (Verdict, String) {
    let text = |pointer: &str| order.pointer(pointer).word();
    let part_shipped = order.get("shipments").items().iter().any(|one| one.get("status").word() == "shipped");
    let facts = OrderFacts {
        status: text("/status"),
        raw_status: text("/raw_status"),
        order_type: text("/type"),
        part_shipped,
    };
    facts_verdict(&facts, settings)
}

/// What the whole order says: its status, its type, what has left already.
#[must_use]
pub fn facts_verdict(order: &OrderFacts<'_>, settings: &Settings) -> (Verdict, String) {
    if order.order_type == "transfer" {
        return (Verdict::Leave, "a transfer between warehouses is not a customer delivery".to_owned());
    }
    let own_word = order.status == "other" && listed(order.raw_status, &settings.ship_statuses);
    let (verdict, reason) = if own_word { (Verdict::Ship, String::new()) } else { verdict(order.status, settings) };
    if verdict == Verdict::Ship && order.part_shipped {
        return (
            Verdict::Refuse,
            "a shipment of this order has left already: the rest cannot be told apart, ship it by hand".to_owned(),
        );
    }
    (verdict, reason)
}

/// Statuses that no setting changes.
fn fixed(status: &str) -> Option<(Verdict, &'static str)> {
    match status {
        "fulfilled" => Some((Verdict::Leave, "fulfilled: it has been shipped already")),
        "cancelled" => Some((Verdict::Leave, "cancelled by the warehouse or the customer")),
        "partially_fulfilled" => Some((
            Verdict::Refuse,
            "partially_fulfilled: a part has left and the rest cannot be told apart, ship it by hand",
        )),
        _ => None,
    }
}

fn waiting(status: &str) -> String {
    match status {
        "open" | "confirmed" | "processing" => {
            format!("{status}: not picked yet (settings.ship_statuses decides which statuses ship)")
        }
        "picked" | "packed" => format!("{status}: not among settings.ship_statuses"),
        "backordered" => "backordered: there is no stock".to_owned(),
        "exception" => "exception: the warehouse reports a problem with this order".to_owned(),
        "other" => {
            "other: a status of the WMS's own; list its raw_status in settings.ship_statuses to ship it".to_owned()
        }
        "" => "the order has no status".to_owned(),
        unknown => format!("{unknown}: a status nobody has taught us; list it in settings.ship_statuses to ship it"),
    }
}

fn ships(status: &str, settings: &Settings) -> bool {
    if settings.ship_statuses.is_empty() { SHIP.contains(&status) } else { listed(status, &settings.ship_statuses) }
}

fn listed(word: &str, list: &[String]) -> bool {
    !word.is_empty() && list.iter().any(|one| one.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(status: &str) -> Verdict {
        verdict(status, &Settings::default()).0
    }

    #[test]
    fn only_picked_and_packed_ship_unless_the_connection_says_otherwise() {
        for status in ["picked", "packed"] {
            assert_eq!(judge(status), Verdict::Ship);
        }
        for status in
            ["open", "confirmed", "processing", "backordered", "exception", "fulfilled", "cancelled", "other", ""]
        {
            assert_eq!(judge(status), Verdict::Leave, "{status}");
        }
        let settings = Settings { ship_statuses: vec!["confirmed".into()], ..Settings::default() };
        assert_eq!(verdict("confirmed", &settings).0, Verdict::Ship);
        assert_eq!(verdict("packed", &settings).0, Verdict::Leave);
    }

    #[test]
    fn an_unknown_status_is_left_alone_and_shown() {
        let (verdict, reason) = verdict("allocated", &Settings::default());
        assert_eq!(verdict, Verdict::Leave);
        assert!(reason.contains("allocated") && reason.contains("ship_statuses"));
    }

    #[test]
    fn no_setting_ships_what_has_left_or_was_cancelled() {
        let all = ["fulfilled", "cancelled", "partially_fulfilled"];
        let settings = Settings { ship_statuses: all.map(String::from).to_vec(), ..Settings::default() };
        for status in all {
            assert_ne!(verdict(status, &settings).0, Verdict::Ship, "{status}");
        }
    }

    #[test]
    fn partially_fulfilled_is_refused_and_so_is_an_order_of_which_a_shipment_left() {
        assert_eq!(judge("partially_fulfilled"), Verdict::Refuse);
        let order = OrderFacts { status: "packed", part_shipped: true, ..OrderFacts::default() };
        assert_eq!(facts_verdict(&order, &Settings::default()).0, Verdict::Refuse);
    }

    #[test]
    fn a_transfer_is_not_a_customer_delivery() {
        let order = OrderFacts { status: "packed", order_type: "transfer", ..OrderFacts::default() };
        assert_eq!(facts_verdict(&order, &Settings::default()).0, Verdict::Leave);
    }

    #[test]
    fn the_wms_own_word_ships_only_when_it_is_listed() {
        let order = OrderFacts { status: "other", raw_status: "Ready to Ship", ..OrderFacts::default() };
        assert_eq!(facts_verdict(&order, &Settings::default()).0, Verdict::Leave);
        let settings = Settings { ship_statuses: vec!["ready to ship".into()], ..Settings::default() };
        assert_eq!(facts_verdict(&order, &settings).0, Verdict::Ship);
    }

    #[test]
    fn a_document_is_judged_like_its_facts() {
        let judge = |text: &str| order_verdict(&Value::read(text.as_bytes()).unwrap(), &Settings::default()).0;
        assert_eq!(judge(r#"{"status":"packed","type":null,"shipments":[{"status":"open"}]}"#), Verdict::Ship);
        assert_eq!(judge(r#"{"status":"packed","shipments":[{"status":"shipped"}]}"#), Verdict::Refuse);
        assert_eq!(judge(r#"{"status":"packed","type":"transfer"}"#), Verdict::Leave);
        assert_eq!(judge("7"), Verdict::Leave);
    }
}

//! What CartonCloud's sale-order statuses say about shipping (reference: the documented status list; clients with shorter lists broke).

use connote_types::orders::Verdict;

use crate::json::Value;
use crate::settings::Settings;

/// The status that ships when the connection names none: weights are final from here on.
const SHIP: &str = "PACKED";

/// What must be known of an order to judge it.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFacts<'a> {
    /// `status`.
    pub status: &'a str,
    /// `details.deliver.method.type`: `SHIPPING`, `PICKUP`, `""` when it is absent.
    pub method: &'a str,
    /// `details.errors[].message` that is not resolved, `""` when there is none.
    pub error: &'a str,
    /// `hasChildren`: the order was split (`allowSplitting`) and the parts ship under their own ids. Documented for inbound orders only.
    pub has_children: bool,
    /// The property named by `settings.cartoncloud.tracking_property`, `""` when it is empty.
    pub tracking: &'a str,
}

/// What a status alone says. The sentence is empty for [`Verdict::Ship`].
///
/// `settings.ship_statuses` replaces the statuses that ship; `REJECTED` never ships.
#[must_use]
pub fn verdict(status: &str, settings: &Settings) -> (Verdict, String) {
    if status == "REJECTED" {
        return (Verdict::Refuse, "REJECTED: CartonCloud could not import this order".to_owned());
    }
    if ships(status, settings) { (Verdict::Ship, String::new()) } else { (Verdict::Leave, waiting(status)) }
}

/// What the whole order says, given as it came from CartonCloud.
#[must_use]
pub fn order_verdict(order: &Value, settings: &Settings) -> (Verdict, String) {
    let text = |pointer: &str| order.pointer(pointer).word();
    let errors = order.pointer("/details/errors").items();
    let open = errors.iter().find(|error| !error.get("isResolved").is_true());
    let property = settings.cartoncloud.tracking_property.as_str();
    let facts = OrderFacts {
        status: text("/status"),
        method: text("/details/deliver/method/type"),
        error: open.map_or("", |error| error.get("message").word()),
        has_children: order.get("hasChildren").is_true(),
        tracking: order.get("properties").get(property).word(),
    };
    facts_verdict(&facts, settings)
}

/// What the whole order says: its status, how it is handed over, whether it was split. An order that another integration has shipped already
/// ([`OrderFacts::tracking`]) is refused.
#[must_use]
pub fn facts_verdict(order: &OrderFacts<'_>, settings: &Settings) -> (Verdict, String) {
    if order.method == "PICKUP" {
        return (Verdict::Leave, "PICKUP: the customer collects it".to_owned());
    }
    let (verdict, mut reason) = verdict(order.status, settings);
    if verdict == Verdict::Refuse && !order.error.is_empty() {
        reason = format!("{reason}: {}", order.error);
    }
    if verdict != Verdict::Ship {
        return (verdict, reason);
    }
    if order.has_children {
        return (
            Verdict::Refuse,
            "the order was split (allowSplitting): its parts ship under their own ids".to_owned(),
        );
    }
    if !order.tracking.is_empty() {
        return (Verdict::Refuse, connector_at_work(order.tracking, settings));
    }
    (Verdict::Ship, String::new())
}

/// The sentence for an order whose tracking property is filled.
#[must_use]
pub fn connector_at_work(tracking: &str, settings: &Settings) -> String {
    let property = &settings.cartoncloud.tracking_property;
    format!(
        "another integration is at work: the order's property {property} holds {tracking} already. Switch CartonCloud's own connector off, or correct settings.cartoncloud.tracking_property"
    )
}

fn waiting(status: &str) -> String {
    match status {
        "DRAFT" => "DRAFT: not released".to_owned(),
        "AWAITING_STOCK" => "AWAITING_STOCK: there is not enough stock".to_owned(),
        "AWAITING_PICK_AND_PACK" | "PACKING_IN_PROGRESS" | "PICKED" => {
            format!("{status}: not packed yet (settings.ship_statuses decides which statuses ship)")
        }
        "DISPATCHED" => "DISPATCHED: it has left (settings.ship_statuses decides which statuses ship)".to_owned(),
        "PACKED" => "PACKED: not among settings.ship_statuses".to_owned(),
        "" => "the order has no status".to_owned(),
        unknown => format!("{unknown}: a status nobody has taught us; list it in settings.ship_statuses to ship it"),
    }
}

fn ships(status: &str, settings: &Settings) -> bool {
    let listed = &settings.ship_statuses;
    if listed.is_empty() {
        status == SHIP
    } else {
        !status.is_empty() && listed.iter().any(|one| one.eq_ignore_ascii_case(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(status: &str) -> Verdict {
        verdict(status, &Settings::default()).0
    }

    #[test]
    fn clients_with_a_shorter_list_break_so_every_status_is_known_and_only_packed_ships_by_itself() {
        assert_eq!(judge("PACKED"), Verdict::Ship);
        for status in [
            "DRAFT",
            "AWAITING_STOCK",
            "AWAITING_PICK_AND_PACK",
            "PACKING_IN_PROGRESS",
            "PICKED",
            "DISPATCHED",
            "PARKED",
            "",
        ] {
            assert_eq!(judge(status), Verdict::Leave, "{status}");
        }
        let settings = Settings { ship_statuses: vec!["dispatched".into()], ..Settings::default() };
        assert_eq!(verdict("DISPATCHED", &settings).0, Verdict::Ship);
        assert_eq!(verdict("PACKED", &settings).0, Verdict::Leave);
    }

    #[test]
    fn a_rejected_order_is_refused_with_the_far_ends_words_whatever_is_listed() {
        let settings = Settings { ship_statuses: vec!["REJECTED".into()], ..Settings::default() };
        let order = OrderFacts { status: "REJECTED", error: "TEA-X not known", ..OrderFacts::default() };
        let (verdict, reason) = facts_verdict(&order, &settings);
        assert_eq!(verdict, Verdict::Refuse);
        assert!(reason.contains("TEA-X not known"));
    }

    #[test]
    fn an_order_to_be_collected_is_left_alone() {
        let order = OrderFacts { status: "PACKED", method: "PICKUP", ..OrderFacts::default() };
        assert_eq!(facts_verdict(&order, &Settings::default()).0, Verdict::Leave);
    }

    #[test]
    fn a_split_order_is_refused_because_its_parts_ship_themselves() {
        let order = OrderFacts { status: "PACKED", has_children: true, ..OrderFacts::default() };
        assert_eq!(facts_verdict(&order, &Settings::default()).0, Verdict::Refuse);
    }

    #[test]
    fn a_filled_tracking_property_means_that_another_connector_is_at_work() {
        let order = OrderFacts { status: "PACKED", tracking: "ABC0001", ..OrderFacts::default() };
        let (verdict, reason) = facts_verdict(&order, &Settings::default());
        assert_eq!(verdict, Verdict::Refuse);
        assert!(reason.contains("another integration is at work"));
    }

    #[test]
    fn a_document_is_judged_like_its_facts() {
        let mut settings = Settings::default();
        settings.cartoncloud.tracking_property = "carrierTrackingNumberField".into();
        let judge = |text: &str| order_verdict(&Value::read(text.as_bytes()).unwrap(), &settings).0;
        assert_eq!(judge(r#"{"status":"PACKED","properties":{"carrierTrackingNumberField":null}}"#), Verdict::Ship);
        assert_eq!(
            judge(r#"{"status":"PACKED","properties":{"carrierTrackingNumberField":"ABC0001"}}"#),
            Verdict::Refuse
        );
        assert_eq!(judge(r#"{"status":"PACKED","details":{"deliver":{"method":{"type":"PICKUP"}}}}"#), Verdict::Leave);
        assert_eq!(judge("[]"), Verdict::Leave);
    }
}

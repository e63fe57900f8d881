//! What the status of a WooCommerce order says about shipping (reference: `checkout.md` 5.2; plug-ins add statuses of their own).

use std::borrow::Cow;

use connote_types::orders::Verdict;

use crate::settings::Settings;

/// The status that ships when the connection names none: paid, and stock is reserved.
const SHIP: &str = "processing";

/// In these an order is not to be shipped any more, whatever the settings say.
const ENDED: [&str; 4] = ["cancelled", "refunded", "failed", "trash"];

/// In these it is not yet one: a block checkout makes `checkout-draft` while the buyer types.
const DRAFTS: [&str; 3] = ["checkout-draft", "auto-draft", "draft"];

/// What must be known of an order to judge it.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFacts<'a> {
    /// `status`, with or without the `wc-` of the database.
    pub status: &'a str,
    /// The title of a shipping method by which the buyer collects the goods, `""` when there is none.
    pub collected: &'a str,
    /// There is a line.
    pub goods: bool,
    /// There is a shipping address of its own, or a shipping method. An order of nothing but virtual products has neither; that is all that
    /// tells it, since lines have no flag.
    pub shipped: bool,
}

/// What the whole order says. The sentence is empty for [`Verdict::Ship`].
///
/// `settings.ship_statuses` replaces the statuses that ship, but never makes a draft ship, nor an order that has ended.
#[must_use]
pub fn facts_verdict(order: &OrderFacts<'_>, settings: &Settings) -> (Verdict, String) {
    let status = plain(order.status);
    let reason = if DRAFTS.contains(&status.as_ref()) {
        format!("{status}: the buyer is still at the checkout")
    } else if ENDED.contains(&status.as_ref()) {
        format!("{status}: not to be shipped any more")
    } else if !ships(&status, settings) {
        waiting(&status)
    } else if !order.collected.is_empty() {
        format!("{}: the buyer collects it", order.collected)
    } else if !order.goods {
        "it has no lines".to_owned()
    } else if !order.shipped {
        "it has neither a shipping address nor a shipping method: nothing of it needs shipping".to_owned()
    } else {
        return (Verdict::Ship, String::new());
    };
    (Verdict::Leave, reason)
}

/// A status as WooCommerce writes it in its own API.
fn plain(status: &str) -> Cow<'_, str> {
    let status = status.trim();
    let status = status.strip_prefix("wc-").unwrap_or(status);
    if status.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(status.to_ascii_lowercase())
    } else {
        Cow::Borrowed(status)
    }
}

fn ships(status: &str, settings: &Settings) -> bool {
    let listed = &settings.ship_statuses;
    if listed.is_empty() { status == SHIP } else { !status.is_empty() && listed.iter().any(|one| plain(one) == status) }
}

fn waiting(status: &str) -> String {
    match status {
        "pending" => "pending: not paid".to_owned(),
        "on-hold" => "on-hold: the payment, or a person, is waited for".to_owned(),
        "completed" => "completed: it has been shipped already".to_owned(),
        "processing" => "processing: not among settings.ship_statuses".to_owned(),
        "" => "the order has no status: it was deleted".to_owned(),
        unknown => format!("{unknown}: a status nobody has taught us; list it in settings.ship_statuses to ship it"),
    }
}

/// Whether a shipping method (`method_id`) means that the buyer collects the goods: that of classic checkouts and that of block checkouts.
#[must_use]
pub fn is_collected(method: &str) -> bool {
    matches!(method, "local_pickup" | "pickup_location")
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: OrderFacts<'static> = OrderFacts { status: "processing", collected: "", goods: true, shipped: true };

    fn judge(order: OrderFacts<'_>, listed: &[&str]) -> Verdict {
        let ship_statuses = listed.iter().map(|one| (*one).to_owned()).collect();
        let (verdict, reason) = facts_verdict(&order, &Settings { ship_statuses, ..Settings::default() });
        assert_eq!(reason.is_empty(), verdict == Verdict::Ship, "{order:?}: {reason}");
        verdict
    }

    #[test]
    fn only_processing_ships_unless_the_connection_says_otherwise() {
        for status in ["processing", "wc-processing"] {
            assert_eq!(judge(OrderFacts { status, ..READY }, &[]), Verdict::Ship);
        }
        for status in ["pending", "on-hold", "completed", "packed", ""] {
            assert_eq!(judge(OrderFacts { status, ..READY }, &[]), Verdict::Leave, "{status}");
        }
        for (status, listed) in [("packed", "wc-packed"), ("completed", "Completed"), ("wc-on-hold", "on-hold")] {
            assert_eq!(judge(OrderFacts { status, ..READY }, &[listed]), Verdict::Ship);
        }
        assert_eq!(judge(READY, &["packed"]), Verdict::Leave);
    }

    #[test]
    fn no_setting_makes_a_draft_or_an_ended_order_ship() {
        for status in
            ["checkout-draft", "auto-draft", "draft", "cancelled", "refunded", "failed", "trash", "wc-trash", ""]
        {
            assert_eq!(judge(OrderFacts { status, ..READY }, &[status, "processing"]), Verdict::Leave, "{status}");
        }
    }

    #[test]
    fn what_is_collected_or_needs_no_shipping_is_left_alone() {
        assert!(is_collected("local_pickup") && is_collected("pickup_location") && !is_collected("flat_rate"));
        assert_eq!(judge(OrderFacts { collected: "Pick up in store", ..READY }, &[]), Verdict::Leave);
        assert_eq!(judge(OrderFacts { shipped: false, ..READY }, &[]), Verdict::Leave);
        assert_eq!(judge(OrderFacts { goods: false, ..READY }, &[]), Verdict::Leave);
    }
}

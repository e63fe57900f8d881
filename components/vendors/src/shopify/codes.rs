//! What the statuses of a Shopify order say about shipping (reference: `checkout.md` 3.2; the values are Shopify's own documented words).

use connote_types::orders::Verdict;

use crate::settings::Settings;

/// Financial statuses that ship when the connection names none. After a refund of a part the rest is still owed, and `fulfillable_quantity`
/// tells it from what was taken back.
const SHIP: [&str; 2] = ["paid", "partially_refunded"];

/// What must be known of an order to judge it.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFacts<'a> {
    /// `test`: made with a test payment.
    pub test: bool,
    /// `cancelled_at` is filled.
    pub cancelled: bool,
    /// `closed_at` is filled: put away by staff, or by Shopify once nothing was left to do.
    pub archived: bool,
    /// `financial_status`.
    pub financial: &'a str,
    /// `fulfillment_status`, `""` when it is null, which says that nothing has left.
    pub fulfillment: &'a str,
    /// The name of a shipping line whose goods the buyer collects or the shop brings itself, `""` when there is none.
    pub by_hand: &'a str,
    /// `shipping_address` is there.
    pub addressed: bool,
    /// Some line needs shipping and has pieces left.
    pub goods: bool,
}

/// What the whole order says. The sentence is empty for [`Verdict::Ship`].
///
/// `settings.ship_statuses` replaces the financial statuses that ship. It never makes a test ship, nor what is cancelled, refunded or gone.
#[must_use]
pub fn facts_verdict(order: &OrderFacts<'_>, settings: &Settings) -> (Verdict, String) {
    match ended(order).or_else(|| unpaid(order, settings)).or_else(|| nothing_to_send(order)) {
        Some(reason) => (Verdict::Leave, reason),
        None => (Verdict::Ship, String::new()),
    }
}

fn ended(order: &OrderFacts<'_>) -> Option<String> {
    let reason = match order {
        OrderFacts { cancelled: true, .. } => "cancelled in Shopify",
        OrderFacts { test: true, .. } => "a test order: nobody has paid, and nobody waits for it",
        OrderFacts { fulfillment: "fulfilled", .. } => "fulfilled: it has been shipped already",
        OrderFacts { fulfillment: "restocked", .. } => "restocked: its goods were put back",
        OrderFacts { financial: "refunded", .. } => "refunded: the buyer has the money back",
        OrderFacts { financial: "voided", .. } => "voided: the payment was called off",
        OrderFacts { archived: true, .. } => "archived in Shopify (closed_at): reopen it to ship it",
        OrderFacts { fulfillment: "" | "partial", .. } => return None,
        OrderFacts { fulfillment, .. } => {
            return Some(format!("{fulfillment}: a fulfilment status nobody has taught us"));
        }
    };
    Some(reason.to_owned())
}

fn unpaid(order: &OrderFacts<'_>, settings: &Settings) -> Option<String> {
    let (status, listed) = (order.financial, &settings.ship_statuses);
    let ships = if listed.is_empty() {
        SHIP.contains(&status)
    } else {
        !status.is_empty() && listed.iter().any(|one| one.eq_ignore_ascii_case(status))
    };
    if ships {
        return None;
    }
    Some(match status {
        "" => "the order has no financial_status".to_owned(),
        "authorized" | "pending" | "partially_paid" | "expired" => {
            format!("{status}: not paid (settings.ship_statuses decides which financial statuses ship)")
        }
        "paid" | "partially_refunded" => format!("{status}: not among settings.ship_statuses"),
        unknown => format!("{unknown}: a status nobody has taught us; list it in settings.ship_statuses to ship it"),
    })
}

fn nothing_to_send(order: &OrderFacts<'_>) -> Option<String> {
    match order {
        OrderFacts { goods: false, .. } => Some("nothing of it is left that needs shipping".to_owned()),
        OrderFacts { by_hand, .. } if !by_hand.is_empty() => {
            Some(format!("{by_hand}: the buyer collects it, or the shop brings it itself"))
        }
        OrderFacts { addressed: false, .. } => {
            Some("it has no shipping address: digital, to be collected, or sold over the counter".to_owned())
        }
        _ => None,
    }
}

/// Whether a shipping line's code or title says that no courier is wanted. Shopify's own words; local delivery is in live orders.
#[must_use]
pub fn is_by_hand(word: &str) -> bool {
    let plain: String = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    matches!(
        plain.as_str(),
        "localdelivery" | "localpickup" | "pickup" | "storepickup" | "instorepickup" | "pickupinstore"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAID: OrderFacts<'static> = OrderFacts {
        test: false,
        cancelled: false,
        archived: false,
        financial: "paid",
        fulfillment: "",
        by_hand: "",
        addressed: true,
        goods: true,
    };

    fn judge(order: OrderFacts<'_>, listed: &[&str]) -> Verdict {
        let ship_statuses = listed.iter().map(|one| (*one).to_owned()).collect();
        let (verdict, reason) = facts_verdict(&order, &Settings { ship_statuses, ..Settings::default() });
        assert_eq!(reason.is_empty(), verdict == Verdict::Ship, "{order:?}: {reason}");
        verdict
    }

    #[test]
    fn only_paid_orders_ship_unless_the_connection_says_otherwise() {
        for financial in ["paid", "partially_refunded"] {
            assert_eq!(judge(OrderFacts { financial, ..PAID }, &[]), Verdict::Ship, "{financial}");
        }
        for financial in ["authorized", "pending", "partially_paid", "expired", "refunded", "voided", "new word", ""] {
            assert_eq!(judge(OrderFacts { financial, ..PAID }, &[]), Verdict::Leave, "{financial}");
        }
        assert_eq!(judge(OrderFacts { financial: "authorized", ..PAID }, &["Authorized"]), Verdict::Ship);
        assert_eq!(judge(PAID, &["authorized"]), Verdict::Leave);
    }

    #[test]
    fn no_setting_makes_a_test_or_an_ended_order_ship() {
        let listed = ["paid", "refunded", "voided", "fulfilled", "restocked"];
        for order in [
            OrderFacts { test: true, ..PAID },
            OrderFacts { cancelled: true, ..PAID },
            OrderFacts { archived: true, ..PAID },
            OrderFacts { fulfillment: "fulfilled", ..PAID },
            OrderFacts { fulfillment: "restocked", ..PAID },
            OrderFacts { fulfillment: "new word", ..PAID },
            OrderFacts { financial: "refunded", ..PAID },
            OrderFacts { financial: "voided", ..PAID },
        ] {
            assert_eq!(judge(order, &listed), Verdict::Leave, "{order:?}");
        }
    }

    #[test]
    fn an_order_of_which_a_part_has_left_ships_the_rest() {
        assert_eq!(judge(OrderFacts { fulfillment: "partial", ..PAID }, &[]), Verdict::Ship);
        assert_eq!(judge(OrderFacts { fulfillment: "partial", goods: false, ..PAID }, &[]), Verdict::Leave);
    }

    #[test]
    fn what_no_courier_brings_is_left_alone() {
        for word in ["Local Delivery", "local_delivery", "Pickup", "pick-up", "Local pickup", "In-store pickup"] {
            assert!(is_by_hand(word), "{word}");
        }
        for word in ["Standard", "Parcel Post", "Shipping", "", "Pickup point courier"] {
            assert!(!is_by_hand(word), "{word}");
        }
        assert_eq!(judge(OrderFacts { by_hand: "Local Delivery", ..PAID }, &["paid"]), Verdict::Leave);
        assert_eq!(judge(OrderFacts { addressed: false, ..PAID }, &["paid"]), Verdict::Leave);
    }
}

//! Our own JSON order has no status: handing it in says that it is to be shipped.

use connote_rules::json::Json;
use connote_types::orders::Verdict;

use crate::settings::Settings;

/// An order without a status ships; one with a status ships when `settings.ship_statuses` names it.
#[must_use]
pub fn verdict(status: &str, settings: &Settings) -> (Verdict, String) {
    if status.is_empty() || settings.ship_statuses.iter().any(|one| one.eq_ignore_ascii_case(status)) {
        return (Verdict::Ship, String::new());
    }
    (Verdict::Leave, format!("{status}: not among settings.ship_statuses"))
}

/// Why an order gets no label yet: it says `"packed": false`.
#[must_use]
pub fn not_packed(order: &Json<'_>) -> Option<String> {
    let said = matches!(order.get("packed"), Json::Bool(false));
    said.then(|| "it is not packed yet: hand it in again with its parcels and without \"packed\": false".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_handed_in_ships() {
        assert_eq!(verdict("", &Settings::default()).0, Verdict::Ship);
        assert_eq!(verdict("draft", &Settings::default()).0, Verdict::Leave);
    }
}

//! Money as integers: minor units as ISO 4217 defines them.

use crate::decimal::Decimal;

/// Currencies without minor units (ISO 4217).
const NONE: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
/// Currencies with thousandths (ISO 4217).
const THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
/// Currencies with ten-thousandths (ISO 4217).
const FOUR: [&str; 2] = ["CLF", "UYW"];

/// Decimals of a currency, `None` when the code is not three upper-case letters.
#[must_use]
pub fn decimals(currency: &str) -> Option<u32> {
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Some(match () {
        () if NONE.contains(&currency) => 0,
        () if THREE.contains(&currency) => 3,
        () if FOUR.contains(&currency) => 4,
        () => 2,
    })
}

/// An amount in minor units, rounded up to a whole one. `None` when the currency is no code, or the amount is negative or too large.
#[must_use]
pub fn minor(amount: Decimal, currency: &str) -> Option<i64> {
    if amount.is_negative() {
        return None;
    }
    amount.times(Decimal::whole(10_i64.pow(decimals(currency)?)))?.ceil()
}

/// An amount in minor units, rounded to the nearest and a half upwards: for prices that were reckoned. `None` as for [`minor`].
#[must_use]
pub fn nearest(amount: Decimal, currency: &str) -> Option<i64> {
    if amount.is_negative() {
        return None;
    }
    amount.times(Decimal::whole(10_i64.pow(decimals(currency)?)))?.nearest()
}

/// Minor units as decimal text: 1995 AUD is `19.95`. An unknown currency is read as having two decimals.
#[must_use]
pub fn amount(minor: i64, currency: &str) -> String {
    Decimal::new(minor, decimals(currency).unwrap_or(2)).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minor_of(text: &str, currency: &str) -> Option<i64> {
        minor(Decimal::parse(text)?, currency)
    }

    #[test]
    fn each_currency_has_its_own_decimals() {
        assert_eq!(minor_of("19.95", "AUD"), Some(1995));
        assert_eq!(minor_of("1500.00", "JPY"), Some(1500));
        assert_eq!(minor_of("1.234", "KWD"), Some(1234));
        assert_eq!(minor_of("79.0", "NZD"), Some(7900));
        assert_eq!(minor_of("3.333", "NZD"), Some(334));
    }

    #[test]
    fn a_price_is_rounded_to_the_nearest_minor_unit_a_half_upwards() {
        let nearest_of = |text: &str, currency: &str| nearest(Decimal::parse(text).unwrap(), currency);
        assert_eq!(nearest_of("19.99", "AUD"), Some(1999));
        assert_eq!(nearest_of("8.2", "AUD"), Some(820));
        assert_eq!(nearest_of("12.345", "AUD"), Some(1235));
        assert_eq!(nearest_of("12.344999", "AUD"), Some(1234));
        assert_eq!(nearest_of("1499.5", "JPY"), Some(1500));
        assert_eq!(nearest_of("-0.01", "AUD"), None);
        assert_eq!(nearest_of("1", "dollars"), None);
    }

    #[test]
    fn what_is_no_price_is_refused() {
        assert_eq!(minor_of("-1", "AUD"), None);
        assert_eq!(minor_of("1", "Aud"), None);
        assert_eq!(minor_of("1", ""), None);
        assert_eq!(minor_of("9999999999999999999", "AUD"), None);
    }

    proptest! {
        #[test]
        fn minor_units_survive_the_way_there_and_back(units in 0_i64..1_000_000_000_000, which in 0_usize..4) {
            let currency = ["AUD", "JPY", "KWD", "CLF"][which];
            prop_assert_eq!(minor_of(&amount(units, currency), currency), Some(units));
        }
    }
}

//! Decimal numbers compared as text: weights, sizes and money never pass through a float.

/// A decimal number in one spelling: `0.120`, `.12` and `12e-2` are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    /// The value is `digits` × 10^`exponent`.
    exponent: i64,
}

/// Longer numbers are not numbers that a platform for parcels means.
const LONGEST: usize = 64;

impl Decimal {
    /// Reads JSON's spelling of numbers. Absent for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.parse::<i32>().ok()?;
        let exponent = i64::from(exponent) - i64::try_from(fraction.len()).ok()?;
        Some(Self::normal(negative, &digits, exponent))
    }

    /// So many thousandths: grams as kilograms, millimetres as metres.
    #[must_use]
    pub fn thousandths(count: u64) -> Self {
        Self::normal(false, &count.to_string(), -3)
    }

    fn normal(negative: bool, digits: &str, exponent: i64) -> Self {
        let leading = digits.trim_start_matches('0');
        let kept = leading.trim_end_matches('0');
        if kept.is_empty() {
            return Self { negative: false, digits: String::new(), exponent: 0 };
        }
        let dropped = i64::try_from(leading.len() - kept.len()).unwrap_or(0);
        Self { negative, digits: kept.to_owned(), exponent: exponent + dropped }
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn one_value_has_one_form_however_it_is_spelled() {
        for (one, other) in [("0.120", ".12"), ("12e-2", "0.12"), ("100", "1E2"), ("0", "-0.00"), ("2.0", "2")] {
            assert_eq!(Decimal::parse(one), Decimal::parse(other), "{one} {other}");
            assert!(Decimal::parse(one).is_some());
        }
        assert_ne!(Decimal::parse("0.1"), Decimal::parse("0.10000000000000001"));
        assert_ne!(Decimal::parse("1"), Decimal::parse("-1"));
    }

    #[test]
    fn grams_are_thousandths_of_a_kilogram() {
        assert_eq!(Some(Decimal::thousandths(310)), Decimal::parse("0.31"));
        assert_eq!(Some(Decimal::thousandths(20_000)), Decimal::parse("20"));
    }

    #[test]
    fn words_are_no_numbers() {
        for text in ["", ".", "-", "1.2.3", "12 kg", "1e", "0x1", "NaN"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}

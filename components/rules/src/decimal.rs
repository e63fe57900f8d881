//! Exact decimal numbers from text. No floats: 0.1 is a tenth.

use std::cmp::Ordering;

/// Most digits that are read, so that a product of two numbers of a document cannot overflow unnoticed; weights and prices have under 15.
const MAX_DIGITS: u32 = 28;
/// Most digits behind the point, and largest exponent.
const MAX_SCALE: u32 = 18;

/// `units / 10^scale`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    units: i128,
    scale: u32,
}

impl Decimal {
    /// A whole number.
    #[must_use]
    pub fn whole(units: i64) -> Self {
        Self { units: i128::from(units), scale: 0 }
    }

    /// `units / 10^scale`.
    #[must_use]
    pub const fn new(units: i64, scale: u32) -> Self {
        Self { units: units as i128, scale }
    }

    /// Reads decimal text: sign, digits, a point, an exponent. `None` for anything else (thousands separators and decimal commas among them),
    /// for more than 28 digits and for exponents beyond 18.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut units = digits(0, whole)?;
        units = digits(units, fraction)?;
        let scale = u32::try_from(fraction.len()).ok()?;
        Self { units: if negative { -units } else { units }, scale }.shift(exponent)?.limited()
    }

    /// Multiplies by a power of ten.
    fn shift(self, exponent: i32) -> Option<Self> {
        if exponent.unsigned_abs() > MAX_SCALE {
            return None;
        }
        if exponent < 0 {
            return Some(Self { scale: self.scale + exponent.unsigned_abs(), ..self });
        }
        let exponent = exponent.unsigned_abs();
        let left = exponent.saturating_sub(self.scale);
        Some(Self { units: self.units.checked_mul(ten_to(left)?)?, scale: self.scale.saturating_sub(exponent) })
    }

    fn limited(self) -> Option<Self> {
        let mut number = self;
        while number.scale > 0 && number.units % 10 == 0 {
            number = Self { units: number.units / 10, scale: number.scale - 1 };
        }
        (number.units.unsigned_abs() < 10_u128.pow(MAX_DIGITS) && number.scale <= MAX_SCALE).then_some(number)
    }

    /// The exact product, `None` when it has too many digits.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let product = Self { units: self.units.checked_mul(other.units)?, scale: self.scale + other.scale };
        Some(product)
    }

    /// The exact sum, `None` when it has too many digits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Some(Self { units: self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?, scale })
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.units.checked_mul(ten_to(scale - self.scale)?)
    }

    /// The whole number, `None` when there is a fraction or it does not fit.
    #[must_use]
    pub fn to_whole(self) -> Option<i64> {
        let divisor = ten_to(self.scale)?;
        (self.units % divisor == 0).then(|| i64::try_from(self.units / divisor).ok())?
    }

    /// The smallest whole number that is not less, `None` when it does not fit.
    #[must_use]
    pub fn ceil(self) -> Option<i64> {
        let divisor = ten_to(self.scale)?;
        let up = i128::from(self.units % divisor > 0);
        i64::try_from(self.units / divisor + up).ok()
    }

    /// Whether it is less than zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.units < 0
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.units == 0
    }
}

fn digits(start: i128, text: &str) -> Option<i128> {
    text.bytes().try_fold(start, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

fn ten_to(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.at_scale(scale), other.at_scale(scale)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Only one that is far larger than anything read overflows here.
            (None, _) => self.units.cmp(&0),
            (_, None) => 0.cmp(&other.units),
        }
    }
}

impl std::fmt::Display for Decimal {
    /// The shortest text: no trailing zeros, no exponent.
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = self.units.unsigned_abs().to_string();
        let scale = self.scale as usize;
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at_checked(padded.len() - scale).unwrap_or((&padded, ""));
        match fraction.trim_end_matches('0') {
            "" => write!(to, "{sign}{whole}"),
            fraction => write!(to, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(text: &str) -> Option<String> {
        Decimal::parse(text).map(|number| number.to_string())
    }

    #[test]
    fn decimal_text_is_read_exactly() {
        for (text, shown) in [
            ("0.1", "0.1"),
            ("1.50", "1.5"),
            ("-3", "-3"),
            ("007", "7"),
            ("1e3", "1000"),
            ("1.25E-2", "0.0125"),
            (" 2 ", "2"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-0", "0"),
            ("0.000", "0"),
            ("1.5e1", "15"),
            ("+4.2", "4.2"),
        ] {
            assert_eq!(show(text).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        for text in
            ["", ".", "-", "1,5", "1,000", "1 000", "0x10", "1e", "1e99", "NaN", "inf", "١", "1.2.3", "--1", "1e-19"]
        {
            assert_eq!(show(text), None, "{text}");
        }
        assert_eq!(show(&"9".repeat(29)), None);
        assert!(show(&"9".repeat(28)).is_some());
    }

    #[test]
    fn rounding_goes_up_once() {
        for (text, ceil) in [("1.0001", 2), ("1", 1), ("0", 0), ("-1.5", -1), ("0.000000000000000001", 1)] {
            assert_eq!(Decimal::parse(text).unwrap().ceil(), Some(ceil), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_survives_the_way_there_and_back(units in -1_000_000_000_000_i64..1_000_000_000_000, scale in 0_u32..12) {
            let number = Decimal::new(units, scale);
            prop_assert_eq!(Decimal::parse(&number.to_string()).unwrap(), number);
        }

        #[test]
        fn order_is_that_of_the_numbers(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000, scale in 0_u32..9) {
            let (x, y) = (Decimal::new(a, scale), Decimal::new(b, scale));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x.plus(y).unwrap(), Decimal::new(a + b, scale));
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = show(&text);
        }
    }
}

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

    /// The nearest whole number, a half upwards. `None` when it does not fit.
    #[must_use]
    pub fn nearest(self) -> Option<i64> {
        let divisor = ten_to(self.scale)?;
        let doubled = self.units.checked_mul(2)?.checked_add(divisor)?;
        i64::try_from(doubled.div_euclid(divisor.checked_mul(2)?)).ok()
    }

    /// The smallest multiple of `step` that is not less. `None` when `step` is 0 or the numbers have too many digits.
    #[must_use]
    pub fn up_to_multiple(self, step: Self) -> Option<Self> {
        let scale = self.scale.max(step.scale);
        let (units, step) = (self.at_scale(scale)?, step.at_scale(scale)?);
        let over = units.checked_rem_euclid(step)?;
        let units = if over == 0 { units } else { units.checked_add(step.checked_abs()?.checked_sub(over)?)? };
        Some(Self { units, scale })
    }

    /// Without the digits beyond the 18th behind the point, so that its text can be read again. No amount of money has them.
    fn readable(mut self) -> Self {
        while self.scale > MAX_SCALE {
            self = Self { units: self.units / 10, scale: self.scale - 1 };
        }
        self
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

/// What a rule does to a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reckoning {
    /// Adds; a negative number takes away.
    Add,
    /// Multiplies.
    Times,
    /// Up to the next multiple.
    RoundUp,
    /// Up to the next number with this end: with 0.95, 12.60 becomes 12.95 and 12.96 becomes 13.95.
    EndIn,
}

impl Reckoning {
    const ALL: [(&'static str, Self); 4] =
        [("add", Self::Add), ("times", Self::Times), ("round-up", Self::RoundUp), ("end-in", Self::EndIn)];

    /// Its name in a rule.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, one)| *one == self).map_or("", |(name, _)| name)
    }

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, one)| *one)
    }

    /// Whether it can be done with this number: factors and steps are above or at 0, an end is below 1.
    #[must_use]
    pub fn takes(self, by: Decimal) -> bool {
        match self {
            Self::Add => true,
            Self::Times => !by.is_negative(),
            Self::RoundUp => !by.is_negative() && !by.is_zero(),
            Self::EndIn => !by.is_negative() && by < Decimal::whole(1),
        }
    }

    /// The exact result, `None` when it has too many digits.
    #[must_use]
    pub fn apply(self, value: Decimal, by: Decimal) -> Option<Decimal> {
        let result = match self {
            Self::Add => value.plus(by),
            Self::Times => value.times(by),
            Self::RoundUp => value.up_to_multiple(by),
            Self::EndIn => {
                let rest = value.plus(Decimal { units: -by.units, ..by })?;
                rest.up_to_multiple(Decimal::whole(1))?.plus(by)
            }
        };
        result.map(Decimal::readable)
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

    #[test]
    fn a_half_goes_up_and_everything_else_to_the_nearest() {
        for (text, whole) in [
            ("0.5", 1),
            ("0.4999999", 0),
            ("1.5", 2),
            ("2", 2),
            ("-0.5", 0),
            ("-0.51", -1),
            ("1998.999999999999999", 1999),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().nearest(), Some(whole), "{text}");
        }
    }

    #[test]
    fn a_price_is_reckoned_exactly() {
        for (name, value, by, result) in [
            ("add", "12.60", "2.5", "15.1"),
            ("add", "1", "-2.50", "-1.5"),
            ("times", "19.99", "1.1", "21.989"),
            ("times", "12.600000000000001", "1.12345", "14.155470000000001123"),
            ("round-up", "12.61", "0.05", "12.65"),
            ("round-up", "12.60", "0.05", "12.6"),
            ("round-up", "12.6", "10", "20"),
            ("end-in", "12.60", "0.95", "12.95"),
            ("end-in", "12.96", "0.95", "13.95"),
            ("end-in", "12.95", "0.95", "12.95"),
            ("end-in", "0.10", "0", "1"),
        ] {
            let of = |text: &str| Decimal::parse(text).unwrap();
            let reckoning = Reckoning::named(name).unwrap();
            assert_eq!(reckoning.apply(of(value), of(by)).unwrap().to_string(), result, "{value} {name} {by}");
            assert_eq!(reckoning.name(), name);
        }
    }

    proptest! {
        #[test]
        fn rounding_up_adds_less_than_a_step(units in 0_i64..1_000_000_000, scale in 0_u32..9, step in 1_i64..10_000, step_scale in 0_u32..5) {
            let (value, step) = (Decimal::new(units, scale), Decimal::new(step, step_scale));
            let up = value.up_to_multiple(step).unwrap();
            prop_assert!(up >= value && up < value.plus(step).unwrap());
            prop_assert_eq!(up.up_to_multiple(step).unwrap(), up);
        }

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

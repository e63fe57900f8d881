//! Weights to grams and lengths to millimetres: exact, rounded up once to whole units.

use crate::decimal::Decimal;

/// The unit of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mass {
    /// Kilograms.
    Kg,
    /// Grams.
    G,
    /// International avoirdupois pounds: 453.59237 g by definition (1959).
    Lb,
    /// A sixteenth of a pound: 28.349523125 g.
    Oz,
}

impl Mass {
    /// Reads the names that far ends use, in any case. `None` for anything else: a unit is never guessed.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "kg" | "kgs" | "kilogram" | "kilograms" => Some(Self::Kg),
            "g" | "gram" | "grams" => Some(Self::G),
            "lb" | "lbs" | "pound" | "pounds" => Some(Self::Lb),
            "oz" | "ounce" | "ounces" => Some(Self::Oz),
            _ => None,
        }
    }

    const fn grams(self) -> Decimal {
        match self {
            Self::Kg => Decimal::new(1000, 0),
            Self::G => Decimal::new(1, 0),
            Self::Lb => Decimal::new(45_359_237, 5),
            Self::Oz => Decimal::new(28_349_523_125, 9),
        }
    }

    /// The exact weight in grams, not yet rounded. `None` for a number too large to be a weight.
    #[must_use]
    pub fn to_grams(self, value: Decimal) -> Option<Decimal> {
        value.times(self.grams())
    }
}

/// The unit of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Metres.
    M,
    /// Centimetres.
    Cm,
    /// Millimetres.
    Mm,
    /// International inches: 25.4 mm by definition (1959).
    In,
}

impl Length {
    /// Reads the names that far ends use, in any case. `None` for anything else.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "m" | "metre" | "metres" | "meter" | "meters" => Some(Self::M),
            "cm" | "centimetre" | "centimetres" | "centimeter" | "centimeters" => Some(Self::Cm),
            "mm" | "millimetre" | "millimetres" | "millimeter" | "millimeters" => Some(Self::Mm),
            "in" | "inch" | "inches" => Some(Self::In),
            _ => None,
        }
    }

    const fn millimetres(self) -> Decimal {
        match self {
            Self::M => Decimal::new(1000, 0),
            Self::Cm => Decimal::new(10, 0),
            Self::Mm => Decimal::new(1, 0),
            Self::In => Decimal::new(254, 1),
        }
    }

    /// The exact length in millimetres, not yet rounded. `None` for a number too large to be a length.
    #[must_use]
    pub fn to_millimetres(self, value: Decimal) -> Option<Decimal> {
        value.times(self.millimetres())
    }
}

/// Rounds a measure up to whole base units. `None` when it is negative or does not fit.
#[must_use]
pub fn round_up(exact: Decimal) -> Option<u64> {
    if exact.is_negative() { None } else { u64::try_from(exact.ceil()?).ok() }
}

/// Parts a number from the unit behind it: `1.5 kg`. The unit is `""` when there is none.
#[must_use]
pub fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let at = text.find(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(at).unwrap_or((text, ""));
    (number.trim_end(), unit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grams(value: &str, unit: &str) -> Option<u64> {
        round_up(Mass::parse(unit)?.to_grams(Decimal::parse(value)?)?)
    }

    fn millimetres(value: &str, unit: &str) -> Option<u64> {
        round_up(Length::parse(unit)?.to_millimetres(Decimal::parse(value)?)?)
    }

    #[test]
    fn pounds_ounces_and_inches_are_those_of_the_1959_agreement() {
        assert_eq!(Mass::Lb.to_grams(Decimal::whole(1)).unwrap().to_string(), "453.59237");
        assert_eq!(Mass::Oz.to_grams(Decimal::whole(16)).unwrap().to_string(), "453.59237");
        assert_eq!(Length::In.to_millimetres(Decimal::whole(1)).unwrap().to_string(), "25.4");
    }

    #[test]
    fn a_measure_is_rounded_up_once() {
        assert_eq!(grams("70.5", "oz"), Some(1999));
        assert_eq!(grams("3.2", "kg"), Some(3200));
        assert_eq!(grams("0.0001", "kg"), Some(1));
        assert_eq!(grams("0.1", "KG"), Some(100));
        assert_eq!(millimetres("12", "in"), Some(305));
        assert_eq!(millimetres("10", "in"), Some(254));
        assert_eq!(millimetres("1.2", "m"), Some(1200));
    }

    #[test]
    fn a_unit_is_never_guessed() {
        for unit in ["", "stone", "t", "ton", "kilo", "#", "mg"] {
            assert_eq!(Mass::parse(unit), None, "{unit}");
        }
        assert_eq!(Length::parse("ft"), None);
        assert_eq!(grams("-1", "kg"), None);
        assert_eq!(grams("9999999999999999999999999999", "lb"), None);
    }

    #[test]
    fn a_unit_behind_the_number_is_parted_from_it() {
        assert_eq!(split_unit("1.5 kg"), ("1.5", "kg"));
        assert_eq!(split_unit("12in"), ("12", "in"));
        assert_eq!(split_unit("3"), ("3", ""));
        assert_eq!(split_unit("1e3"), ("1e3", ""));
    }

    proptest! {
        #[test]
        fn kilograms_and_metres_are_exact(thousandths in 0_u64..1_000_000_000) {
            let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            prop_assert_eq!(grams(&text, "kg"), Some(thousandths));
            prop_assert_eq!(millimetres(&text, "m"), Some(thousandths));
        }

        #[test]
        fn a_rounded_weight_is_less_than_one_gram_too_heavy(hundredths in 0_i64..100_000_000) {
            let value = Decimal::new(hundredths, 2);
            for unit in [Mass::Kg, Mass::G, Mass::Lb, Mass::Oz] {
                let exact = unit.to_grams(value).unwrap();
                let rounded = i64::try_from(round_up(exact).unwrap()).unwrap();
                prop_assert!(Decimal::whole(rounded) >= exact);
                prop_assert!(exact.plus(Decimal::whole(1)).unwrap() > Decimal::whole(rounded));
            }
        }
    }
}

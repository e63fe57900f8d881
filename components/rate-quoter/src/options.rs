//! Options as the buyer sees them: codes that are unique, prices in the cart's currency, the cheapest first.

use std::cmp::Ordering;

use connote_rules::{Decimal, money};
use connote_types::rates::{Rate, Source};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::Money;
use connote_vendors::checkout::Offer;

use crate::settings::{CodeForm, Settings};

/// Longest code that is made here, in bytes: BigCommerce takes no longer one.
const LONGEST_CODE: usize = 50;

/// A service or an entry of the table, all rules applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) code: String,
    /// Whether the merchant has given the code, so that the name is added only where two share it.
    pub(crate) is_code_fixed: bool,
    /// Starshipit's own name: what the buyer sees may change with a rule, a code must not.
    pub(crate) called: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_hidden: bool,
    /// Major units of the account's currency, exact, perhaps negative.
    pub(crate) price: Decimal,
    pub(crate) days_min: Option<u32>,
    pub(crate) days_max: Option<u32>,
    pub(crate) source: Source,
    pub(crate) age_ms: u64,
}

/// The currency of the answer, and how the account's becomes it.
pub(crate) struct Exchange {
    currency: String,
    factor: Decimal,
}

impl Exchange {
    /// Into the cart's currency; a cart that has none is answered in the account's.
    ///
    /// # Errors
    /// `rejected`: the settings do not say how; a price is never given another currency's name.
    pub(crate) fn into(currency: &str, settings: &Settings) -> Result<Self, Problem> {
        let same = currency.is_empty() || currency == settings.currency;
        let factor = settings.conversions.iter().find(|(code, _)| code == currency).map(|(_, factor)| *factor);
        match factor {
            _ if same => Ok(Self { currency: settings.currency.clone(), factor: Decimal::whole(1) }),
            Some(factor) => Ok(Self { currency: currency.to_owned(), factor }),
            None => {
                let message = format!("the cart is in {currency}, and no conversion from {} is set", settings.currency);
                let path = format!("settings.conversions.{currency}");
                let fix = format!("how many {currency} one {} is", settings.currency);
                Err(Problem::new(Disposition::Rejected, message).field(path, fix))
            }
        }
    }

    /// The one rounding: half up to the minor unit. Below 0 becomes 0.
    fn minor(&self, price: Decimal) -> Option<i64> {
        let price = if price.is_negative() { Decimal::whole(0) } else { price };
        money::nearest(price.times(self.factor)?, &self.currency)
    }
}

/// The options, in the order of the answer.
pub(crate) fn options(
    choices: Vec<Choice>,
    exchange: &Exchange,
    settings: &Settings,
    warnings: &mut Vec<String>,
) -> Vec<Rate> {
    if settings.code_form == CodeForm::Code {
        warnings.extend(twins(&choices));
    }
    let coded = coded(choices, settings.code_form);
    let mut rates: Vec<Rate> = Vec::new();
    for (code, choice) in coded.into_iter().filter(|(_, choice)| !choice.is_hidden) {
        match exchange.minor(choice.price) {
            Some(minor) => insert(&mut rates, rate(code, choice, minor, exchange)),
            None => warnings.push(format!("\"{}\" is left out: its price is too large", choice.name)),
        }
    }
    rates.truncate(settings.most_rates);
    rates
}

fn insert(rates: &mut Vec<Rate>, rate: Rate) {
    let order = |one: &Rate| -> Ordering {
        (one.price.minor, &one.name, &one.code).cmp(&(rate.price.minor, &rate.name, &rate.code))
    };
    let at = rates.partition_point(|one| order(one).is_lt());
    rates.insert(at, rate);
}

fn rate(code: String, choice: Choice, minor: i64, exchange: &Exchange) -> Rate {
    // A rule that makes the least more than the most has meant both.
    let days_max = choice.days_max.map(|most| most.max(choice.days_min.unwrap_or(0)));
    Rate {
        code,
        name: choice.name,
        description: choice.description,
        price: Money { minor, currency: exchange.currency.clone() },
        days_min: choice.days_min.into_iter().collect(),
        days_max: days_max.into_iter().collect(),
        source: choice.source,
        age_ms: choice.age_ms,
        attributes: Vec::new(),
    }
}

/// As the platform's writer takes it. Where only one number of days is known it is both.
pub(crate) fn offer(rate: &Rate) -> Offer {
    let (least, most) = (rate.days_min.first(), rate.days_max.first());
    let days = least.or(most).zip(most.or(least));
    Offer {
        code: rate.code.clone(),
        name: rate.name.clone(),
        description: rate.description.clone(),
        price_minor: rate.price.minor,
        currency: rate.price.currency.clone(),
        days: days.map(|(least, most)| (*least, *most)),
        source: rate.source,
        age_ms: rate.age_ms,
    }
}

/// Gives each choice a code of its own. Hidden ones count, so that hiding one changes no other's code.
fn coded(choices: Vec<Choice>, form: CodeForm) -> Vec<(String, Choice)> {
    let mut sorted: Vec<Choice> = Vec::with_capacity(choices.len());
    for choice in choices {
        let at = sorted.partition_point(|one| (&one.code, &one.called) < (&choice.code, &choice.called));
        sorted.insert(at, choice);
    }
    let is_twin: Vec<bool> =
        sorted.iter().map(|one| sorted.iter().filter(|other| other.code == one.code).count() > 1).collect();
    let named = |(one, twin): (&Choice, bool)| {
        let add_name = one.code.is_empty() || twin || (form == CodeForm::CodeAndName && !one.is_code_fixed);
        add_name.then(|| with_name(&one.code, &one.called))
    };
    let wanted: Vec<Option<String>> = sorted.iter().zip(is_twin).map(named).collect();
    // Codes as they are come first: a made one gives way.
    let mut taken: Vec<String> =
        sorted.iter().zip(&wanted).filter(|(_, made)| made.is_none()).map(|(one, _)| one.code.clone()).collect();
    let pairs = sorted.into_iter().zip(wanted);
    pairs.map(|(one, made)| (made.map_or_else(|| one.code.clone(), |code| free(code, &mut taken)), one)).collect()
}

/// Which codes several services share here: alone in another cart, each of them has the plain code, and the platform sees another service.
fn twins(choices: &[Choice]) -> Option<String> {
    let is_twin =
        |one: &&Choice| !one.is_code_fixed && choices.iter().filter(|other| other.code == one.code).count() > 1;
    let mut codes: Vec<&str> = choices.iter().filter(is_twin).map(|one| one.code.as_str()).collect();
    codes.retain(|code| !code.is_empty());
    codes.sort_unstable();
    codes.dedup();
    let told = "stands for several services here, so that names were added: code_form = \"code-and-name\" adds them always, and the codes stay the same in all carts";
    (!codes.is_empty()).then(|| format!("{} {told}", codes.join(", ")))
}

/// `STD.standard-with-signature`; of a service without a code only the name.
fn with_name(code: &str, name: &str) -> String {
    let mut made = code.to_owned();
    let mut gap = if code.is_empty() { "" } else { "." };
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            made.push_str(gap);
            made.push(letter.to_ascii_lowercase());
            gap = "";
        } else if gap.is_empty() && !made.is_empty() {
            gap = "-";
        }
    }
    made.truncate(made.floor_char_boundary(LONGEST_CODE));
    if made.is_empty() { "service".to_owned() } else { made }
}

/// The code, with a number when it is taken.
fn free(code: String, taken: &mut Vec<String>) -> String {
    let mut one = code.clone();
    let mut number = 2_u32;
    while taken.contains(&one) {
        let end = format!("-{number}");
        let room = code.floor_char_boundary(LONGEST_CODE.saturating_sub(end.len()));
        one = format!("{}{end}", code.get(..room).unwrap_or(&code));
        number += 1;
    }
    taken.push(one.clone());
    one
}

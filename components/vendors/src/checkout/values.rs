//! What the checkouts of all platforms have in common: numbers that stand as text, measures with a unit, amounts without a float, codes and
//! names with a limit.
//!
//! Absent, null and empty are one thing. What is there but cannot be read is refused with its path and never replaced by a guess: a weight
//! that counts as unknown is priced as the default parcel, and nobody notices.

use connote_rules::json::Json;
use connote_rules::units::{Length, Mass, round_up};
use connote_rules::{Decimal, money};
use connote_types::steps::{Disposition, Problem};

use crate::checkout::{Cart, Offer};
use crate::json::Value;

/// How many characters of a shortened code are its hash, the hyphen included: 32 bits, for the few dozen services of a merchant.
const HASH: usize = 9;

/// Deepest value that is read, in steps from the root.
const DEEPEST: usize = 12;

/// A value of a request and where it stands. A copy costs no allocation and is never dropped, which keeps the adapters small.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    value: &'a Json<'a>,
    trail: [Step; DEEPEST],
}

/// One step of a path.
#[derive(Clone, Copy, Debug)]
enum Step {
    End,
    Key(&'static str),
    At(u32),
}

/// Reads a body.
///
/// # Errors
/// `rejected` at `body` when it is not JSON or nested too deeply.
pub(crate) fn parse(body: &[u8]) -> Result<Json<'_>, Problem> {
    Json::parse(body).map_err(|error| rejected("body", &error.to_string()))
}

/// A request that is none of the platform. The message names no value: it may be a buyer's.
pub(crate) fn rejected(path: &str, message: &str) -> Problem {
    Problem::new(Disposition::Rejected, format!("the request cannot be read: {path}: {message}")).field(path, message)
}

impl<'a> Field<'a> {
    /// The whole document.
    pub(crate) fn root(value: &'a Json<'a>) -> Self {
        Self { value, trail: [Step::End; DEEPEST] }
    }

    /// A member, null when there is none.
    pub(crate) fn get(&self, key: &'static str) -> Self {
        self.step(self.value.get(key), Step::Key(key))
    }

    fn step(&self, value: &'a Json<'a>, step: Step) -> Self {
        let mut trail = self.trail;
        if let Some(end) = trail.iter_mut().find(|step| matches!(step, Step::End)) {
            *end = step;
        }
        Self { value, trail }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for step in self.trail {
            match step {
                Step::End => break,
                Step::At(at) => path.push_str(&format!("[{at}]")),
                Step::Key(key) => {
                    path.push_str(if path.is_empty() { "" } else { "." });
                    path.push_str(key);
                }
            }
        }
        path
    }

    /// The first of these members that is there, else the first.
    pub(crate) fn first(&self, keys: [&'static str; 2]) -> Self {
        let [one, other] = keys.map(|key| self.get(key));
        if one.is_absent() && !other.is_absent() { other } else { one }
    }

    /// The value as it stands.
    pub(crate) fn json(&self) -> &'a Json<'a> {
        self.value
    }

    /// Null, missing or empty text.
    pub(crate) fn is_absent(&self) -> bool {
        match self.value {
            Json::Null => true,
            Json::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// Whether this is an object.
    pub(crate) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// Text without white space around it; a number as it is written, so that ids beyond 2^53 survive; else `""`.
    pub(crate) fn text(&self) -> String {
        self.value.text().trim().to_owned()
    }

    /// `true` and `false`, also as 1 and 0 and as text.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self.value.text().trim() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        }
    }

    /// Says what is wrong here.
    pub(crate) fn wrong(&self, message: &str) -> Problem {
        rejected(&self.path(), message)
    }

    /// The object that has to be here.
    pub(crate) fn object(self) -> Result<Self, Problem> {
        if self.is_object() { Ok(self) } else { Err(self.wrong("an object is expected")) }
    }

    /// The objects of the list that has to be here.
    pub(crate) fn objects(&self) -> Result<Vec<Self>, Problem> {
        let Json::List(items) = self.value else { return Err(self.wrong("a list is expected")) };
        let element = |(at, value)| self.step(value, Step::At(at)).object();
        (0..).zip(items).map(element).collect()
    }

    /// A number, or text that is one.
    pub(crate) fn number(&self) -> Result<Option<Decimal>, Problem> {
        match self.value {
            _ if self.is_absent() => Ok(None),
            Json::Number(text) | Json::Text(text) => {
                Decimal::parse(text).map(Some).ok_or_else(|| self.wrong("no number, or too long a one"))
            }
            _ => Err(self.wrong("a number is expected")),
        }
    }

    /// A number of pieces, which has to be here: 1 is never assumed.
    pub(crate) fn count(&self) -> Result<u32, Problem> {
        let whole = self.number()?.and_then(Decimal::to_whole);
        whole.and_then(|number| u32::try_from(number).ok()).ok_or_else(|| self.wrong("a number of pieces is expected"))
    }

    /// An amount in minor units, to the nearest: platforms that reckon in floats send 34.4999999. `None` below zero, and in no known currency.
    pub(crate) fn price(&self, currency: &str) -> Result<Option<i64>, Problem> {
        match self.number()? {
            Some(amount) if !amount.is_negative() && money::decimals(currency).is_some() => {
                money::nearest(amount, currency).map(Some).ok_or_else(|| self.wrong("too large an amount"))
            }
            _ => Ok(None),
        }
    }

    /// A currency's code, `""` when there is none.
    pub(crate) fn currency(&self) -> String {
        let code = self.text().to_ascii_uppercase();
        if money::decimals(&code).is_some() { code } else { String::new() }
    }

    /// A measure above 0. Platforms write 0 for what nobody has entered.
    pub(crate) fn measure(&self) -> Result<Option<Decimal>, Problem> {
        match self.number()?.filter(|number| !number.is_zero()) {
            Some(number) if number.is_negative() => Err(self.wrong("below zero")),
            number => Ok(number),
        }
    }

    /// A weight in grams, exact. The unit is only looked at when there is a weight, and never guessed.
    pub(crate) fn mass(&self, unit: &Self) -> Result<Option<Decimal>, Problem> {
        let Some(number) = self.measure()? else { return Ok(None) };
        let unit = Mass::parse(&unit.text()).ok_or_else(|| unit.wrong("no known unit of weight"))?;
        unit.to_grams(number).map(Some).ok_or_else(|| self.wrong("too large a weight"))
    }

    /// An exact weight in whole grams, rounded up.
    pub(crate) fn grams(&self, exact: Option<Decimal>) -> Result<Option<u64>, Problem> {
        let Some(exact) = exact else { return Ok(None) };
        round_up(exact).map(Some).ok_or_else(|| self.wrong("too large a weight"))
    }

    /// A length in millimetres, rounded up. `unit` is where it stands and what it says.
    pub(crate) fn millimetres(&self, unit: Option<Length>, at: &Self) -> Result<Option<u32>, Problem> {
        let Some(number) = self.measure()? else { return Ok(None) };
        let unit = unit.ok_or_else(|| at.wrong("no known unit of length"))?;
        let rounded = unit.to_millimetres(number).and_then(round_up).and_then(|length| u32::try_from(length).ok());
        rounded.map(Some).ok_or_else(|| self.wrong("too large a length"))
    }
}

/// Three lengths, when all are known.
pub(crate) fn size(length: Option<u32>, width: Option<u32>, height: Option<u32>) -> Option<[u32; 3]> {
    Some([length?, width?, height?])
}

/// The price of one of several pieces, rounded up: a value for customs and insurance is rather too high than too low.
pub(crate) fn each(total: Option<i64>, pieces: u32) -> Option<i64> {
    let pieces = i64::from(pieces);
    total?.checked_add(pieces - 1)?.checked_div(pieces)
}

/// ISO 3166-1 alpha-2, `""` for a country that is not known.
pub(crate) fn country(text: &str) -> String {
    connote_rules::countries::code(text).unwrap_or_default().to_owned()
}

/// Adds an attribute that has a name and is not empty.
pub(crate) fn attribute(to: &mut Vec<(String, String)>, name: &str, value: &Field<'_>) {
    let value = value.text();
    if !name.is_empty() && !value.is_empty() {
        to.push((name.to_owned(), value));
    }
}

/// Adds the texts and numbers of an object, `prefix` before their names.
pub(crate) fn attributes(to: &mut Vec<(String, String)>, prefix: &str, object: &Field<'_>) {
    for (key, value) in object.json().members() {
        attribute(to, &format!("{prefix}{key}"), &Field::root(value));
    }
}

/// The offers in the currency that the answer is taken to be in: a platform whose answer names no currency would relabel all others.
pub(crate) fn payable<'a>(cart: &Cart, offers: &'a [Offer]) -> Vec<&'a Offer> {
    offers.iter().filter(|offer| cart.currency.is_empty() || offer.currency == cart.currency).collect()
}

/// The price in major units with all decimals of its currency: `12.60`, and `1260` in yen. Below zero it is free.
pub(crate) fn fixed(offer: &Offer) -> String {
    let places = money::decimals(&offer.currency).unwrap_or(2) as usize;
    let digits = format!("{:0>width$}", offer.price_minor.max(0), width = places + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - places).unwrap_or((&digits, ""));
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// The price in major units as a JSON number: `12.6`. Below zero it is free.
pub(crate) fn number(offer: &Offer) -> Value {
    Json::Number(money::amount(offer.price_minor.max(0), &offer.currency).into())
}

/// At most so many characters.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    let end = text.char_indices().nth(limit).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text).trim().to_owned()
}

/// What a buyer reads; the code when there is no name, for an empty one is refused by some platforms.
pub(crate) fn name(offer: &Offer, limit: usize) -> String {
    cut(if offer.name.trim().is_empty() { &offer.code } else { &offer.name }, limit)
}

/// The codes of the offers in their order: none is empty or longer than the limit, and no two are equal. One that is fine stays as it is.
pub(crate) fn codes(offers: &[&Offer], limit: usize) -> Vec<String> {
    let mut codes: Vec<String> = Vec::with_capacity(offers.len());
    for offer in offers {
        let mut code = if offer.code.is_empty() { hashed("", &offer.name, limit) } else { offer.code.clone() };
        if code.chars().count() > limit {
            code = hashed(&code, &code, limit);
        }
        let mut seed = offer.name.clone();
        while codes.contains(&code) {
            code = hashed(&offer.code, &seed, limit);
            seed.push('+');
        }
        codes.push(code);
    }
    codes
}

/// The beginning of a code and a hash.
fn hashed(code: &str, seed: &str, limit: usize) -> String {
    let hash = fnv(seed.as_bytes());
    format!("{}-{:08x}", cut(code, limit.saturating_sub(HASH)), (hash ^ (hash >> 32)) & 0xffff_ffff)
}

/// FNV-1a: the same everywhere and at all times. No secret depends on it.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
pub(crate) mod tests;

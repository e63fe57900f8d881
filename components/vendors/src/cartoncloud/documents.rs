//! CartonCloud's documents of one sale order: quantities are decimals in a unit of measure of the tenant's own, and weights stand on the
//! warehouse product, for each unit of measure, in a unit that is documented nowhere.

use std::borrow::Cow;

use connote_rules::Decimal;
use connote_rules::json::Json;
use connote_rules::scope::{Element, Label, Root};
use connote_rules::units::{Length, Mass, round_up};
use connote_types::orders::{Verdict, Warning};
use connote_types::steps::{Disposition, FieldError, Problem};

use super::codes::{OrderFacts, facts_verdict};
use crate::documents::{Computed, Documents, Facts, NOTHING, along, computed, warning};
use crate::settings::{CartonCloudSettings, Settings};

/// Lightest plausible piece in grams: anything lighter says that the setting `weight_unit` is wrong.
const LIGHTEST_G: i64 = 1;
/// Heaviest plausible piece in grams, a full pallet.
const HEAVIEST_G: i64 = 1_500_000;

/// Refuses a unit that nobody knows: taken for absent, it would drop every weight without a word.
///
/// # Errors
/// `rejected`, naming the settings.
pub fn check_units(settings: &Settings) -> Result<(), Problem> {
    let CartonCloudSettings { weight_unit, length_unit, .. } = &settings.cartoncloud;
    let units = [
        ("settings.cartoncloud.weight_unit", weight_unit, Mass::parse(weight_unit).is_some(), "kg, g, lb or oz"),
        ("settings.cartoncloud.length_unit", length_unit, Length::parse(length_unit).is_some(), "m, cm, mm or in"),
    ];
    let wrong = units.into_iter().filter(|(_, unit, known, _)| !unit.is_empty() && !known);
    let fields: Vec<FieldError> = wrong
        .map(|(path, unit, _, words)| FieldError { path: path.into(), message: format!("\"{unit}\" is not {words}") })
        .collect();
    match fields.first() {
        None => Ok(()),
        Some(first) => {
            let message = format!("{}: {}", first.path, first.message);
            Err(Problem { fields, ..Problem::new(Disposition::Rejected, message) })
        }
    }
}

/// What the order says about shipping, from its document.
#[must_use]
pub fn verdict(order: &Json<'_>, settings: &Settings) -> (Verdict, String) {
    facts_verdict(&order_facts(order, settings), settings)
}

fn order_facts<'a>(order: &'a Json<'a>, settings: &Settings) -> OrderFacts<'a> {
    let details = order.get("details");
    let open = details.get("errors").items().iter().find(|error| !error.get("isResolved").is_true());
    OrderFacts {
        status: order.get("status").text(),
        method: details.get("deliver").get("method").get("type").text(),
        error: open.map_or("", |error| error.get("message").text()),
        has_children: order.get("hasChildren").is_true(),
        tracking: tracking(order, settings),
    }
}

/// The property that CartonCloud's own connector fills, `""` when it is empty or not set.
#[must_use]
pub fn tracking<'a>(order: &'a Json<'a>, settings: &Settings) -> &'a str {
    order.get("properties").get(&settings.cartoncloud.tracking_property).text().trim()
}

/// Quantity, weight and price of each line.
#[must_use]
pub fn facts(documents: &Documents<'_>, settings: &Settings) -> Facts {
    let mut facts = Facts::default();
    for (index, line) in documents.first("order").get("items").items().iter().enumerate() {
        let piece = Piece { line, index, product: product(documents, line), settings }.compute(&mut facts.warnings);
        facts.pieces.push(piece);
    }
    facts
}

/// The names under which the rules read them.
#[must_use]
pub fn roots<'a>(documents: &'a Documents<'a>, facts: &'a Facts) -> Vec<(&'a str, Root<'a>)> {
    let lines = documents.first("order").get("items");
    let product = |line: &'a Json<'a>| Element {
        value: product(documents, line).unwrap_or(NOTHING),
        label: Label::Key("warehouse-product", line.get("details").get("product").get("id").text()),
    };
    vec![
        ("order", Root::One(documents.first("order"))),
        ("line", along("lines", "order.items", lines)),
        ("product", Root::Along("lines", lines.items().iter().map(product).collect())),
        ("piece", computed("lines", "piece", &facts.pieces)),
    ]
}

fn product<'a>(documents: &'a Documents<'a>, line: &Json<'_>) -> Option<&'a Json<'a>> {
    documents.find("warehouse-product", line.get("details").get("product").get("id").text())
}

/// One line, to be counted in whole pieces.
struct Piece<'a> {
    line: &'a Json<'a>,
    index: usize,
    product: Option<&'a Json<'a>>,
    settings: &'a Settings,
}

impl Piece<'_> {
    fn compute(&self, warnings: &mut Vec<Warning>) -> Computed {
        let Some(quantity) = Decimal::parse(self.line.get("measures").get("quantity").text()) else {
            return Computed::default();
        };
        let whole = quantity.to_whole().is_some() || quantity.is_negative();
        // A half carton is one piece that weighs half a carton.
        let (count, share) = if whole { (quantity, Decimal::whole(1)) } else { (Decimal::whole(1), quantity) };
        let mut facts = vec![fact("quantity", count)];
        if !whole {
            facts.push((Cow::Borrowed("description"), Json::Text(Cow::Owned(self.describe(quantity)))));
            let message = format!("{quantity} {} is not a whole number: it ships as one piece", self.unit());
            warnings.push(warning(self.path("measures.quantity"), message));
        }
        if let Some(grams) = self.grams(warnings).and_then(|grams| round_up(grams.times(share)?)) {
            facts.push(fact("weight_g", grams));
        }
        let price = Decimal::parse(self.line.get("details").get("approximateUnitPrice").get("amount").text());
        if let Some(value) = price.and_then(|price| price.times(share)) {
            facts.push(fact("value", value));
        }
        Computed { facts: Json::Object(facts), sources: self.sources() }
    }

    fn unit(&self) -> &str {
        self.line.get("details").get("unitOfMeasure").get("type").text()
    }

    fn path(&self, field: &str) -> String {
        format!("order.items[{}].{field}", self.index)
    }

    fn describe(&self, quantity: Decimal) -> String {
        format!("{quantity} {} {}", self.unit(), self.line.get("details").get("product").get("name").text())
            .trim_end()
            .to_owned()
    }

    fn sources(&self) -> Vec<String> {
        let id = self.line.get("details").get("product").get("id").text();
        vec![self.path("measures.quantity"), format!("warehouse-product[{id}].unitOfMeasures.{}.weight", self.unit())]
    }

    /// Exact grams of one unit of measure. `None` when the product says nothing, the unit is not set, or the weight is not plausible.
    fn grams(&self, warnings: &mut Vec<Warning>) -> Option<Decimal> {
        let unit_name = &self.settings.cartoncloud.weight_unit;
        let text = self.product?.get("unitOfMeasures").get(self.unit()).get("weight").text();
        let weight = Decimal::parse(text).filter(|weight| *weight > Decimal::whole(0))?;
        let grams = Mass::parse(unit_name)?.to_grams(weight)?;
        if (Decimal::whole(LIGHTEST_G)..=Decimal::whole(HEAVIEST_G)).contains(&grams) {
            return Some(grams);
        }
        let path = self.sources().pop().unwrap_or_default();
        let message = format!(
            "{text} {unit_name} for one {} is not plausible and is not used: check settings.cartoncloud.weight_unit",
            self.unit()
        );
        warnings.push(warning(path, message));
        None
    }
}

fn fact(name: &'static str, value: impl ToString) -> (Cow<'static, str>, Json<'static>) {
    (Cow::Borrowed(name), Json::Number(Cow::Owned(value.to_string())))
}

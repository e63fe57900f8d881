//! `map-order`: documents in, order and Starshipit body out. Pure: the same input gives the same bytes.
//!
//! What all mapper components have in common. Each brings its own [`Source`]s, `order-mapper` warehouse systems and `shop-mapper` shops: one
//! component with all of them would be larger than a component may be.

mod checks;
mod explain;
mod read;
mod run;
mod sheet;
mod spots;
mod typed;

use connote_rules::json::Json;
use connote_rules::rule::{Rule, RuleError};
use connote_rules::scope::Root;
use connote_types::orders::{MapInput, MapOutcome, MappedOrder, Warning};
use connote_types::steps::{Disposition, FieldError, Problem};
use connote_types::types::Order;
use connote_vendors::connote::targets::resolve_own;
use connote_vendors::documents::{Documents, Facts};
use connote_vendors::exchange;
use connote_vendors::settings::{NOT_PACKED, Settings};
use connote_vendors::starshipit;

pub use checks::refusal;

/// Largest document that is read: an order of a thousand lines has under a megabyte.
pub const MAX_DOCUMENT_BYTES: usize = 4 << 20;
/// Most documents of one order: an order, its packs, and two for each of a thousand lines.
pub const MAX_DOCUMENTS: usize = 4096;
/// Most lines and most parcels: beyond, rules times lines would no longer be quick, and no courier takes such a consignment.
pub const MAX_LINES: usize = 1000;

/// Documents in, order out, for the sources of one component.
#[must_use]
pub fn map_order<S: Source>(input: &MapInput) -> MapOutcome {
    match map::<S>(input) {
        Ok(outcome) => outcome,
        Err(problem) => MapOutcome::Refused(problem),
    }
}

/// Where documents come from. A component knows the sources of one type, so that nothing of others is built into it.
pub trait Source: Copy {
    /// All of them, for people: `a, b and c`.
    const NAMES: &'static str;

    /// The source of a name.
    fn named(name: &str) -> Option<Self>;

    /// Its built-in rules.
    ///
    /// # Errors
    /// None: tests read them.
    fn rules(self) -> Result<Vec<Rule>, RuleError>;

    /// Settings that would lead to wrong orders.
    ///
    /// # Errors
    /// `rejected`, naming them.
    fn check_settings(self, _settings: &Settings) -> Result<(), Problem> {
        Ok(())
    }

    /// Puts the documents into the form that the rules read.
    fn prepare(self, _documents: &mut Documents<'_>) {}

    /// What stops the mapping before it begins: an order that is left alone.
    ///
    /// # Errors
    /// An order that cannot be shipped as it is.
    fn judge(self, order: &Json<'_>, settings: &Settings) -> Result<Option<MapOutcome>, Problem>;

    /// Why an order that ships gets no label yet, where the order itself says so.
    fn not_packed(self, _order: &Json<'_>) -> Option<String> {
        None
    }

    /// Whether whoever hands the order in writes it for Connote: then a value that cannot be read is refused, and not treated as absent.
    fn is_strict(self) -> bool {
        false
    }

    /// What the documents do not say as it is.
    fn facts(self, documents: &Documents<'_>, settings: &Settings) -> Facts;

    /// The names under which the rules read both.
    fn roots<'a>(self, documents: &'a Documents<'a>, facts: &'a Facts) -> Vec<(&'a str, Root<'a>)>;

    /// How to fill what is missing.
    fn advice(self) -> Advice;

    /// What the rules cannot say, and what a person should know.
    fn finish(self, _documents: &Documents<'_>, _settings: &Settings, _order: &mut Order) -> Vec<Warning> {
        Vec::new()
    }

    /// Says more about refused fields.
    fn word_refusal(self, _fields: &mut [FieldError]) {}
}

/// How to fill what a source does not say of its goods.
#[derive(Clone, Copy, Debug)]
pub struct Advice {
    /// Behind "… has no weight: ".
    pub weight: &'static str,
    /// The end of the sentence about a fact that customs want and that no rule fills, from the name of its target.
    pub customs: fn(&str) -> String,
}

fn map<S: Source>(input: &MapInput) -> Result<MapOutcome, Problem> {
    let source = S::named(&input.source).ok_or_else(|| unknown(&input.source, S::NAMES))?;
    let mut settings = exchange::settings(&input.settings)?;
    source.check_settings(&settings)?;
    let mut documents = documents(input)?;
    source.prepare(&mut documents);
    let order = documents.first("order");
    let not_packed = match (source.judge(order, &settings)?, settings.early()) {
        (None, _) => source.not_packed(order),
        (Some(MapOutcome::Leave(left)), Some(early)) if source.judge(order, &early)?.is_none() => Some(left.reason),
        (Some(outcome), _) => return Ok(outcome),
    };
    let mut rules = source.rules().map_err(|error| unusable(&error))?;
    let built_in = rules.len();
    rules.append(&mut settings.rules);
    let own = Json::parse(&input.settings).unwrap_or(Json::Null);
    let facts = source.facts(&documents, &settings);
    let mut roots = source.roots(&documents, &facts);
    roots.push(("settings", Root::One(&own)));
    let run = run::Run {
        rules: &rules,
        spots: resolve_own(&rules, built_in).map_err(|error| unusable(&error))?,
        roots,
        facts: &facts,
        built_in,
    };
    let sheet = run.fill()?;
    let mut outcome = finish(source, input, &documents, &settings, &run, sheet)?;
    if let (MapOutcome::Mapped(mapped), Some(reason)) = (&mut outcome, not_packed) {
        mapped.order.attributes.push((NOT_PACKED.to_owned(), reason));
    }
    Ok(outcome)
}

fn unknown(name: &str, names: &str) -> Problem {
    Problem::new(Disposition::Unsupported, format!("orders of \"{name}\" cannot be mapped: there are {names}"))
}

/// From filled targets to the typed order, its checks and its body.
fn finish<S: Source>(
    source: S,
    input: &MapInput,
    documents: &Documents<'_>,
    settings: &Settings,
    run: &run::Run<'_>,
    sheet: sheet::Sheet<'_>,
) -> Result<MapOutcome, Problem> {
    let mut reader = read::Reader::new(run, &sheet);
    let mut order = reader.order(settings);
    let mut warnings = source.finish(documents, settings, &mut order);
    checks::check(&mut reader, &mut order, settings, source.advice());
    let (kept, mut refused, mut others) = reader.into_parts(source.is_strict());
    if !refused.is_empty() {
        source.word_refusal(&mut refused);
        return Err(checks::refusal(refused));
    }
    warnings.append(&mut others);
    warnings.extend(run.facts.warnings.iter().cloned());
    let body = starshipit::body::create_body(&order);
    let (explanation, unused) =
        if input.explain { explain::explain(run, &sheet, &kept, documents.first("order")) } else { Default::default() };
    Ok(MapOutcome::Mapped(MappedOrder { order, body, warnings, explanation, unused }))
}

fn documents(input: &MapInput) -> Result<Documents<'_>, Problem> {
    let rejected =
        |message: String, path: String, what: &str| Problem::new(Disposition::Rejected, message).field(path, what);
    if input.documents.len() > MAX_DOCUMENTS {
        let message =
            format!("{} documents are too many: at most {MAX_DOCUMENTS} belong to one order", input.documents.len());
        return Err(rejected(message, "documents".to_owned(), "too many"));
    }
    if let Some(large) = input.documents.iter().find(|one| one.body.len() > MAX_DOCUMENT_BYTES) {
        let message = format!("the document {} is larger than {MAX_DOCUMENT_BYTES} bytes", large.kind);
        return Err(rejected(message, large.kind.clone(), "too large"));
    }
    let documents = Documents::parse(&input.documents).map_err(|(index, error)| {
        let kind = input.documents.get(index).map_or("", |one| one.kind.as_str());
        rejected(format!("the document {kind} cannot be read: {error}"), kind.to_owned(), "is not JSON")
    })?;
    match documents.first("order") {
        Json::Object(_) => Ok(documents),
        _ => Err(rejected(
            "there is no order among the documents".to_owned(),
            "order".to_owned(),
            "hand in one document of kind order, a JSON object",
        )),
    }
}

fn unusable(error: &RuleError) -> Problem {
    Problem::new(Disposition::Rejected, format!("settings.rules: {error}")).field("settings.rules", error.to_string())
}

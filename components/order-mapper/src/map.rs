//! `map-order`: documents in, order and Starshipit body out. Pure: the same input gives the same bytes.

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
use connote_types::orders::{Left, MapInput, MapOutcome, MappedOrder, Verdict, Warning};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::Order;
use connote_vendors::connote::targets::resolve_own;
use connote_vendors::documents::{Documents, Facts};
use connote_vendors::exchange;
use connote_vendors::settings::Settings;
use connote_vendors::{cartoncloud, connote, starshipit, trackstar};

/// Largest document that is read: an order of a thousand lines has under a megabyte.
pub const MAX_DOCUMENT_BYTES: usize = 4 << 20;
/// Most documents of one order: an order, its packs, and two for each of a thousand lines.
pub const MAX_DOCUMENTS: usize = 4096;
/// Most lines and most parcels: beyond, rules times lines would no longer be quick, and no courier takes such a consignment.
pub const MAX_LINES: usize = 1000;

/// Documents in, order out.
#[must_use]
pub fn map_order(input: &MapInput) -> MapOutcome {
    match map(input) {
        Ok(outcome) => outcome,
        Err(problem) => MapOutcome::Refused(problem),
    }
}

/// Where the documents come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Trackstar,
    CartonCloud,
    Connote,
}

impl Source {
    fn parse(name: &str) -> Result<Self, Problem> {
        match name {
            "trackstar" => Ok(Self::Trackstar),
            "cartoncloud" => Ok(Self::CartonCloud),
            "connote" => Ok(Self::Connote),
            _ => {
                let message =
                    format!("orders of \"{name}\" cannot be mapped: there are trackstar, cartoncloud and connote");
                Err(Problem::new(Disposition::Unsupported, message))
            }
        }
    }

    fn rules(self) -> Result<Vec<Rule>, RuleError> {
        match self {
            Self::Trackstar => trackstar::map::rules(),
            Self::CartonCloud => cartoncloud::map::rules(),
            Self::Connote => connote::map::rules(),
        }
    }

    fn verdict(self, order: &Json<'_>, settings: &Settings) -> (Verdict, String) {
        match self {
            Self::Trackstar => trackstar::documents::verdict(order, settings),
            Self::CartonCloud => cartoncloud::documents::verdict(order, settings),
            Self::Connote => connote::codes::verdict("", settings),
        }
    }

    fn facts(self, documents: &Documents<'_>, settings: &Settings) -> Facts {
        match self {
            Self::Trackstar => trackstar::documents::facts(documents, settings),
            Self::CartonCloud => cartoncloud::documents::facts(documents, settings),
            Self::Connote => connote::documents::facts(documents),
        }
    }

    fn roots<'a>(self, documents: &'a Documents<'a>, facts: &'a Facts) -> Vec<(&'a str, Root<'a>)> {
        match self {
            Self::Trackstar => trackstar::documents::roots(documents, facts),
            Self::CartonCloud => cartoncloud::documents::roots(documents, facts),
            Self::Connote => connote::documents::roots(documents),
        }
    }

    /// Settings that would give a line its weight.
    fn weight_settings(self) -> &'static [&'static str] {
        match self {
            Self::CartonCloud => &["settings.cartoncloud.weight_unit", "settings.default_piece_weight_g"],
            Self::Trackstar | Self::Connote => &["settings.default_piece_weight_g"],
        }
    }

    fn check_settings(self, settings: &Settings) -> Result<(), Problem> {
        match self {
            Self::CartonCloud => cartoncloud::documents::check_units(settings),
            Self::Trackstar | Self::Connote => Ok(()),
        }
    }

    /// What the rules cannot say.
    fn finish(self, documents: &Documents<'_>, settings: &Settings, order: &mut Order) -> Vec<Warning> {
        match self {
            Self::Trackstar => trackstar::map::warnings(documents, order, settings),
            Self::CartonCloud => Vec::new(),
            Self::Connote => {
                connote::map::add_pairs(documents, order);
                Vec::new()
            }
        }
    }
}

fn map(input: &MapInput) -> Result<MapOutcome, Problem> {
    let source = Source::parse(&input.source)?;
    let mut settings = exchange::settings(&input.settings)?;
    source.check_settings(&settings)?;
    let documents = documents(input)?;
    let order = documents.first("order");
    if let Some(outcome) = judge(source, order, &settings)? {
        return Ok(outcome);
    }
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
    finish(source, input, &documents, &settings, &run, sheet)
}

/// From filled targets to the typed order, its checks and its body.
fn finish(
    source: Source,
    input: &MapInput,
    documents: &Documents<'_>,
    settings: &Settings,
    run: &run::Run<'_>,
    sheet: sheet::Sheet<'_>,
) -> Result<MapOutcome, Problem> {
    let mut reader = read::Reader::new(run, &sheet);
    let mut order = reader.order(settings);
    let mut warnings = source.finish(documents, settings, &mut order);
    checks::check(&mut reader, &mut order, settings, source.weight_settings());
    let (kept, refused, mut others) = reader.into_parts();
    if !refused.is_empty() {
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

/// What stops the mapping before it begins.
fn judge(source: Source, order: &Json<'_>, settings: &Settings) -> Result<Option<MapOutcome>, Problem> {
    if source == Source::Connote {
        let unknown = connote::documents::unknown_fields(order);
        return if unknown.is_empty() { Ok(None) } else { Err(checks::refusal(unknown)) };
    }
    let status = order.get("status").text();
    match source.verdict(order, settings) {
        (Verdict::Ship, _) => Ok(None),
        (Verdict::Leave, reason) => Ok(Some(MapOutcome::Leave(Left { status: status.to_owned(), reason }))),
        (Verdict::Refuse, reason) => Err(refused(source, order, settings, reason)),
    }
}

fn refused(source: Source, order: &Json<'_>, settings: &Settings, reason: String) -> Problem {
    let taken = source == Source::CartonCloud && !cartoncloud::documents::tracking(order, settings).is_empty();
    if taken && order.get("status").text() != "REJECTED" {
        let path = connote_rules::path::push("order.properties", &settings.cartoncloud.tracking_property);
        return Problem::new(Disposition::Conflict, reason).field(path, "is filled");
    }
    Problem {
        code: order.get("status").text().to_owned(),
        ..Problem::new(Disposition::Rejected, reason.clone()).field("order.status", reason)
    }
}

fn unusable(error: &RuleError) -> Problem {
    Problem::new(Disposition::Rejected, format!("settings.rules: {error}")).field("settings.rules", error.to_string())
}

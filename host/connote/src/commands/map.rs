//! `connote map`: one order document in, the order and the Starshipit body out.

use std::path::{Path, PathBuf};

use clap::Args;
use connote_components::{ORDER_MAPPER, SHOP_MAPPER};
use connote_host::SHOPS;
use connote_host::runtime::Export;
use connote_types::orders::{MapInput, MapOutcome, MappedOrder, SourceDocument};
use connote_vendors::connote::targets::resolve_own;
use connote_vendors::settings::Settings;
use serde_json::{Value, json};

use crate::config::read_toml;
use crate::exports;
use crate::failure::{Code, Failure, file};
use crate::output::{BAD, Screen, paint, plain};

const LONG: &str = "\
Maps one order, without any request: an order document in, the order and the exact body for Starshipit's POST /api/orders out, as JSON. It \
is the place to try rules: --explain tells which rule filled each field, from which paths, and which fields of the document nobody read.

The document is the source's own JSON (of a shop: the body of its order webhook), or a list of {\"kind\", \"id\", \"body\"} documents when \
products or packs belong to it (kinds: order, packs, product, inventory, warehouse-product). A document that is refused is answered with \
the fields to change, and exit code 1.

Examples:
    connote map --source trackstar order.json
    connote map --source connote --rules rules.toml --explain - < order.json";

/// Map one order document to a Starshipit order, offline
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Map {
    /// What the document is: trackstar, cartoncloud, shopify, woocommerce, or connote for our own form
    #[arg(long, value_parser = ["trackstar", "cartoncloud", "shopify", "woocommerce", "connote"])]
    source: String,
    /// Rules to try: TOML with [[rules]], or a JSON list; they come after those of --settings
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// The connection's settings: TOML, as below [connections.NAME.settings]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Tell which rule filled each field and what was not read
    #[arg(long)]
    explain: bool,
    /// The document; - reads standard input
    #[arg(default_value = "-", value_name = "FILE")]
    input: PathBuf,
}

impl Map {
    pub(super) fn run(self, screen: &Screen) -> Result<Code, Failure> {
        let settings = self.settings()?;
        let documents = documents(&self.input, &super::read_input(&self.input)?)?;
        let settings = serde_json::to_vec(&settings).map_err(|error| Failure::usage(error.to_string()))?;
        let input = MapInput { source: self.source, documents, settings, explain: self.explain };
        let mapper = if SHOPS.contains(&input.source.as_str()) { SHOP_MAPPER } else { ORDER_MAPPER };
        let component = exports::component(mapper.name, None)?;
        let outcome: MapOutcome = component.call(&Export::MAP_ORDER, (&input,))?;
        Ok(show(&outcome, self.explain, screen))
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let mut settings: Settings = self.settings.as_deref().map(read_toml).transpose()?.unwrap_or_default();
        if let Some(path) = &self.settings {
            check(path, &settings.rules)?;
        }
        if let Some(path) = &self.rules {
            let rules = rules(path)?;
            check(path, &rules)?;
            settings.rules.extend(rules);
        }
        Ok(settings)
    }
}

fn check(path: &Path, rules: &[connote_rules::Rule]) -> Result<(), Failure> {
    resolve_own(rules, 0).map(drop).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn rules(path: &Path) -> Result<Vec<connote_rules::Rule>, Failure> {
    if path.extension().is_some_and(|extension| extension == "json") {
        let bytes = std::fs::read(path).map_err(file(path))?;
        return connote_rules::Rule::parse_list(&bytes)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())));
    }
    Ok(read_toml::<Settings>(path)?.rules)
}

/// One bare order, or documents with their kinds.
fn documents(path: &Path, bytes: &[u8]) -> Result<Vec<SourceDocument>, Failure> {
    let wrong = |error: serde_json::Error| {
        Failure::usage(format!("{}: not the JSON of an order: {error}", super::input_name(path)))
            .fix("an order document, or a list of {\"kind\", \"id\", \"body\"} documents")
    };
    let value: Value = serde_json::from_slice(bytes).map_err(wrong)?;
    let is_document = |value: &Value| value.get("kind").is_some() && value.get("body").is_some();
    if let Value::Array(items) = &value
        && items.iter().all(is_document)
    {
        return serde_json::from_value(exports::loose(value)).map_err(wrong);
    }
    if is_document(&value) {
        return serde_json::from_value(exports::loose(value)).map(|document| vec![document]).map_err(wrong);
    }
    let id = value.get("id").map_or_else(String::new, |id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    Ok(vec![SourceDocument { kind: "order".to_owned(), id, body: bytes.to_vec() }])
}

fn show(outcome: &MapOutcome, explain: bool, screen: &Screen) -> Code {
    match outcome {
        MapOutcome::Mapped(mapped) => {
            screen.print_json(&as_json(mapped, explain));
            Code::Done
        }
        MapOutcome::Leave(left) => {
            screen.print_json(&json!({ "left": left }));
            screen.note(&format!("left alone: {}", plain(&left.reason)));
            Code::Attention
        }
        MapOutcome::Refused(problem) => {
            screen.print_json(&json!({ "refused": problem }));
            screen.note(&format!("{}: {}", paint(BAD, "refused"), plain(&problem.message)));
            for field in &problem.fields {
                screen.note(&format!("  {} {}: {}", paint(BAD, "→"), plain(&field.path), plain(&field.message)));
            }
            Code::Attention
        }
    }
}

fn as_json(mapped: &MappedOrder, explain: bool) -> Value {
    let body = serde_json::from_slice(&mapped.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&mapped.body).into_owned()));
    let mut out = json!({ "order": mapped.order, "body": body, "warnings": mapped.warnings });
    if explain && let Some(members) = out.as_object_mut() {
        members.insert("explanation".to_owned(), json!(mapped.explanation));
        members.insert("unused".to_owned(), json!(mapped.unused));
    }
    out
}

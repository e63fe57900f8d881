//! The documents of one order, as a mapping reads them: parsed once, found by kind and id, with what was computed from them.

use connote_rules::json::{Json, JsonError, same};
use connote_rules::scope::{Element, Label, Root};
use connote_types::orders::{SourceDocument, Warning};

/// What stands where a document is missing.
pub const NOTHING: &Json<'static> = &Json::Null;

/// One document, without the envelope `{"data": …}` that some sources wrap around it.
#[derive(Debug)]
pub struct Document<'a> {
    /// `order`, `packs`, `product`, `inventory`, `warehouse-product`.
    pub kind: &'a str,
    /// The far end's id of it.
    pub id: &'a str,
    /// Its content.
    pub json: Json<'a>,
}

/// All documents of one order.
#[derive(Debug)]
pub struct Documents<'a>(Vec<Document<'a>>);

impl<'a> Documents<'a> {
    /// Reads them.
    ///
    /// # Errors
    /// The index of the document that is not JSON, and why.
    pub fn parse(documents: &'a [SourceDocument]) -> Result<Self, (usize, JsonError)> {
        let parse = |(index, one): (usize, &'a SourceDocument)| match Json::parse(&one.body) {
            Ok(json) => Ok(Document { kind: &one.kind, id: &one.id, json: unwrapped(json) }),
            Err(error) => Err((index, error)),
        };
        documents.iter().enumerate().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// The first document of a kind, `Json::Null` when there is none.
    #[must_use]
    pub fn first(&self, kind: &str) -> &Json<'a> {
        self.0.iter().find(|one| same(one.kind, kind)).map_or(&Json::Null, |one| &one.json)
    }

    /// The same, to be read in another form than it was written in.
    pub fn first_mut(&mut self, kind: &str) -> Option<&mut Json<'a>> {
        self.0.iter_mut().find(|one| same(one.kind, kind)).map(|one| &mut one.json)
    }

    /// The document of a kind with an id, told by its own `id` or by the one it was handed in with. `None` when there is none.
    #[must_use]
    pub fn find(&self, kind: &str, id: &str) -> Option<&Json<'a>> {
        let is =
            |one: &&Document<'a>| (same(one.id, id) || same(one.json.get("id").text(), id)) && same(one.kind, kind);
        if id.is_empty() { None } else { self.0.iter().find(is).map(|one| &one.json) }
    }
}

/// A far end's answer to a read of one record may have it under `data`. An error of WordPress has data too, beside its code.
fn unwrapped(json: Json<'_>) -> Json<'_> {
    match json {
        Json::Object(mut members) => {
            match members.iter().position(|(key, value)| key == "data" && matches!(value, Json::Object(_))) {
                Some(at) if !members.iter().any(|(key, _)| key == "id" || key == "code") => members.swap_remove(at).1,
                _ => Json::Object(members),
            }
        }
        other => other,
    }
}

/// A fact that no document holds as it is: a weight summed up, a quantity made whole.
#[derive(Debug)]
pub struct Computed {
    /// What rules read: an object of facts, `Json::Null` when nothing is known.
    pub facts: Json<'static>,
    /// Paths in the documents it was made from.
    pub sources: Vec<String>,
}

impl Default for Computed {
    fn default() -> Self {
        Self { facts: Json::Null, sources: Vec::new() }
    }
}

/// What was computed from the documents of one order, before its rules run.
#[derive(Debug, Default)]
pub struct Facts {
    /// For each line of the order, under `piece[]`.
    pub pieces: Vec<Computed>,
    /// For each box, under `content[]`: what is known of its contents.
    pub contents: Vec<Computed>,
    /// The list each box stands in, and its index there.
    pub boxes: Vec<(String, usize)>,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// A list root that runs along with the lines or the parcels, from the elements of one list.
#[must_use]
pub fn along<'a>(targets: &'static str, path: &'static str, list: &'a Json<'a>) -> Root<'a> {
    let element = |(index, value)| Element { value, label: Label::Index(path, index) };
    Root::Along(targets, list.items().iter().enumerate().map(element).collect())
}

/// A list root of computed facts.
#[must_use]
pub fn computed<'a>(targets: &'static str, path: &'static str, list: &'a [Computed]) -> Root<'a> {
    let element = |(index, one): (usize, &'a Computed)| Element { value: &one.facts, label: Label::Index(path, index) };
    Root::Along(targets, list.iter().enumerate().map(element).collect())
}

/// A warning.
#[must_use]
pub fn warning(path: impl Into<String>, message: impl Into<String>) -> Warning {
    Warning { path: path.into(), message: message.into() }
}

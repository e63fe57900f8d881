//! An order as a form: what is wrong is marked, and what changes is shown before it is saved.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use connote_vendors::connote::targets::Kind;
use maud::{Markup, html};

use super::ConsoleState;
use super::failure::Failure;
use super::fields::{self, Field, Known};
use super::layout::{self, Place, csrf};
use super::order::{Shipped, known, with_journal};
use super::orders::title;
use super::visitor::{Fields, Posted, Visitor};
use super::wrong::{self, Wrong};
use crate::address;
use crate::engine::{AskError, Engine};
use crate::store::OrderRow;
use crate::store::users::Role;

/// What stands before a target in the name of a field, and of the one that says what it was when the form was made.
const FIELD: &str = "f:";
const WAS: &str = "w:";

/// What is to be different.
#[derive(Debug, PartialEq)]
struct Change {
    target: String,
    label: String,
    before: String,
    /// Empty when a correction is taken back.
    after: String,
}

/// An order, and its form.
struct Form {
    row: OrderRow,
    known: Known,
    corrections: BTreeMap<String, String>,
    fields: Vec<Field>,
    /// What is wrong and has no field.
    rest: Vec<Wrong>,
    message: String,
}

/// # Errors
/// 403, 404, and 409 for one whose label is bought.
async fn form(state: &ConsoleState, visitor: &Visitor, path: (String, String)) -> Result<Form, Failure> {
    visitor.may(Role::Operate)?;
    let row = known(state, path).await?;
    let of = row.clone();
    let read = move |engine: &Engine| {
        let printed = !engine.journal().outline(&of.key)?.record.printed_ms.is_empty();
        Ok((printed, fields::known(engine, &of)?))
    };
    let (printed, known) = with_journal(state, read).await?;
    if printed {
        let words = "Its label is bought: what is corrected now would not be on it.";
        let failure = Failure::refused(words).back(address::order(&row.key), "To the order");
        return Err(failure.of(visitor, Place::Orders));
    }
    let corrections: BTreeMap<_, _> = serde_json::from_str(&row.corrections).unwrap_or_default();
    let problem = Shipped::of(&row).problem.unwrap_or_default();
    let rules = state.engine.connection(&row.key.connection).map(|served| wrong::rules(&served.connection));
    let rules = rules.unwrap_or_default();
    let wrong: Vec<_> = problem.fields.into_iter().map(|field| Wrong::new(field, &rules)).collect();
    let (fields, rest) = known.fields(&corrections, &wrong);
    Ok(Form { row, known, corrections, fields, rest, message: problem.message })
}

pub(super) async fn page(
    State(state): State<ConsoleState>,
    Path(path): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let form = form(&state, &visitor, path).await?;
    Ok(form.show(&visitor, &Fields::default(), StatusCode::OK, None))
}

pub(super) async fn posted(
    State(state): State<ConsoleState>,
    Path(path): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { visitor, fields } = posted;
    let form = form(&state, &visitor, path).await?;
    let changes = form.changes(&fields);
    if changes.is_empty() && fields.text("step") != "save" {
        let words = "Nothing has changed: change a field first. To try it as it is, use Retry on the order’s page.";
        return Ok(form.show(&visitor, &fields, StatusCode::CONFLICT, Some(words)));
    }
    match fields.text("step") {
        "save" => form.save(&state, &visitor, &fields, &changes).await,
        "edit" => Ok(form.show(&visitor, &fields, StatusCode::OK, None)),
        _ => Ok(form.confirm(&visitor, &changes)),
    }
}

impl Form {
    /// What somebody has changed of what they saw: what others have corrected meanwhile stays.
    fn changes(&self, posted: &Fields) -> Vec<Change> {
        let mut changes = Vec::new();
        for field in &self.fields {
            let (was, is) = (own(posted, WAS, &field.target), own(posted, FIELD, &field.target));
            let (Some(was), Some(is)) = (was, is) else { continue };
            let (was, is) = (was.trim(), is.trim());
            // Text of the order cannot be taken away, only a correction.
            if was == is || (is.is_empty() && !field.corrected) {
                continue;
            }
            let before = if field.values.is_empty() { was.to_owned() } else { field.values.join(", ") };
            changes.push(Change {
                target: field.target.clone(),
                label: field.label.clone(),
                before,
                after: is.to_owned(),
            });
        }
        changes
    }

    /// All corrections, with the changes.
    fn corrected(&self, changes: &[Change]) -> BTreeMap<String, String> {
        let mut corrections = self.corrections.clone();
        for change in changes {
            let field = self.fields.iter().find(|field| field.target == change.target);
            let taken_back = field.is_some_and(|field| field.original.as_ref() == Some(&change.after));
            if change.after.is_empty() || taken_back {
                corrections.remove(&change.target);
            } else {
                corrections.insert(change.target.clone(), change.after.clone());
            }
        }
        corrections
    }

    async fn save(
        self,
        state: &ConsoleState,
        visitor: &Visitor,
        posted: &Fields,
        changes: &[Change],
    ) -> Result<Response, Failure> {
        let corrected = state.engine.correct(&self.row.key, Some(self.corrected(changes)), None).await;
        match corrected {
            Ok(row) => {
                let targets: Vec<&str> = changes.iter().map(|change| change.target.as_str()).collect();
                let (connection, order) = (&row.key.connection, &row.key.source_id);
                tracing::info!(
                    by = visitor.user,
                    connection,
                    order,
                    targets = targets.join(" "),
                    "an order was corrected"
                );
                let to = format!("{}?done=correct", address::order(&row.key));
                Ok((StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response())
            }
            Err(AskError::NothingChanged(words) | AskError::Over(words)) => {
                Ok(self.show(visitor, posted, StatusCode::CONFLICT, Some(&words)))
            }
            Err(AskError::Refused(problem)) => {
                Ok(self.show(visitor, posted, StatusCode::CONFLICT, Some(&problem.message)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn show(&self, visitor: &Visitor, posted: &Fields, status: StatusCode, words: Option<&str>) -> Response {
        let at = address::order(&self.row.key);
        let title = format!("Correct {}", title(&self.row));
        let first_wrong = self.fields.iter().position(|field| !field.wrong.is_empty());
        let mut headings: Vec<&str> = self.fields.iter().map(|field| field.heading).collect();
        headings.dedup();
        let content = html! {
            p { a href=(at) { "← Order " (super::orders::title(&self.row)) } }
            h1 { (title) }
            @if let Some(words) = words { p.notice.bad role="alert" { (words) } }
            @if !self.message.is_empty() || !self.rest.is_empty() {
                div.notice.bad {
                    @if !self.message.is_empty() { p { (self.message) } }
                    ul { @for one in &self.rest { li { code { (one.path) } ": " (one.message) } } }
                }
            }
            @if self.known.is_empty() {
                p.notice.warn { "The order as it is mapped is not known here yet: fields are empty. What you enter replaces what its source says." }
            }
            form method="post" action={ (at) "/correct" } {
                (csrf(visitor))
                @for heading in headings {
                    fieldset {
                        legend { (heading) }
                        @for (index, field) in self.fields.iter().enumerate().filter(|(_, field)| field.heading == heading) {
                            (entry(field, posted, first_wrong == Some(index)))
                        }
                    }
                }
                p.quiet { "Emptying a corrected field takes its correction back." }
                div.actions { button.main { "Show the difference" } a.button.plain href=(at) { "Back without a change" } }
            }
        };
        (status, layout::page(visitor, Place::Orders, &title, &content)).into_response()
    }

    fn confirm(&self, visitor: &Visitor, changes: &[Change]) -> Response {
        let at = address::order(&self.row.key);
        let nothing = if self.known.is_empty() { "(not known here)" } else { "(nothing)" };
        let content = html! {
            h1 { "What will be different" }
            p { "Order " b { (title(&self.row)) } " of " (self.row.key.connection) ". It is tried again as soon as this is saved." }
            table.diff {
                thead { tr { th { "Field" } th { "Before" } th { "After" } } }
                tbody {
                    @for change in changes {
                        tr {
                            th scope="row" { (change.label) br; code.quiet { (change.target) } }
                            td { del { @if change.before.is_empty() { (nothing) } @else { (change.before) } } }
                            td { ins { @if change.after.is_empty() { "(as its source says)" } @else { (change.after) } } }
                        }
                    }
                }
            }
            form method="post" action={ (at) "/correct" } {
                (csrf(visitor))
                @for change in changes {
                    @let was = self.fields.iter().find(|field| field.target == change.target).map_or("", |field| field.value.as_str());
                    input type="hidden" name={ (WAS) (change.target) } value=(was);
                    input type="hidden" name={ (FIELD) (change.target) } value=(change.after);
                }
                div.actions {
                    button.main name="step" value="save" autofocus { "Save and try again" }
                    button name="step" value="edit" { "Change it further" }
                    a.button.plain href=(at) { "Back without a change" }
                }
            }
        };
        layout::page(visitor, Place::Orders, "What will be different", &content).into_response()
    }
}

/// What a form says of a target.
fn own<'a>(posted: &'a Fields, prefix: &str, target: &str) -> Option<&'a str> {
    let is = |name: &str| name.strip_prefix(prefix) == Some(target);
    posted.0.iter().find(|(name, _)| is(name)).map(|(_, text)| text.as_str())
}

fn entry(field: &Field, posted: &Fields, focus: bool) -> Markup {
    let id = format!("{FIELD}{}", field.target);
    let wrong = !field.wrong.is_empty();
    let shown = own(posted, FIELD, &field.target).unwrap_or(&field.value);
    let about = format!("about-{}", field.target);
    let varies = (!field.values.is_empty()).then(|| format!("now {}", field.values.join(", ")));
    let told = wrong || field.corrected || varies.is_some();
    html! {
        div.field.wrong[wrong] {
            label for=(id) { (field.label) @if field.corrected { " " span.badge.waiting { "corrected" } } }
            input type="hidden" name={ (WAS) (field.target) } value=(field.value);
            @if field.kind == Kind::Bool {
                select id=(id) name=(id) autofocus[focus] aria-invalid=[wrong.then_some("true")] aria-describedby=[told.then_some(&about)] {
                    @for (value, word) in [("", "as it is"), ("true", "yes"), ("false", "no")] {
                        option value=(value) selected[value == shown] { (word) }
                    }
                }
            } @else {
                input id=(id) name=(id) value=(shown) maxlength=(longest(field.kind)) inputmode=[number(field.kind)] placeholder=[varies.as_ref()]
                    autocomplete="off" autofocus[focus] aria-invalid=[wrong.then_some("true")] aria-describedby=[told.then_some(&about)];
            }
            @if told {
                div id=(about) {
                    @for words in &field.wrong { p.bad { (words) } }
                    @if let Some(varies) = &varies { p.quiet { "They differ: " (varies) ". What you enter counts for all of them." } }
                    @if let Some(original) = &field.original { p.quiet { "The source says: " @if original.is_empty() { "nothing" } @else { (original) } } }
                }
            }
        }
    }
}

fn longest(kind: Kind) -> usize {
    match kind {
        Kind::Text(most) => most,
        Kind::Country => 2,
        Kind::Currency => 3,
        _ => 40,
    }
}

fn number(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Quantity | Kind::Measure | Kind::Minor => Some("numeric"),
        Kind::Amount => Some("decimal"),
        _ => None,
    }
}

//! `connote ship --dry-run`: what would be sent.

use std::fmt::Write as _;

use connote_driver::Outcome;
use connote_types::orders::{MapOutcome, MappedOrder};
use serde_json::{Value, json};

use super::plan::{Candidate, Plan};
use super::setup::Setup;
use crate::failure::{Code, Failure};
use crate::output::{BAD, BOLD, DIM, Screen, WARN, count, paint, plain};

/// Shows each order with the body that would be sent for it.
pub(super) async fn show(setup: &Setup, plan: &Plan, screen: &Screen) -> Result<Code, Failure> {
    let (mut all, mut code, mut ready) = (Vec::new(), Code::Done, 0);
    for page in &plan.pages {
        let Some(problem) = &page.problem else { continue };
        if screen.json {
            all.push(json!({ "connection": page.connection.name, "problem": problem }));
        } else {
            screen.print(&format!("{}: {}\n\n", paint(BAD, &page.connection.name), plain(&problem.message)));
        }
        code = Code::Unavailable;
    }
    for order in &plan.orders {
        if order.is_bought() && order.refused.is_none() {
            show_bought(order, screen, &mut all);
            continue;
        }
        let outcome = match &order.refused {
            Some(refused) => Outcome::Failed(refused.problem.clone()),
            None => order.preview(setup).await?,
        };
        let mapped = matches!(outcome, Outcome::Done(MapOutcome::Mapped(_)));
        ready += usize::from(mapped);
        code = if mapped { code } else { code.or(Code::Attention) };
        if screen.json {
            all.push(as_json(order, &outcome));
        } else {
            screen.print(&as_text(order, &outcome));
        }
    }
    if screen.json {
        screen.print_json(&all);
    } else {
        let of = count(plan.orders.len(), "order");
        screen.print(&format!("{ready} of {of} would be sent; nothing was bought or stored\n"));
    }
    Ok(code)
}

/// An order that is still listed, or whose file still lies there.
fn show_bought(order: &Candidate, screen: &Screen, all: &mut Vec<Value>) {
    if screen.json {
        let Candidate { connection, source_id, number, .. } = order;
        all.push(json!({ "connection": connection.name, "source-id": source_id, "number": number, "bought": true }));
    } else {
        screen.print(&format!("{}its label is bought: nothing would be bought again\n\n", heading(order)));
    }
}

fn heading(order: &Candidate) -> String {
    format!("{} {}\n", paint(BOLD, &plain(&order.number)), paint(DIM, &order.connection.name))
}

fn body(mapped: &MappedOrder) -> Value {
    serde_json::from_slice(&mapped.body).unwrap_or_else(|_| String::from_utf8_lossy(&mapped.body).into_owned().into())
}

fn as_json(order: &Candidate, outcome: &Outcome<MapOutcome>) -> Value {
    let (name, said) = match outcome {
        Outcome::Done(MapOutcome::Mapped(mapped)) => {
            return json!({
                "connection": order.connection.name, "source-id": order.source_id, "number": order.number,
                "order": mapped.order, "body": body(mapped), "warnings": mapped.warnings,
            });
        }
        Outcome::Done(MapOutcome::Leave(left)) => ("leave", json!(left)),
        Outcome::Done(MapOutcome::Refused(problem)) | Outcome::Failed(problem) => ("refused", json!(problem)),
        Outcome::Broken(reason) => ("broken", json!(reason)),
    };
    json!({ "connection": order.connection.name, "source-id": order.source_id, "number": order.number, name: said })
}

fn as_text(order: &Candidate, outcome: &Outcome<MapOutcome>) -> String {
    let mut text = heading(order);
    match outcome {
        Outcome::Done(MapOutcome::Mapped(mapped)) => {
            for warning in &mapped.warnings {
                let _ = writeln!(text, "{}: {}: {}", paint(WARN, "warning"), warning.path, plain(&warning.message));
            }
            let pretty = serde_json::to_string_pretty(&body(mapped)).unwrap_or_default();
            let _ = writeln!(text, "POST /api/orders\n{pretty}");
        }
        Outcome::Done(MapOutcome::Leave(left)) => {
            let _ = writeln!(text, "left alone: {}", plain(&left.reason));
        }
        Outcome::Done(MapOutcome::Refused(problem)) | Outcome::Failed(problem) => {
            let _ = writeln!(text, "{}: {}", paint(BAD, "refused"), plain(&problem.message));
            for field in &problem.fields {
                let path = if field.path.is_empty() { String::new() } else { format!("{}: ", field.path) };
                let _ = writeln!(text, "  {} {path}{}", paint(BAD, "→"), plain(&field.message));
            }
        }
        Outcome::Broken(reason) => {
            let _ = writeln!(text, "{}: {}", paint(BAD, "broken"), plain(reason));
        }
    }
    text.push('\n');
    text
}

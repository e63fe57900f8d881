//! The labels of an order: each as a picture, and as the file itself.

use std::path::Path as FilePath;
use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use connote_types::types::OrderRecord;
use maud::{Markup, html};
use tokio::sync::Semaphore;

use super::failure::Failure;
use super::order::{known, with_journal};
use super::visitor::Visitor;
use super::{ConsoleState, picture};
use crate::engine::Engine;
use crate::store::OrderRow;

/// Pictures drawn at once: the server has other things to do.
const DRAWN_AT_ONCE: usize = 2;

/// Larger files are not drawn: a label has some hundred kilobytes, and a picture inside one unpacks to many times its size.
const LARGEST_DRAWN: usize = 4 << 20;

static DRAWN: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(DRAWN_AT_ONCE)));

/// The labels on the page of their order, which is `at`.
pub(super) fn shown(at: &str, files: &[String]) -> Markup {
    html! {
        @if !files.is_empty() {
            section aria-labelledby="labels-title" {
                h2 #labels-title { "Labels" }
                @for (index, file) in files.iter().enumerate() {
                    @let source = format!("{at}/labels/{}", index + 1);
                    figure {
                        figcaption { a.button href=(source) target="_blank" rel="noopener" { "Open " (name(file)) } }
                        a href=(source) target="_blank" rel="noopener" tabindex="-1" {
                            img.label src={ (source) "/picture" } alt={ "Label " (index + 1) ", as it is printed" } loading="lazy";
                        }
                    }
                }
            }
        }
    }
}

/// They are filed under the number at Starshipit.
pub(super) fn files(engine: &Engine, row: &OrderRow, record: &OrderRecord) -> Vec<String> {
    let number = if record.order_number.is_empty() { &row.number } else { &record.order_number };
    engine.labels(&row.key, number)
}

/// The name of a file without its folder, as it can stand between quotes.
fn name(file: &str) -> String {
    let name = FilePath::new(file).file_name().and_then(|name| name.to_str()).unwrap_or("label.pdf");
    name.chars()
        .map(|letter| if letter.is_ascii_graphic() && !"\"\\".contains(letter) { letter } else { '_' })
        .collect()
}

/// Name and bytes of a label, counted from 1.
async fn read(state: &ConsoleState, path: (String, String, String)) -> Result<(String, Vec<u8>), Failure> {
    let (connection, source_id, n) = path;
    let row = known(state, (connection, source_id)).await?;
    let nothing = || Failure::nothing_here("There is no such label, or not yet.");
    let index = n.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).ok_or_else(nothing)?;
    let read = move |engine: &Engine| {
        let record = engine.journal().outline(&row.key)?.record;
        let file = files(engine, &row, &record).into_iter().nth(index);
        Ok(file.and_then(|file| Some((name(&file), std::fs::read(&file).ok()?))))
    };
    with_journal(state, read).await?.ok_or_else(nothing)
}

/// The file.
pub(super) async fn label(
    State(state): State<ConsoleState>,
    Path(path): Path<(String, String, String)>,
    _: Visitor,
) -> Result<Response, Failure> {
    let (name, bytes) = read(&state, path).await?;
    let headers =
        [(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, format!("inline; filename=\"{name}\""))];
    Ok((headers, bytes).into_response())
}

/// Its first pages as a PNG.
pub(super) async fn drawn(
    State(state): State<ConsoleState>,
    Path(path): Path<(String, String, String)>,
    _: Visitor,
) -> Result<Response, Failure> {
    let (_, bytes) = read(&state, path).await?;
    let nothing = || Failure::nothing_here("This label cannot be drawn here. Open the file itself.");
    if bytes.len() > LARGEST_DRAWN {
        return Err(nothing());
    }
    let one_of_few = DRAWN.clone().acquire_owned().await.map_err(|_| nothing())?;
    // A panic of the drawing is an error of its task, and of nothing else.
    let drawing = tokio::task::spawn_blocking(move || {
        // Given back when it is drawn, not when whoever asked has gone.
        let _one_of_few = one_of_few;
        picture::png(bytes)
    });
    let png = drawing.await.ok().flatten().ok_or_else(nothing)?;
    Ok(([(CONTENT_TYPE, "image/png")], png).into_response())
}

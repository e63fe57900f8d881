//! Pages of a list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// Rows of a page when nothing is said.
const USUAL: u16 = 50;

/// Rows of the largest page: some hundred kilobytes.
pub(super) const MOST: u16 = 200;

/// The wanted size of a page.
///
/// # Errors
/// 400 for one that is none.
pub(super) fn size(limit: Option<u16>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(USUAL);
    if (1..=MOST).contains(&limit) {
        return Ok(usize::from(limit));
    }
    Err(Problem::query("limit", &format!("must be from 1 to {MOST}")))
}

/// Cuts what was read with one row more than the page has: whether there are more.
pub(super) fn cut<T>(rows: &mut Vec<T>, size: usize) -> bool {
    let more = rows.len() > size;
    rows.truncate(size);
    more
}

/// Where the next page begins. What is in it is nobody's business but ours, so that it can change.
pub(super) fn cursor(of: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(of).unwrap_or_default())
}

/// Reads such a text.
///
/// # Errors
/// 422 when it is none of ours.
pub(super) fn place<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let read = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok();
    read().map(Some).ok_or_else(foreign)
}

/// A number of a cursor, as the database can hold it.
///
/// # Errors
/// 422.
pub(super) fn number(number: u64) -> Result<u64, Problem> {
    if i64::try_from(number).is_ok() { Ok(number) } else { Err(foreign()) }
}

fn foreign() -> Problem {
    Problem::field("cursor", "is none of ours: take it from the page before, as it is")
}

/// A place in something that counts up, 0 when nothing is said.
///
/// # Errors
/// 400 for what SQLite cannot count to.
pub(super) fn seq(asked: Option<u64>) -> Result<u64, Problem> {
    let asked = asked.unwrap_or(0);
    i64::try_from(asked).map(|_| asked).map_err(|_| Problem::query("after", "must be at most 9223372036854775807"))
}

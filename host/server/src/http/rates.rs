//! `/v1/connections/{name}/rates`: shipping options for a cart.

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use connote_host::Outcome;
use connote_host::rates::{Ask, source};
use connote_types::rates::QuoteResult;
use connote_types::steps::{Disposition, Problem as Said};

use super::auth::Caller;
use super::problem::{Kind, Problem};
use super::{ApiState, body};
use crate::store::tokens::Scope;

/// Its address. It needs no idempotency key: it buys and changes nothing.
pub(super) const PATH: &str = "/v1/connections/{name}/rates";

/// Says where the prices come from, as the edge does.
const SOURCE: HeaderName = HeaderName::from_static("connote-source");

/// What went wrong may be over when the checkout is loaded again.
const AGAIN_S: u64 = 5;

/// Prices a cart
///
/// Shipping options while a buyer waits, within the connection's `rates_deadline_ms`: an earlier answer that is fresh, else Starshipit's own, else an
/// earlier one, else the merchant's table. When none can be had the answer is 503, never an empty list; an empty list says that nobody ships it there. It buys nothing and
/// takes no idempotency key.
#[utoipa::path(post, path = "/v1/connections/{name}/rates", tag = "rates", operation_id = "quoteRates",
    params(("name" = String, Path, description = "The connection")),
    request_body(content = Object, description = "The cart", content_type = "application/json"),
    responses(
        (status = 200, description = "The options, the cheapest first", body = Object, content_type = "application/json",
            headers(("connote-source" = String, description = "`live`, `cached`, `stale` or `table`"))),
        (status = 409, description = "The connection offers no rates", body = super::ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The cart cannot be used, or not with these settings: another currency", body = super::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "No price could be had; see retry-after", body = super::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn quote(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    caller.may(Scope::Rates)?;
    let served = state.engine.connection(&name).filter(|_| caller.sees(&name));
    let served = served.ok_or_else(|| Problem::not_found("there is no such connection"))?;
    let Some(rates) = &served.rates else {
        let detail = format!("the connection offers no rates: the config needs a table [connections.{name}.rates]");
        return Err(Problem::new(Kind::Off, detail));
    };
    // The quoter reads the body itself; what is no JSON object is refused in the words of all requests.
    body::object(&headers, &sent)?;
    let account = &served.connection.starshipit_account;
    let ask = Ask { connection: &name, account, rates, platform: "connote", body: sent.to_vec() };
    match state.engine.host().quote(ask).await.map_err(|error| Problem::internal(&error))? {
        Outcome::Done(result) => Ok(answer(result)),
        Outcome::Failed(said) => Err(refused(&name, said)),
        Outcome::Broken(reason) => Err(Problem::internal(&format!("rates for {name}: {reason}"))),
    }
}

fn answer(result: QuoteResult) -> Response {
    let status = StatusCode::from_u16(result.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [(SOURCE, source(&result).as_str().to_owned()), (CONTENT_TYPE, result.content_type)];
    (status, headers, result.body).into_response()
}

/// Where the settings say how a cart in another currency is reckoned: what is missing there, the cart asks for.
const CONVERSIONS: &str = "settings.conversions.";

/// Settings that cannot be used are ours to mend, everything else that is refused is the caller's.
fn refused(name: &str, said: Said) -> Problem {
    let ours =
        said.fields.iter().any(|field| field.path.starts_with("settings.") && !field.path.starts_with(CONVERSIONS));
    match said.disposition {
        Disposition::Rejected if !ours => Problem::said(Kind::Invalid, said),
        Disposition::Unavailable => {
            tracing::warn!(target: "connote::rates", connection = name, status = said.status, "no price");
            Problem::said(Kind::Unavailable, said).retry_after(AGAIN_S)
        }
        what => Problem::internal(&format!("rates for {name}: {}, {}", what.as_str(), said.status)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_address_that_needs_no_key_is_that_of_its_handler() {
        assert!(include_str!("rates.rs").contains(&format!("post, path = \"{}\"", super::PATH)));
    }
}

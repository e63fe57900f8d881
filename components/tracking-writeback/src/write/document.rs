//! Tracking as a small text document on the sale order, for tenants without consignments. The only type of document there is calls it an
//! invoice, and nothing deletes it again: off unless the settings ask for it.

use connote_steps::Port;
use connote_types::steps::{Answer, Disposition, Problem};
use connote_types::tracking::{WriteOutcome, WriteResult};
use connote_vendors::cartoncloud::requests::{Tenant, add_document, list_documents};
use connote_vendors::cartoncloud::responses::{CARTONCLOUD, parse_list};
use connote_vendors::exchange::{
    PATIENCE_MS, TOO_MANY, ask, denied, is_success, refusal, retry_after_ms, unreachable, unreadable,
};
use connote_vendors::json::text;

use super::{conflict, no_place, result};
use crate::due::News;

/// Where it is written, for people.
const PLACE: &str = "document on the order";

/// The documented status of a document that was filed.
const CREATED: u16 = 201;

/// How often it is filed at most, each time after a look whether it is there.
const MOST_SENDINGS: usize = 3;

pub(super) async fn write(port: &Port, tenant: Tenant<'_>, order_id: &str, news: News) -> Result<WriteResult, Problem> {
    let name = file_name(&news);
    let (mut sent, mut problem) = (0, Problem::default());
    loop {
        match is_filed(port, tenant, order_id, &name).await {
            Ok(true) if sent > 0 => return Ok(result(WriteOutcome::Written, PLACE, news)),
            Ok(true) => return Ok(result(WriteOutcome::AlreadyThere, PLACE, news)),
            Ok(false) if sent == MOST_SENDINGS => return Err(problem),
            Ok(false) => {}
            Err(refused) => return without_right(refused, news),
        }
        sent += 1;
        let wait_ms;
        (problem, wait_ms) = match port.send(add_document(tenant, order_id, &name, content(&news).as_bytes())).await {
            Answer::Response(response) if response.status == CREATED => {
                return Ok(result(WriteOutcome::Written, PLACE, news));
            }
            // 228 is "created with issues": only the list tells.
            Answer::Response(response) if is_success(response.status) => (
                conflict("CartonCloud accepted the document and does not show it on the order".to_owned()),
                PATIENCE_MS[0],
            ),
            Answer::Response(response) if response.status == TOO_MANY || response.status >= 500 => {
                (refusal(CARTONCLOUD, &response), retry_after_ms(&response).unwrap_or(PATIENCE_MS[1]))
            }
            Answer::Response(response) => return without_right(refusal(CARTONCLOUD, &response), news),
            Answer::NotSent(reason) | Answer::Unknown(reason) => (unreachable(CARTONCLOUD, &reason), PATIENCE_MS[1]),
            Answer::Denied(reason) => return Err(denied(CARTONCLOUD, &reason)),
        };
        port.wait(wait_ms, "CartonCloud is looked at again before the document is filed again").await;
    }
}

async fn is_filed(port: &Port, tenant: Tenant<'_>, order_id: &str, name: &str) -> Result<bool, Problem> {
    let response = ask(port, CARTONCLOUD, list_documents(tenant, order_id)).await?;
    if response.status == 404 {
        let message = "the order was deleted in CartonCloud, which is how orders are cancelled there";
        return Err(Problem {
            disposition: Disposition::Conflict,
            message: message.to_owned(),
            ..refusal(CARTONCLOUD, &response)
        });
    }
    if !is_success(response.status) {
        return Err(refusal(CARTONCLOUD, &response));
    }
    let documents =
        parse_list(&response.body).ok_or_else(|| unreadable(CARTONCLOUD, &response, "a list of documents"))?;
    Ok(documents.iter().any(|document| text(document, "/content/name") == name))
}

/// No right to file documents leaves no place at all.
fn without_right(refused: Problem, news: News) -> Result<WriteResult, Problem> {
    if refused.status != 403 {
        return Err(refused);
    }
    let reason =
        "CartonCloud has made no consignment from this order and does not let this client file documents on it";
    Ok(no_place(reason.to_owned(), news))
}

/// The same for the same tracking number, so that it is found again.
fn file_name(news: &News) -> String {
    let number = news.numbers.first().map_or("", |parcel| parcel.tracking_number.as_str());
    let plain: String = number.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("tracking-{plain}.txt")
}

fn content(news: &News) -> String {
    let mut text = format!("Carrier: {}\r\n", news.carrier);
    for parcel in &news.numbers {
        text.push_str(&format!("Tracking number: {}\r\n", parcel.tracking_number));
        if !parcel.tracking_url.is_empty() {
            text.push_str(&format!("{}\r\n", parcel.tracking_url));
        }
    }
    text
}

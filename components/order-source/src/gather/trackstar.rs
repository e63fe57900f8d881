//! One order of Trackstar with packs, products and inventory items. All of it comes out of Trackstar's copy of the warehouse system, which
//! is up to an hour old: it proves neither that an order is still wanted nor that it has not been shipped.

use std::future::Future;
use std::pin::Pin;

use connote_steps::{Port, all};
use connote_types::orders::{GatherJob, SourceDocument};
use connote_types::steps::{Disposition, Problem, Request, Response};
use connote_vendors::exchange::{ask, fetch, is_success, refusal, unreadable};
use connote_vendors::json::Value;
use connote_vendors::trackstar::requests::{MOST_FILTER_VALUES, get_order, get_packs, inventory, products};
use connote_vendors::trackstar::responses::{TRACKSTAR, inventory_ids, parse_order, product_ids};

use super::{document, documents};

type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Response, Problem>> + 'a>>;

pub(super) async fn gather(port: &Port, job: &GatherJob) -> Result<Vec<SourceDocument>, Problem> {
    let asked: Vec<Fetched<'_>> = vec![
        Box::pin(ask(port, TRACKSTAR, get_order(&job.account, &job.source_id))),
        Box::pin(ask(port, TRACKSTAR, get_packs(&job.account, &job.source_id))),
    ];
    let mut answers = all(asked).await.into_iter();
    let (Some(order), Some(packs)) = (answers.next(), answers.next()) else { return Ok(Vec::new()) };
    let order_answer = synced(order?)?;
    let order = parse_order(&order_answer.body).ok_or_else(|| unreadable(TRACKSTAR, &order_answer, "an order"))?;
    let packs = boxes(packs?)?;

    let mut found = vec![document("order", &job.source_id, &order_answer.body)];
    if let Some(packs) = &packs {
        found.push(document("packs", &job.source_id, &packs.body));
    }
    let product_documents = by_ids(port, job, "product", products, &product_ids(&order)).await?;
    let bodies: Vec<Value> = product_documents.iter().filter_map(|one| Value::read(&one.body)).collect();
    let packs = packs.and_then(|packs| Value::read(&packs.body));
    found.extend(product_documents);
    found.extend(by_ids(port, job, "inventory", inventory, &inventory_ids(&bodies, packs.as_ref())).await?);
    Ok(found)
}

/// 404 also means that the copy does not have the order yet.
fn synced(answer: Response) -> Result<Response, Problem> {
    if answer.status == 404 {
        let message =
            "Trackstar does not have this order, or not yet: its copy of the warehouse system is up to an hour old";
        return Err(Problem {
            message: message.to_owned(),
            disposition: Disposition::Unavailable,
            ..refusal(TRACKSTAR, &answer)
        });
    }
    if is_success(answer.status) { Ok(answer) } else { Err(refusal(TRACKSTAR, &answer)) }
}

/// Many systems cannot tell their boxes (501), and an order without any has none (404).
fn boxes(answer: Response) -> Result<Option<Response>, Problem> {
    match answer.status {
        404 | 501 => Ok(None),
        status if is_success(status) => Ok(Some(answer)),
        _ => Err(refusal(TRACKSTAR, &answer)),
    }
}

/// Documents by their ids, in as many requests side by side as the far end's limit on filters makes necessary.
async fn by_ids(
    port: &Port,
    job: &GatherJob,
    kind: &str,
    request: fn(&str, &[String]) -> Request,
    ids: &[String],
) -> Result<Vec<SourceDocument>, Problem> {
    let asked: Vec<Fetched<'_>> = ids
        .chunks(MOST_FILTER_VALUES)
        .map(|chunk| Box::pin(fetch(port, TRACKSTAR, request(&job.account, chunk))) as Fetched<'_>)
        .collect();
    let mut found = Vec::new();
    for answer in all(asked).await {
        found.extend(documents(TRACKSTAR, &answer?, kind)?);
    }
    Ok(found)
}

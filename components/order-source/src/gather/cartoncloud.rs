//! One order of CartonCloud and its warehouse products, which are the only place of weights and sizes.

use std::future::Future;
use std::pin::Pin;

use connote_steps::{Port, all};
use connote_types::orders::{GatherJob, SourceDocument};
use connote_types::steps::{Problem, Response};
use connote_vendors::cartoncloud::requests::{MOST_PRODUCTS, get_order, search_products};
use connote_vendors::cartoncloud::responses::{CARTONCLOUD, parse_object, product_ids, tenant};
use connote_vendors::exchange::{ask, fetch, is_success, refusal, unreadable};
use connote_vendors::settings::Settings;

use super::{document, documents};

type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Response, Problem>> + 'a>>;

pub(super) async fn gather(port: &Port, job: &GatherJob, settings: &Settings) -> Result<Vec<SourceDocument>, Problem> {
    let tenant = tenant(&job.account, &settings.cartoncloud)?;
    let answer = present(ask(port, CARTONCLOUD, get_order(tenant, &job.source_id)).await?)?;
    let order = parse_object(&answer.body).ok_or_else(|| unreadable(CARTONCLOUD, &answer, "an order"))?;
    let mut found = vec![document("order", &job.source_id, &answer.body)];
    let asked: Vec<Fetched<'_>> = product_ids(&order)
        .chunks(MOST_PRODUCTS)
        .map(|ids| Box::pin(fetch(port, CARTONCLOUD, search_products(tenant, ids))) as Fetched<'_>)
        .collect();
    for answer in all(asked).await {
        found.extend(documents(CARTONCLOUD, &answer?, "warehouse-product")?);
    }
    Ok(found)
}

/// CartonCloud has no cancelled orders, only deleted ones.
fn present(answer: Response) -> Result<Response, Problem> {
    match answer.status {
        404 => {
            let message =
                "CartonCloud does not have this order: it was deleted, which is how orders are cancelled there";
            Err(Problem { message: message.to_owned(), ..refusal(CARTONCLOUD, &answer) })
        }
        status if is_success(status) => Ok(answer),
        _ => Err(refusal(CARTONCLOUD, &answer)),
    }
}

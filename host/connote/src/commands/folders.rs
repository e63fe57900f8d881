//! Orders that lie in folders, as the server takes them: each file is handed in, and what became of it is told in a file beside it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use connote_host::chain::{Shipment, ShipmentOutcome};
use connote_host::journal::OrderKey;
use connote_server::engine::{Engine, SubmitError};
use connote_server::store::{OrderRow, StoreError};
use connote_types::steps::Problem;
use serde_json::Value;
use tokio::sync::watch;

use super::ship::folder::{OrderFile, read};
use super::ship::results;
use crate::config::Folders;

/// How often folders are looked into: a program that has written a file waits for its label.
const EVERY: Duration = Duration::from_secs(5);

/// Looks into folders until it is told to stop.
pub(super) async fn watch(folders: &BTreeMap<String, Folders>, engine: &Engine, mut stop: watch::Receiver<bool>) {
    let mut told = BTreeMap::new();
    while !folders.is_empty() && !*stop.borrow() {
        for (connection, folders) in folders {
            let problem = look(connection, folders, engine).await.err();
            // Once, not every few seconds.
            if let Some(problem) = problem.as_ref().filter(|problem| told.get(connection) != Some(*problem)) {
                tracing::warn!(connection, "{problem}");
            }
            told.insert(connection.clone(), problem.unwrap_or_default());
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn look(connection: &str, folders: &Folders, engine: &Engine) -> Result<(), String> {
    let folder = folders.orders.clone();
    let files = tokio::task::spawn_blocking(move || read(&folder)).await.map_err(|error| error.to_string())?;
    for file in files.map_err(|problem| problem.message)? {
        let result = file.result(folders);
        if let Some(shipment) = became(connection, file, engine).await? {
            tell(result, shipment).await?;
        }
    }
    Ok(())
}

/// Hands a file in that is new or has changed; what became of one that is known.
async fn became(connection: &str, file: OrderFile, engine: &Engine) -> Result<Option<Value>, String> {
    let OrderFile { source_id, number, body, .. } = file;
    let body = match body {
        Ok(body) => body,
        Err(problem) => return Ok(Some(refused(connection, source_id, number, problem))),
    };
    let key = OrderKey { connection: connection.to_owned(), source_id: source_id.clone() };
    let wanted = key.clone();
    let loaded = engine.store().read(move |tables| OrderRow::load(tables, &wanted)).await;
    let row = loaded.map_err(|error: StoreError| error.to_string())?;
    if let Some(row) = row.filter(|row| row.document.as_deref() == Some(&body)) {
        return Ok(serde_json::from_str(&row.shipment).ok());
    }
    match engine.submit(connection, Some(source_id.clone()), body).await {
        // What the file says now is not on the label that is bought; its result stands.
        Ok(_) | Err(SubmitError::Over) => Ok(None),
        Err(SubmitError::Refused(problem)) => Ok(Some(refused(connection, source_id, number, problem))),
        Err(error) => Err(error.to_string()),
    }
}

fn refused(connection: &str, source_id: String, number: String, problem: Problem) -> Value {
    let shipment = Shipment {
        connection: connection.to_owned(),
        source_id,
        number,
        outcome: ShipmentOutcome::Failed,
        reason: problem.message.clone(),
        problem: Some(problem),
        ..Shipment::default()
    };
    serde_json::to_value(shipment).unwrap_or_default()
}

async fn tell(result: PathBuf, shipment: Value) -> Result<(), String> {
    let written = tokio::task::spawn_blocking(move || results::write(&result, false, &shipment));
    written.await.map_err(|error| error.to_string())?
}

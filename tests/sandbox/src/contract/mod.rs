//! The contracts of the far ends: OpenAPI files against which every request is checked, and in tests every answer.
//!
//! Requests are described closed on purpose. A field that the real service would drop without a word is a mistake of
//! ours, and so shows up here.

mod operation;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use self::operation::Operation;
use crate::{Delivery, FarEnd, Request, Response};

/// The contract of one far end.
#[derive(Debug)]
pub struct Contract {
    operations: Vec<Operation>,
    webhooks: BTreeMap<String, Operation>,
    fault: Option<String>,
}

/// The contract of a far end, read once.
pub fn contract(far_end: FarEnd) -> &'static Contract {
    static STARSHIPIT: OnceLock<Contract> = OnceLock::new();
    static TRACKSTAR: OnceLock<Contract> = OnceLock::new();
    static CARTONCLOUD: OnceLock<Contract> = OnceLock::new();
    let (cell, text) = match far_end {
        FarEnd::Starshipit => (&STARSHIPIT, include_str!("../../../contracts/starshipit.openapi.yaml")),
        FarEnd::Trackstar => (&TRACKSTAR, include_str!("../../../contracts/trackstar.openapi.yaml")),
        FarEnd::CartonCloud => (&CARTONCLOUD, include_str!("../../../contracts/cartoncloud.openapi.yaml")),
    };
    cell.get_or_init(|| Contract::read(text))
}

impl Contract {
    fn read(yaml: &str) -> Self {
        match serde_norway::from_str::<Value>(yaml) {
            Ok(document) => {
                Self { operations: operation::all(&document), webhooks: operation::webhooks(&document), fault: None }
            }
            Err(error) => Self {
                operations: Vec::new(),
                webhooks: BTreeMap::new(),
                fault: Some(format!("contract cannot be read: {error}")),
            },
        }
    }

    /// What the request does against the contract; empty when nothing. Unknown calls, unknown or wrong query
    /// parameters, missing headers and credentials, and bodies that do not fit are found.
    pub fn check_request(&self, request: &Request) -> Vec<String> {
        let call = format!("{} {}", request.method, request.path);
        let problems = match self.operation(request) {
            Ok(operation) => operation.check_request(request),
            Err(problem) => vec![problem],
        };
        problems.into_iter().map(|problem| format!("{call}: {problem}")).collect()
    }

    /// What the answer does against the contract; empty when nothing.
    pub fn check_response(&self, request: &Request, response: &Response) -> Vec<String> {
        let call = format!("{} {} answered {}", request.method, request.path, response.status);
        let problems = match self.operation(request) {
            Ok(operation) => operation.check_response(response),
            Err(problem) => vec![problem],
        };
        problems.into_iter().map(|problem| format!("{call}: {problem}")).collect()
    }

    /// What a webhook does against the contract; empty when nothing. Unknown events, missing headers, and bodies that
    /// do not fit are found.
    pub fn check_webhook(&self, delivery: &Delivery) -> Vec<String> {
        let problems = match (&self.fault, self.webhooks.get(delivery.event)) {
            (Some(fault), _) => vec![fault.clone()],
            (None, Some(operation)) => operation.check_webhook(&delivery.request()),
            (None, None) => vec!["no such webhook in the contract".to_owned()],
        };
        problems.into_iter().map(|problem| format!("{}: {problem}", delivery.event)).collect()
    }

    fn operation(&self, request: &Request) -> Result<&Operation, String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let segments = request.segments();
        let fits = self.operations.iter().filter(|operation| operation.fits(&request.method, &segments));
        // `/orders/search` also fits `/orders/{id}`: the path with fewer placeholders is meant.
        fits.min_by_key(|operation| operation.placeholders()).ok_or_else(|| "no such call in the contract".to_owned())
    }
}

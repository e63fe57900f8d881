//! One order and the jobs that place and print it.

use connote_label_printer::print::print;
use connote_order_placer::place::place;
use connote_sandbox::{FarEnd, Fault, FaultKind};
use connote_types::labels::{PrintJob, PrintResult};
use connote_types::orders::{PlaceJob, Placed};
use connote_types::steps::{Context, Problem, Step, Turn};
use connote_types::types::{Address, Order, OrderLine, OrderRecord, Parcel};
use serde_json::{Value, json};

use super::host::{End, Host};

pub(crate) const NUMBER: &str = "#1001";
/// No crash.
pub(crate) const NEVER: usize = usize::MAX;

pub(crate) fn body() -> Value {
    json!({ "order": {
        "order_number": NUMBER,
        "order_date": "2026-11-01T22:00:00Z",
        "shipping_method": "Standard",
        "sender_details": { "name": "Dispatch", "street": "9 Wattle Road", "suburb": "Tullamarine", "state": "VIC",
            "post_code": "3043", "country": "Australia", "phone": "0355500101" },
        "destination": { "name": "Ada Nguyen", "street": "1 George St", "suburb": "Sydney", "state": "NSW",
            "post_code": "2000", "country": "Australia", "phone": "0400 000 000" },
        "items": [{ "sku": "MUG", "description": "Mug", "quantity": 2, "weight": 0.35, "value": 19.95 }],
        "packages": [{ "weight": 0.82, "length": 0.3, "width": 0.2, "height": 0.1 }],
    } })
}

fn order() -> Order {
    let destination = Address { name: "Ada Nguyen".into(), country: "AU".into(), ..Address::default() };
    let parcel = Parcel {
        source_id: "box-1".into(),
        weight_g: vec![820],
        length_mm: vec![300],
        width_mm: vec![200],
        height_mm: vec![100],
        ..Parcel::default()
    };
    Order {
        source_id: "1".into(),
        number: NUMBER.into(),
        destination,
        sender: vec![Address::default()],
        lines: vec![OrderLine { sku: "MUG".into(), quantity: 2, ..OrderLine::default() }],
        parcels: vec![parcel],
        ..Order::default()
    }
}

fn context(started_ms: u64) -> Context {
    Context { job_id: "job".into(), started_ms, ..Context::default() }
}

pub(crate) struct Shop {
    pub(crate) host: Host,
    pub(crate) settings: &'static [u8],
    pub(crate) body: Value,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self { host: Host::new(), settings: b"{}", body: body() }
    }

    pub(crate) fn fault(mut self, method: &str, path: &str, kind: FaultKind) -> Self {
        self.host.world.fault(Fault::once(FarEnd::Starshipit, method, path, kind));
        self
    }

    pub(crate) fn place_until(&mut self, crash_after: usize) -> End<Placed> {
        let (settings, body) = (self.settings, self.body.to_string());
        let end = self.host.attempt("place", crash_after, |record: OrderRecord, started_ms, history: Vec<Turn>| {
            let job = PlaceJob {
                context: context(started_ms),
                account: "starshipit".into(),
                settings: settings.to_vec(),
                order: order(),
                body: body.clone().into_bytes(),
                record,
            };
            place(job, history)
        });
        if let End::Done(placed) = &end {
            self.host.record.order_id = vec![placed.order_id];
            self.host.record.order_number.clone_from(&placed.order_number);
            self.host.record.account = "starshipit".into();
            self.host.record.stage = "placed".into();
        }
        end
    }

    pub(crate) fn print_until(&mut self, crash_after: usize) -> End<PrintResult> {
        let end = self.print_with(crash_after, print);
        if let End::Done(result) = &end {
            self.host.record.printed_ms = vec![self.host.now_ms];
            self.host.record.tracking.clone_from(&result.tracking);
            self.host.record.stage = "printed".into();
        }
        end
    }

    pub(crate) fn print_with(
        &mut self,
        crash_after: usize,
        job: fn(PrintJob, Vec<Turn>) -> Step<PrintResult>,
    ) -> End<PrintResult> {
        let settings = self.settings;
        self.host.attempt("print", crash_after, |record: OrderRecord, started_ms, history: Vec<Turn>| {
            let input = PrintJob {
                context: context(started_ms),
                account: "starshipit".into(),
                settings: settings.to_vec(),
                order: order(),
                record,
            };
            job(input, history)
        })
    }

    pub(crate) fn placed(&mut self) -> Placed {
        match self.place_until(NEVER) {
            End::Done(placed) => placed,
            End::Failed(problem) => panic!("{problem:?}"),
            End::Crashed => unreachable!(),
        }
    }

    pub(crate) fn printed(&mut self) -> PrintResult {
        match self.print_until(NEVER) {
            End::Done(result) => result,
            End::Failed(problem) => panic!("{problem:?}"),
            End::Crashed => unreachable!(),
        }
    }

    pub(crate) fn labels(&self) -> usize {
        self.host.world.labels_charged(NUMBER)
    }

    pub(crate) fn orders(&self) -> usize {
        self.host.world.starshipit.order_ids(NUMBER).len()
    }

    pub(crate) fn assert_contract(&self) {
        assert_eq!(self.host.world.violations(), [] as [String; 0], "a request against the contract");
    }
}

pub(crate) fn failed<T>(end: End<T>) -> Problem {
    match end {
        End::Failed(problem) => problem,
        End::Done(_) | End::Crashed => panic!("a problem was expected"),
    }
}

//! `read` and `write` against simulated and scripted sources, in virtual time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod cartoncloud;
mod read;
mod trackstar;
mod when;

use connote_scripted::{Run, START_MS, drive};
use connote_tracking_writeback::write::write;
use connote_types::steps::{Answer, Context, Request, Turn};
use connote_types::tracking::{Fact, TrackingStatus, WriteJob, WriteResult};
use connote_types::types::{Order, OrderRecord, Parcel, TrackedParcel};

const TENANT: &str = "22222222-0000-4000-8000-000000000002";

fn tracked(number: &str, source_id: &str) -> TrackedParcel {
    TrackedParcel {
        tracking_number: number.into(),
        tracking_url: format!("https://track.example/{number}"),
        source_id: source_id.into(),
    }
}

fn fact(number: &str, status: TrackingStatus, at_ms: u64) -> Fact {
    Fact {
        key: format!("{number}|{}|{at_ms}", status.as_str()),
        order_number: "SO-1001".into(),
        tracking: vec![TrackedParcel { tracking_number: number.into(), ..TrackedParcel::default() }],
        status,
        at_ms,
        ..Fact::default()
    }
}

fn parcel(source_id: &str) -> Parcel {
    Parcel {
        source_id: source_id.into(),
        weight_g: vec![3_205],
        length_mm: vec![400],
        width_mm: vec![305],
        height_mm: vec![200],
        ..Parcel::default()
    }
}

/// A write-back of one printed parcel with the number A1.
fn job(source: &str, source_id: &str, settings: &str) -> WriteJob {
    WriteJob {
        context: Context { job_id: "job-1".into(), started_ms: START_MS, ..Context::default() },
        source: source.into(),
        account: "wms".into(),
        settings: settings.as_bytes().to_vec(),
        facts: vec![fact("A1", TrackingStatus::Printed, START_MS - 5_000)],
        order: Order {
            source_id: source_id.into(),
            currency: "AUD".into(),
            parcels: vec![parcel("")],
            ..Order::default()
        },
        record: OrderRecord {
            source_id: source_id.into(),
            tracking: vec![tracked("A1", "")],
            carrier: "NZ Post".into(),
            ..OrderRecord::default()
        },
    }
}

/// A write-back of two parcels, 70011 with A1 and 70012 with B2.
fn two_parcels(mut job: WriteJob) -> WriteJob {
    job.order.parcels = vec![parcel("70011"), parcel("70012")];
    job.record.tracking = vec![tracked("A1", "70011"), tracked("B2", "70012")];
    job
}

fn run(job: &WriteJob, far: impl FnMut(u64, &Request) -> Answer) -> Run<WriteResult> {
    drive(|history: Vec<Turn>| write(job.clone(), history), far)
}

fn silent(_: u64, request: &Request) -> Answer {
    unreachable!("nothing may be asked, and {} is", request.name)
}

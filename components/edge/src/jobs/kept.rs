//! What is kept of an order in the key-value store, and the right to change it.
//!
//! One value an order holds the [`OrderState`] that the server's journal keeps in rows, changed by the same [`OrderState::apply`]. A store of this kind
//! changes nothing conditionally, so that the right to change a value is had beforehand: by claims, where the host has atomic ones.

use connote_driver::journal::{Lease, OrderKey, OrderState, Refusal, Update};
use connote_types::tracking::Fact;
use connote_types::types::Order;
use serde::{Deserialize, Serialize};

use super::work::Stop;
use crate::{Claim, Outside};
use connote_ladder::digest::{self, hex};

/// How long a lease lasts: twice what an instance may live at Akamai Functions, and a sweep ends itself before that.
pub(super) const LEASE_MS: u64 = 60_000;

/// Keys of claims begin with it.
pub(super) const LEASES: &str = "lease/";

/// Keys of what is kept of orders begin with it.
pub(super) const ORDERS: &str = "order/";

/// The largest value that is stored: Spin documents 1 MB.
pub(crate) const LARGEST_VALUE_BYTES: usize = 1_000_000;

/// All that is kept of one order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Kept {
    /// What a journal keeps.
    pub(super) state: OrderState,
    /// The order as Starshipit was last given it.
    pub(super) order: Option<Order>,
    /// The body that made it.
    pub(super) body: String,
    /// Instant of the newest news that was taken.
    pub(super) taken_ms: u64,
    /// Instant of the cancellation, 0 without one.
    pub(super) cancelled_ms: u64,
    /// The event whose effect was the last to be durable.
    pub(super) done: String,
    /// Failures of this order.
    pub(super) failed: Vec<String>,
    /// What is known of its consignment.
    pub(super) facts: Vec<Fact>,
    /// How often in a row a far end was not able.
    pub(super) tries: u32,
    /// When that is tried again, 0 when nothing is.
    pub(super) again_ms: u64,
    /// The last change of all this.
    pub(super) changed_ms: u64,
}

/// The right to change an order.
#[derive(Clone, Debug)]
pub(super) struct Held {
    lease: Lease,
    /// Whether nobody else can have it: the host has atomic claims.
    pub(super) is_sole: bool,
}

/// The place of one order in the store.
pub(super) struct Book<'a, O> {
    outside: &'a O,
    pub(super) key: OrderKey,
    pub(super) source: String,
    pub(super) digest: String,
}

impl Held {
    pub(super) fn fence(&self) -> u64 {
        self.lease.fence
    }
}

impl<'a, O: Outside> Book<'a, O> {
    /// Ids of two sources of one connection may be equal, so that the source is part of the key.
    pub(super) fn new(outside: &'a O, connection: &str, source: &str, source_id: &str) -> Self {
        let key = OrderKey { connection: connection.to_owned(), source_id: source_id.to_owned() };
        let digest = digest(&[connection, source, source_id]);
        Self { outside, key, source: source.to_owned(), digest }
    }

    /// The order with this digest, whoever it is: enough to change what is kept of it.
    pub(super) fn with_digest(outside: &'a O, digest: &str) -> Self {
        Self { outside, key: OrderKey::default(), source: String::new(), digest: digest.to_owned() }
    }

    /// What is kept; nothing of an order that was never seen.
    pub(super) fn load(&self) -> Result<Kept, Stop> {
        let Some(value) = self.outside.get(&self.place()).map_err(Stop::Cannot)? else { return Ok(Kept::default()) };
        serde_json::from_slice(&value).map_err(|_| Stop::Cannot("what is kept of an order cannot be read".to_owned()))
    }

    fn place(&self) -> String {
        format!("{ORDERS}{}", self.digest)
    }

    /// Forgets the order. To be called by whoever holds it.
    pub(super) fn remove(&self) -> Result<(), Stop> {
        self.outside.delete(&self.place()).map_err(Stop::Cannot)
    }

    fn store(&self, kept: &Kept) -> Result<(), Stop> {
        let value = serde_json::to_vec(kept).map_err(|error| Stop::Cannot(error.to_string()))?;
        if value.len() > LARGEST_VALUE_BYTES {
            return Err(Stop::TooLarge(value.len()));
        }
        self.outside.set(&self.place(), &value).map_err(Stop::Cannot)
    }

    /// Takes the right to change the order.
    ///
    /// A claim is for a fence and a stretch of time, and two stretches are claimed that follow each other: whoever claims later waits for at least
    /// [`LEASE_MS`] until the claims of one that was stopped before it stored its lease do not count.
    ///
    /// # Errors
    /// [`Stop::Busy`] when somebody else has it.
    pub(super) fn hold(&self) -> Result<Held, Stop> {
        let now_ms = self.outside.unix_ms();
        let before = self.load()?.state.lease;
        if !before.holder.is_empty() && before.until_ms > now_ms {
            return Err(Stop::Busy);
        }
        let (fence, stretch) = (before.fence + 1, now_ms / LEASE_MS);
        let claims = [stretch, stretch + 1].map(|stretch| format!("{LEASES}{}/{fence}/{stretch}", self.digest));
        let mut is_sole = true;
        for claim in &claims {
            match self.outside.claim(claim).map_err(Stop::Cannot)? {
                Claim::First => {}
                Claim::Taken => return Err(Stop::Busy),
                Claim::Unknown => is_sole = false,
            }
        }
        let mut kept = self.load()?;
        let now_ms = self.outside.unix_ms();
        // Who comes too late has claimed a fence that is over; who was stopped for long has lost what it claimed.
        if kept.state.lease.fence + 1 == fence && now_ms / LEASE_MS <= stretch + 1 {
            let (holder, until_ms) = (holder(), now_ms + LEASE_MS);
            kept.state.apply(&self.key, 0, Update::Lease { holder, now_ms, until_ms, dead: None }).map_err(refused)?;
            self.store(&kept)?;
        } else {
            kept.state.lease = Lease::default();
        }
        // What is claimed is of no use any more: the fence in the store is as high.
        if is_sole {
            claims.iter().for_each(|claim| drop(self.outside.delete(claim)));
        }
        if kept.state.lease.fence == fence { Ok(Held { lease: kept.state.lease, is_sole }) } else { Err(Stop::Busy) }
    }

    /// Changes what is kept; durable when it returns.
    ///
    /// # Errors
    /// [`Stop::Busy`] when the right was lost: nothing is changed then.
    pub(super) fn commit(&self, held: &Held, change: impl FnOnce(&mut Kept)) -> Result<Kept, Stop> {
        let mut kept = self.load()?;
        let lease = &kept.state.lease;
        let is_mine = lease.fence == held.lease.fence && lease.holder == held.lease.holder;
        if !is_mine || self.outside.unix_ms() >= held.lease.until_ms {
            return Err(Stop::Busy);
        }
        change(&mut kept);
        kept.changed_ms = self.outside.unix_ms();
        self.store(&kept)?;
        Ok(kept)
    }

    /// The same for a change that the journal defines.
    pub(super) fn update(&self, held: &Held, update: Update) -> Result<(), Stop> {
        let mut applied = Ok(0);
        self.commit(held, |kept| applied = kept.state.apply(&self.key, held.lease.fence, update))?;
        applied.map(drop).map_err(refused)
    }

    /// The last change: the right is given back with it.
    pub(super) fn finish(&self, held: &Held, change: impl FnOnce(&mut Kept)) -> Result<(), Stop> {
        let fence = held.lease.fence;
        self.commit(held, |kept| {
            change(kept);
            kept.state.lease = Lease { fence, ..Lease::default() };
        })
        .map(drop)
    }
}

/// SHA-256 over texts, in hex.
pub(super) fn digest(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    hex(&digest::digest(&parts))
}

/// A name that no other sweep has, even where two may hold one fence. The hasher's keys are the host's random numbers.
pub(super) fn holder() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("sweep-{:016x}", RandomState::new().hash_one(0_u8))
}

fn refused(error: Refusal) -> Stop {
    match error {
        Refusal::Leased { .. } | Refusal::Fenced => Stop::Busy,
        Refusal::NoAttempt => Stop::Cannot(error.to_string()),
    }
}

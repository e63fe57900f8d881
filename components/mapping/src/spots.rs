//! Where targets are: found while compiling, not once for each line, and one that is in no table does not compile.

use connote_vendors::connote::targets::{Spot, Target};

/// The place of a target in its table.
pub(super) const fn slot(table: &[Target], path: &str) -> usize {
    let (mut at, mut left) = (0, table);
    while let [target, rest @ ..] = left {
        if equal(target.path.as_bytes(), path.as_bytes()) {
            return at;
        }
        (at, left) = (at + 1, rest);
    }
    assert!(at < table.len(), "there is no such target");
    at
}

const fn equal(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, rest @ ..], [other, others @ ..]) = (a, b) {
        if *first != *other {
            return false;
        }
        (a, b) = (rest, others);
    }
    a.is_empty() && b.is_empty()
}

/// A target of the order.
macro_rules! of_order {
    ($path:expr) => {
        const { Spot::Order($crate::spots::slot(&connote_vendors::connote::targets::ORDER, $path)) }
    };
}

/// A target of a line.
macro_rules! of_line {
    ($path:expr) => {
        const { Spot::Line($crate::spots::slot(&connote_vendors::connote::targets::LINES, $path)) }
    };
}

/// A target of a parcel.
macro_rules! of_parcel {
    ($path:expr) => {
        const { Spot::Parcel($crate::spots::slot(&connote_vendors::connote::targets::PARCELS, $path)) }
    };
}

/// Where the fields of an address are, in the order of [`of_address`].
pub(super) type AddressSpots = [Spot<'static>; 11];

/// The targets that receiver and sender both have.
macro_rules! of_address {
    ($which:literal) => {
        &[
            of_order!(concat!($which, ".name")),
            of_order!(concat!($which, ".company")),
            of_order!(concat!($which, ".building")),
            of_order!(concat!($which, ".street")),
            of_order!(concat!($which, ".suburb")),
            of_order!(concat!($which, ".city")),
            of_order!(concat!($which, ".state")),
            of_order!(concat!($which, ".post-code")),
            of_order!(concat!($which, ".country")),
            of_order!(concat!($which, ".phone")),
            of_order!(concat!($which, ".email")),
        ]
    };
}

pub(super) use {of_address, of_line, of_order, of_parcel};

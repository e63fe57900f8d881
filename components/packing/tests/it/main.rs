//! The rules of packing, each by the name of its test; what holds for every cart; and what no cart may cost.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod caps;
mod every_cart;
mod good;
mod rules;

#[path = "../instances/mod.rs"]
mod instances;

use connote_packing::{Container, Item, Limits, Parcel, Problem, pack};

/// `quantity` pieces of `sides` and `weight_g`, to be turned any way.
fn item(sides: [u32; 3], weight_g: u64, quantity: u32) -> Item {
    Item { weight_g, size_mm: Some(sides), quantity, alone: false, upright: false }
}

/// Pieces without a size.
fn loose(weight_g: u64, quantity: u32) -> Item {
    Item { size_mm: None, ..item([1; 3], weight_g, quantity) }
}

/// A box with walls of 2 mm that weighs 100 g.
fn container(name: &str, inner_mm: [u32; 3], most_g: u64) -> Container {
    Container { name: name.to_owned(), inner_mm, outer_mm: inner_mm.map(|side| side + 4), empty_g: 100, most_g }
}

fn packed(items: &[Item], containers: &[Container]) -> Result<Vec<Parcel>, Problem> {
    pack(items, containers, &Limits::default())
}

//! Which boxes a cart goes into, so that a rate is asked for the parcels that will be shipped. A pure function of whole millimetres and grams:
//! no clock, no chance, and the same parcels in whatever order the lines of the cart come.
//!
//! The rules, for a merchant:
//!
//! 1. Fewest parcels first; with as many parcels, the smallest boxes (least outer volume).
//! 2. A piece may be turned any way, an `upright` one only about its height; nothing sticks out, nothing overlaps.
//! 3. A box never weighs more than its `most_g`, its own weight included.
//! 4. A piece that is `alone` ships as it is, a parcel for each piece, in no box.
//! 5. A piece that fits no box, by size or by weight, ships as it is too.
//! 6. Pieces without a size (a side of 0 is no size) are never mixed with measured ones, for nobody knows what room they leave: they go by weight
//!    into the first box of the list, the merchant's default, whose size the parcel then has.
//! 7. Without any box everything that is not `alone` goes by weight into parcels without a size, each up to the limit of the setting; a parcel of
//!    a single piece has that piece's size.
//! 8. What ships in no box and is heavier than the setting's limit is refused, by name of its line; without a limit it ships.
//! 9. The packing is found by trying, not proved best: it may take a parcel more than a patient packer would, never one that cannot be packed.
//! 10. A cart of more than [`MOST_PIECES`] pieces or [`MOST_PARCELS`] parcels is refused: that is freight, to be quoted by a person.

mod cart;
mod carve;
mod dice;
mod load;
mod orders;
mod parcels;
mod plan;
mod search;
mod sort;

use std::fmt;

/// The most lines of a cart. Shops stop at some hundreds; the search sorts and scans lines, so that there has to be an end.
pub const MOST_LINES: usize = 1_000;

/// The most pieces of a cart, over all lines. Each is a placement in the answer (about 40 bytes), and placing costs work.
pub const MOST_PIECES: u32 = 10_000;

/// The most boxes that a merchant may have. Each is tried for the whole cart and for each parcel; merchants have fewer than thirty.
pub const MOST_CONTAINERS: usize = 100;

/// The most parcels of an answer. A rate for more is freight; and each parcel that is open costs a look for each line.
pub const MOST_PARCELS: usize = 1_000;

/// The longest side of a box in millimetres: 30 m, twice the longest road trailer. Keeps the volume of all parcels of an answer in 64 bits.
pub const LONGEST_SIDE_MM: u32 = 30_000;

/// How much searching a cart may cost, in steps: a free space looked at for a piece, or compared with another. All of them take 10 ms natively
/// and 15 ms in an instance, while the buyer waits a second or more for the carriers; ten times as many save one box in two
/// hundred. A cart that goes into one box stops long before.
pub const WORK: u64 = 1_000_000;

/// A line of the cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Grams of one piece; 0 where nobody weighed it.
    pub weight_g: u64,
    /// Length, width and height of one piece in millimetres. Absent, or with a side of 0: not measured, packed by weight only.
    pub size_mm: Option<[u32; 3]>,
    /// How many pieces; 0 ships nothing.
    pub quantity: u32,
    /// Each piece is a parcel of its own, as it is: it has its own carton.
    pub alone: bool,
    /// The height (the third side) stays upright; length and width may change places.
    pub upright: bool,
}

/// A box of the merchant, of which there are always enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// What the merchant calls it; only breaks ties.
    pub name: String,
    /// Length, width and height inside, in millimetres: the room for pieces.
    pub inner_mm: [u32; 3],
    /// Length, width and height outside, in millimetres: what the carrier charges. A side less than the inner one counts as the inner one.
    pub outer_mm: [u32; 3],
    /// Grams of the box with its padding.
    pub empty_g: u64,
    /// Grams that the packed box may weigh at most, itself included.
    pub most_g: u64,
}

/// What holds besides the boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Grams that a parcel without a box may weigh at most; a single piece above it is refused. `None`: no limit.
    pub most_g: Option<u64>,
    /// The steps that searching may take, [`WORK`] unless there is a reason. With fewer the parcels are still right, but may be more.
    pub work: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { most_g: None, work: WORK }
    }
}

/// A parcel to be shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Which box, as an index into the containers; `None`: no box, a piece as it is or pieces by weight.
    pub container: Option<usize>,
    /// Length, width and height outside, in millimetres: of the box, or of the piece that ships as it is. `None`: not known.
    pub size_mm: Option<[u32; 3]>,
    /// Grams, the box included. A sum that leaves 64 bits stays at their end.
    pub weight_g: u64,
    /// What is inside: index of the line and number of its pieces, by index, no line twice.
    pub items: Vec<(usize, u32)>,
    /// Where each piece lies in the box, for showing; in the order of packing. Empty for parcels by weight and pieces as they are.
    pub placements: Vec<Placement>,
}

/// Where a piece lies in its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Index of the line.
    pub item: usize,
    /// The piece's nearest corner, in millimetres from a lower corner inside the box.
    pub at_mm: [u32; 3],
    /// The piece's sides as it is turned, along the sides of the box.
    pub size_mm: [u32; 3],
}

/// Why a cart has no parcels. All are final: the same cart fails again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// More lines than [`MOST_LINES`].
    TooManyLines,
    /// More pieces than [`MOST_PIECES`] over all lines.
    TooManyPieces {
        /// The line with the most pieces, the first of several.
        item: usize,
    },
    /// A piece that ships in no box is heavier than [`Limits::most_g`].
    TooHeavy {
        /// The heaviest such line, the first of several.
        item: usize,
    },
    /// More parcels than [`MOST_PARCELS`].
    TooManyParcels,
    /// More boxes than [`MOST_CONTAINERS`].
    TooManyContainers,
    /// A box without room (a side of 0), with a side above [`LONGEST_SIDE_MM`], or heavier when empty than it may be when packed.
    BadContainer {
        /// The first such box.
        container: usize,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyLines => write!(f, "the cart has more than {MOST_LINES} lines"),
            Self::TooManyPieces { item } => {
                write!(f, "the cart has more than {MOST_PIECES} pieces, most of them in line {item}")
            }
            Self::TooHeavy { item } => write!(f, "a piece of line {item} is heavier than a parcel may be"),
            Self::TooManyParcels => write!(f, "the cart makes more than {MOST_PARCELS} parcels"),
            Self::TooManyContainers => write!(f, "there are more than {MOST_CONTAINERS} containers"),
            Self::BadContainer { container } => write!(f, "container {container} has no usable size or weight"),
        }
    }
}

impl std::error::Error for Problem {}

/// Packs `items` into `containers` by the rules of this crate. Boxes come first, then parcels by weight, then pieces as they are; an empty cart
/// makes no parcel.
///
/// # Errors
///
/// [`Problem`] says which cart, line or box is at fault; nothing is ever left out of the parcels instead.
///
/// ```
/// use connote_packing::{Container, Item, Limits, pack};
///
/// let mug = Item { weight_g: 400, size_mm: Some([120, 90, 100]), quantity: 4, alone: false, upright: true };
/// let small = Container {
///     name: "small".into(),
///     inner_mm: [250, 200, 100],
///     outer_mm: [256, 206, 112],
///     empty_g: 90,
///     most_g: 5_000,
/// };
/// let parcels = pack(&[mug], &[small], &Limits::default())?;
/// assert_eq!(parcels.len(), 1);
/// assert_eq!(parcels[0].weight_g, 4 * 400 + 90);
/// # Ok::<(), connote_packing::Problem>(())
/// ```
pub fn pack(items: &[Item], containers: &[Container], limits: &Limits) -> Result<Vec<Parcel>, Problem> {
    let cases = cart::cases(containers)?;
    let cart = cart::Cart::new(items, &cases, limits)?;
    let loads = search::best(&cart.boxed, &cases, limits.work)?;
    parcels::parcels(&cart, &loads, containers, limits)
}

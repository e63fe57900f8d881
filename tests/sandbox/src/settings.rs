//! How strict and how fast the far ends are.

use serde::{Deserialize, Serialize};

/// One of the simulated services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FarEnd {
    /// The shipping platform.
    Starshipit,
    /// The interface in front of many warehouse systems.
    Trackstar,
    /// A warehouse system.
    CartonCloud,
}

impl FarEnd {
    /// All far ends.
    pub const ALL: [FarEnd; 3] = [FarEnd::Starshipit, FarEnd::Trackstar, FarEnd::CartonCloud];

    /// The name used in JSON: `starshipit`, `trackstar` or `cartoncloud`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starshipit => "starshipit",
            Self::Trackstar => "trackstar",
            Self::CartonCloud => "cartoncloud",
        }
    }
}

/// Switches of a [`crate::World`]. The default is what the vendors document.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Multiplies every documented request limit; `f64::INFINITY` switches them off.
    pub limits_scale: f64,
    /// Extra time before each answer of the HTTP servers. The core ignores it.
    pub latency: Latency,
    /// Starshipit refuses a second order with the same number. Otherwise, as seen live, it makes a second order.
    pub starshipit_refuses_duplicates: bool,
    /// Reads of Trackstar show what its warehouse systems held so many milliseconds ago (really up to an hour). A
    /// requested sync brings the copy up to date two minutes later. 0: reads are always current.
    pub trackstar_copy_delay_ms: u64,
    /// Tracking of a printed order with a tracking number goes on by itself, one status after so many milliseconds:
    /// `Dispatched`, `InTransit`, `OutForDelivery`, `Delivered`. 0: it stands still until
    /// [`Starshipit::advance_tracking`](crate::Starshipit::advance_tracking).
    pub starshipit_tracking_step_ms: u64,
    /// How many orders of one import Starshipit makes, and how many it shows in its answer, saying success all the same. Whether it fails in part is not
    /// published.
    pub starshipit_import: Partial,
    /// Starshipit stores order numbers in capitals.
    pub starshipit_capitals: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits_scale: 1.0,
            latency: Latency::default(),
            starshipit_refuses_duplicates: false,
            trackstar_copy_delay_ms: 0,
            starshipit_tracking_step_ms: 0,
            starshipit_import: Partial::default(),
            starshipit_capitals: false,
        }
    }
}

/// The first of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partial {
    /// So many are made.
    pub makes: usize,
    /// So many of those that were made are shown.
    pub shows: usize,
}

impl Default for Partial {
    fn default() -> Self {
        Self { makes: usize::MAX, shows: usize::MAX }
    }
}

impl Settings {
    /// The documented number of requests after scaling, at least one.
    pub(crate) fn limit(&self, documented: u32) -> f64 {
        (f64::from(documented) * self.limits_scale).max(1.0)
    }
}

/// Milliseconds that the HTTP servers wait before each answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Of Starshipit.
    pub starshipit_ms: u64,
    /// Of Trackstar.
    pub trackstar_ms: u64,
    /// Of CartonCloud.
    pub cartoncloud_ms: u64,
}

impl Latency {
    pub(crate) fn of(self, far_end: FarEnd) -> u64 {
        match far_end {
            FarEnd::Starshipit => self.starshipit_ms,
            FarEnd::Trackstar => self.trackstar_ms,
            FarEnd::CartonCloud => self.cartoncloud_ms,
        }
    }
}

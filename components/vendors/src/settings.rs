//! The settings of one connection, as a config file writes them (TOML) and a component reads them (JSON).

use serde::{Deserialize, Serialize};

use connote_rules::Rule;

pub use crate::read_settings::each;

/// How one source's orders are to be treated. Every field has a default; what would have to be guessed has none and is asked for
/// by name in the error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Template of the number under which Starshipit shows an order: `{number}`, `{reference}`, `{source-id}` and text. Default `{number}`.
    pub order_number: String,
    /// The source's statuses that ship, in its own words. Empty: the source's usual ones (Trackstar picked and packed,
    /// CartonCloud PACKED, WooCommerce processing, and of Shopify's financial statuses paid and partially_refunded).
    pub ship_statuses: Vec<String>,
    /// Statuses in which an order is created at Starshipit without a label, so that its rules, address checks and rating run and staff can correct
    /// it before the warehouse has packed. Empty: an order is created when it ships.
    pub place_statuses: Vec<String>,
    /// How an order gets into Starshipit.
    pub place: Place,
    /// From which moment tracking is told to the source.
    pub write_back_on: WriteBackOn,
    /// What to do when it stays unknown whether a `once` request was carried out, after settling.
    pub after_unknown: AfterUnknown,
    /// Weight in grams of one piece for lines whose source gives none. Absent: such an order is refused.
    pub default_piece_weight_g: Option<u64>,
    /// Gross weight in grams added for the box, when parcels are weighed from their contents.
    pub packaging_weight_g: u64,
    /// Country that orders leave from, ISO 3166-1 alpha-2, when no rule fills a sender. Empty: `AU`. Another destination makes an order
    /// international, which needs customs facts on every line.
    pub origin_country: String,
    /// What only Trackstar needs.
    pub trackstar: TrackstarSettings,
    /// What only CartonCloud needs.
    pub cartoncloud: CartonCloudSettings,
    /// Rules of this connection; they come after the built-in ones and win over them.
    pub rules: Vec<Rule>,
}

/// The attribute of an order that is placed and not printed yet, with the reason for people.
pub const NOT_PACKED: &str = "not-packed";

/// The attribute of an order record with the Starshipit body that was last placed, while the order waits for its label: what has not changed since at the
/// source is left as Starshipit holds it.
pub const PLACED_BODY: &str = "placed-body";

impl Settings {
    /// The settings by which an order is judged that does not ship: whether it is placed already. Nothing where none is placed before it ships.
    #[must_use]
    pub fn early(&self) -> Option<Self> {
        let place_statuses = self.place_statuses.clone();
        (!place_statuses.is_empty()).then(|| Self { ship_statuses: place_statuses, ..self.clone() })
    }
}

/// How an order gets into Starshipit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Connote creates it.
    #[default]
    Create,
    /// Starshipit has imported it itself: it is found by its number, and only weight and parcels are changed. None is created.
    Find,
}

/// From which moment tracking is told to the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WriteBackOn {
    /// As soon as the label is bought.
    #[default]
    Printed,
    /// When the courier has been told.
    Manifested,
    /// When the parcel has left.
    Dispatched,
    /// Not at all: the source takes no tracking, or gets it from somebody else.
    Never,
}

/// What to do when it stays unknown whether a `once` request was carried out, after settling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterUnknown {
    /// Nothing was found on two reads: send once more.
    #[default]
    Again,
    /// Leave it to a person.
    Ask,
}

/// What only Trackstar needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrackstarSettings {
    /// The WMS behind the connection, as Trackstar names it (`extensiv`, `shiphero`, …, `sandbox`): it decides the form of Ship Order. The form of a
    /// system that is not built in is asked of Trackstar's write-info at run time. Empty: tracking cannot be written back.
    pub integration: String,
    /// Cost told to the WMS where it demands one, in minor units of the order's currency; Starshipit's label answer has none. Absent: such a
    /// write-back is refused by name.
    pub shipping_cost_minor: Option<i64>,
    /// Warehouse told to the WMS when the order names none.
    pub warehouse_id: String,
    /// Whether several tracking numbers may be joined with ", " for a WMS that takes only one. Off: such a write-back is refused, since the
    /// other numbers would be lost.
    pub join_tracking_numbers: bool,
    /// Currency of the order's prices when the WMS gives none: Trackstar then fills in USD, which is not to be trusted for customs.
    pub currency: String,
}

/// The order property that CartonCloud's own Starshipit connector fills, unless a tenant has named it otherwise.
pub const CONNECTOR_PROPERTY: &str = "carrierTrackingNumberField";

/// What only CartonCloud needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CartonCloudSettings {
    /// The tenant's UUID: all paths begin with it.
    pub tenant: String,
    /// Unit of product weights, which CartonCloud does not document: `kg`, `g`, `lb` or `oz`. Empty: orders that need it are refused.
    pub weight_unit: String,
    /// Unit of product sizes: `m`, `cm`, `mm` or `in`. Empty: sizes are left out.
    pub length_unit: String,
    /// The order property that CartonCloud's own Starshipit connector fills. Filled means that the connector is at work, and the order is
    /// refused. Default [`CONNECTOR_PROPERTY`], so that no order is shipped by two; `""` switches the check off.
    pub tracking_property: String,
    /// Whether tracking may be filed as a document on the order when there is no consignment. The only document type is an invoice, so it is off by default.
    pub document_fallback: bool,
}

impl Default for CartonCloudSettings {
    fn default() -> Self {
        Self {
            tenant: String::new(),
            weight_unit: String::new(),
            length_unit: String::new(),
            tracking_property: CONNECTOR_PROPERTY.to_owned(),
            document_fallback: false,
        }
    }
}

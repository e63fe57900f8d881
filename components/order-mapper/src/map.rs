//! `map-order` for the orders of warehouse systems, and for our own JSON order.

use connote_mapping::{Advice, Source, refusal};
use connote_rules::json::Json;
use connote_rules::rule::{Rule, RuleError};
use connote_rules::scope::Root;
use connote_types::orders::{Left, MapInput, MapOutcome, Verdict, Warning};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::Order;
use connote_vendors::documents::{Documents, Facts};
use connote_vendors::settings::Settings;
use connote_vendors::{cartoncloud, connote, trackstar};

/// Documents in, order out.
#[must_use]
pub fn map_order(input: &MapInput) -> MapOutcome {
    connote_mapping::map_order::<Warehouse>(input)
}

/// Where the documents come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Warehouse {
    Trackstar,
    CartonCloud,
    Connote,
}

impl Source for Warehouse {
    const NAMES: &'static str = "trackstar, cartoncloud and connote";

    fn named(name: &str) -> Option<Self> {
        match name {
            "trackstar" => Some(Self::Trackstar),
            "cartoncloud" => Some(Self::CartonCloud),
            "connote" => Some(Self::Connote),
            _ => None,
        }
    }

    fn rules(self) -> Result<Vec<Rule>, RuleError> {
        match self {
            Self::Trackstar => trackstar::map::rules(),
            Self::CartonCloud => cartoncloud::map::rules(),
            Self::Connote => connote::map::rules(),
        }
    }

    fn check_settings(self, settings: &Settings) -> Result<(), Problem> {
        match self {
            Self::CartonCloud => cartoncloud::documents::check_units(settings),
            Self::Trackstar | Self::Connote => Ok(()),
        }
    }

    fn judge(self, order: &Json<'_>, settings: &Settings) -> Result<Option<MapOutcome>, Problem> {
        let (verdict, reason) = match self {
            Self::Trackstar => trackstar::documents::verdict(order, settings),
            Self::CartonCloud => cartoncloud::documents::verdict(order, settings),
            Self::Connote => {
                let unknown = connote::documents::unknown_fields(order);
                return if unknown.is_empty() { Ok(None) } else { Err(refusal(unknown)) };
            }
        };
        let status = order.get("status").text();
        match verdict {
            Verdict::Ship => Ok(None),
            Verdict::Leave => Ok(Some(MapOutcome::Leave(Left { status: status.to_owned(), reason }))),
            Verdict::Refuse => Err(refused(self, order, settings, reason)),
        }
    }

    fn not_packed(self, order: &Json<'_>) -> Option<String> {
        match self {
            Self::Connote => connote::codes::not_packed(order),
            Self::Trackstar | Self::CartonCloud => None,
        }
    }

    fn is_strict(self) -> bool {
        self == Self::Connote
    }

    fn facts(self, documents: &Documents<'_>, settings: &Settings) -> Facts {
        match self {
            Self::Trackstar => trackstar::documents::facts(documents, settings),
            Self::CartonCloud => cartoncloud::documents::facts(documents, settings),
            Self::Connote => connote::documents::facts(documents),
        }
    }

    fn roots<'a>(self, documents: &'a Documents<'a>, facts: &'a Facts) -> Vec<(&'a str, Root<'a>)> {
        match self {
            Self::Trackstar => trackstar::documents::roots(documents, facts),
            Self::CartonCloud => cartoncloud::documents::roots(documents, facts),
            Self::Connote => connote::documents::roots(documents),
        }
    }

    fn advice(self) -> Advice {
        let weight = match self {
            Self::CartonCloud => {
                "give the product one, or set settings.cartoncloud.weight_unit or settings.default_piece_weight_g"
            }
            Self::Trackstar | Self::Connote => "give the product one, or set settings.default_piece_weight_g",
        };
        Advice { weight, customs: how_to_fill }
    }

    fn finish(self, documents: &Documents<'_>, settings: &Settings, order: &mut Order) -> Vec<Warning> {
        match self {
            Self::Trackstar => trackstar::map::warnings(documents, order, settings),
            Self::CartonCloud => Vec::new(),
            Self::Connote => {
                connote::map::add_pairs(documents, order);
                Vec::new()
            }
        }
    }
}

fn refused(source: Warehouse, order: &Json<'_>, settings: &Settings, reason: String) -> Problem {
    let taken = source == Warehouse::CartonCloud && !cartoncloud::documents::tracking(order, settings).is_empty();
    if taken && order.get("status").text() != "REJECTED" {
        let path = connote_rules::path::push("order.properties", &settings.cartoncloud.tracking_property);
        return Problem::new(Disposition::Conflict, reason).field(path, "is filled");
    }
    Problem {
        code: order.get("status").text().to_owned(),
        ..Problem::new(Disposition::Rejected, reason.clone()).field("order.status", reason)
    }
}

/// The fix where no rule fills a target of a line, as with CartonCloud, which has such facts only in a tenant's own custom fields.
fn how_to_fill(target: &str) -> String {
    format!(
        ": add a rule for lines[].{target}, such as {{\"to\":\"lines[].{target}\",\"from\":\"line[].properties.NAME\"}} where NAME is \
         the mapped name of a CartonCloud custom field (custom_field_1), or \"text\" instead of \"from\" for the same on every line"
    )
}

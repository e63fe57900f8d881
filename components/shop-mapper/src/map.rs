//! `map-order` for the orders of shops.

use connote_mapping::{Advice, Source, refusal};
use connote_rules::json::Json;
use connote_rules::rule::{Rule, RuleError};
use connote_rules::scope::Root;
use connote_types::orders::{Left, MapInput, MapOutcome, Verdict, Warning};
use connote_types::steps::{FieldError, Problem};
use connote_types::types::Order;
use connote_vendors::documents::{Documents, Facts};
use connote_vendors::settings::Settings;
use connote_vendors::{shop, shopify, woocommerce};

/// Documents of a shop in, order out.
#[must_use]
pub fn map_order(input: &MapInput) -> MapOutcome {
    connote_mapping::map_order::<Shop>(input)
}

/// Where the documents come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shop {
    Shopify,
    WooCommerce,
}

impl Source for Shop {
    const NAMES: &'static str = "shopify and woocommerce";

    fn named(name: &str) -> Option<Self> {
        match name {
            "shopify" => Some(Self::Shopify),
            "woocommerce" => Some(Self::WooCommerce),
            _ => None,
        }
    }

    fn rules(self) -> Result<Vec<Rule>, RuleError> {
        match self {
            Self::Shopify => shopify::map::rules(),
            Self::WooCommerce => woocommerce::map::rules(),
        }
    }

    fn prepare(self, documents: &mut Documents<'_>) {
        match self {
            Self::Shopify => shopify::documents::prepare(documents),
            Self::WooCommerce => woocommerce::documents::prepare(documents),
        }
    }

    fn judge(self, order: &Json<'_>, settings: &Settings) -> Result<Option<MapOutcome>, Problem> {
        let unreadable = match self {
            Self::Shopify => shopify::documents::unreadable(order),
            Self::WooCommerce => woocommerce::documents::unreadable(order),
        };
        if let Some(field) = unreadable {
            return Err(refusal(vec![field]));
        }
        let (verdict, reason) = match self {
            Self::Shopify => shopify::documents::verdict(order, settings),
            Self::WooCommerce => woocommerce::documents::verdict(order, settings),
        };
        let status = match self {
            Self::Shopify => shopify::documents::status(order),
            Self::WooCommerce => order.get("status").text(),
        };
        match verdict {
            Verdict::Ship => Ok(None),
            Verdict::Leave => Ok(Some(MapOutcome::Leave(Left { status: status.to_owned(), reason }))),
            Verdict::Refuse => Err(refusal(vec![FieldError { path: "order".to_owned(), message: reason }])),
        }
    }

    fn facts(self, documents: &Documents<'_>, _settings: &Settings) -> Facts {
        match self {
            Self::Shopify => Facts::default(),
            Self::WooCommerce => woocommerce::documents::facts(documents),
        }
    }

    fn roots<'a>(self, documents: &'a Documents<'a>, facts: &'a Facts) -> Vec<(&'a str, Root<'a>)> {
        match self {
            Self::Shopify => shopify::documents::roots(documents),
            Self::WooCommerce => woocommerce::documents::roots(documents, facts),
        }
    }

    fn advice(self) -> Advice {
        let weight = match self {
            Self::Shopify => "give the product one, or set settings.default_piece_weight_g",
            Self::WooCommerce => {
                "WooCommerce does not tell weights, so set settings.default_piece_weight_g, or add a rule for lines[].weight_g, such as \
                 {\"to\":\"lines[].weight_g\",\"from\":\"line[].sku\",\"via\":[{\"map\":{\"SKU\":\"250\"}}]}"
            }
        };
        Advice { weight, customs: shop::how_to_fill }
    }

    fn finish(self, documents: &Documents<'_>, _settings: &Settings, order: &mut Order) -> Vec<Warning> {
        match self {
            Self::Shopify => shopify::map::warnings(documents, order),
            Self::WooCommerce => woocommerce::map::warnings(documents, order),
        }
    }

    fn word_refusal(self, fields: &mut [FieldError]) {
        if self == Self::Shopify {
            shopify::map::word_refusal(fields);
        }
    }
}

//! The warehouse systems behind Trackstar: what each needs and takes when an order is shipped.

use serde_json::{Value, json};

use super::answers;
use crate::Response;

/// How a warehouse system takes a shipment. Fields outside of both lists are ignored and named in `unused_fields`.
#[derive(Debug)]
pub struct Profile {
    /// Name of the integration, as in the access token and in `write-info`.
    pub name: &'static str,
    /// Fields without which it refuses.
    pub required: &'static [&'static str],
    /// Further fields that it keeps.
    pub optional: &'static [&'static str],
    /// Its answers lack `id` and `unused_fields`, as in the sample of the vendor's guide.
    pub bare: bool,
}

const CARRIER: &[&str] = &["carrier", "carrier_id", "shipping_method", "shipping_method_id"];

static PROFILES: [Profile; 13] = [
    Profile {
        name: "sandbox",
        required: &["shipped_date", "tracking_number", "shipping_cost", "measurements", "warehouse_id"],
        optional: &["tracking_url", "packages", "line_items"],
        bare: false,
    },
    Profile {
        name: "extensiv",
        required: &["shipped_date", "shipping_cost"],
        optional: &["confirm_date", "tracking_number", "packages"],
        bare: false,
    },
    Profile {
        name: "shiphero",
        required: &["warehouse_id", "shipping_cost", "measurements"],
        optional: &["label_url", "tracking_number", "tracking_url"],
        bare: false,
    },
    Profile { name: "deposco", required: &["shipping_cost"], optional: &["tracking_number", "packages"], bare: false },
    Profile {
        name: "shipstation",
        required: &["carrier"],
        optional: &["shipped_date", "tracking_number", "notify_customer", "notify_sales_channel"],
        bare: true,
    },
    Profile { name: "finale", required: &["line_items"], optional: &["tracking_number"], bare: false },
    Profile {
        name: "skuvault",
        required: &["warehouse_id", "shipping_cost", "measurements", "tracking_number", "tracking_url"],
        optional: &["source", "note", "line_items"],
        bare: false,
    },
    Profile {
        name: "packiyo",
        required: &["boxes", "shipping_cost", "tracking_number", "tracking_url"],
        optional: &[],
        bare: false,
    },
    Profile { name: "oia", required: &["packages"], optional: &[], bare: false },
    Profile {
        name: "amazon",
        required: &["shipped_date", "tracking_number"],
        optional: &["trackstar_tags"],
        bare: false,
    },
    Profile { name: "infoplus", required: &[], optional: &["tracking_number", "tracking_numbers"], bare: false },
    Profile { name: "logiwa", required: &[], optional: &["tracking_number", "tracking_numbers"], bare: false },
    Profile { name: "cin7", required: &[], optional: &["tracking_number", "trackstar_tags"], bare: false },
];

impl Profile {
    /// The system of this name. A connection to any other name exists, reads, and answers 501 to shipments.
    pub fn named(name: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|profile| profile.name == name)
    }

    /// All systems that take shipments.
    pub fn all() -> &'static [Profile] {
        &PROFILES
    }

    /// Whether the system keeps a field of a shipment.
    pub fn takes(&self, field: &str) -> bool {
        self.required.contains(&field) || self.optional.contains(&field) || self.carriers().contains(&field)
    }

    /// Who carries is taken by nearly every system.
    fn carriers(&self) -> &'static [&'static str] {
        match self.name {
            "deposco" | "finale" | "packiyo" | "oia" | "shipstation" => &[],
            _ => CARRIER,
        }
    }
}

pub(super) fn write_info(kind: &str, name: &str) -> Result<Response, Response> {
    if kind != "wms" {
        return Err(answers::not_found(name));
    }
    let operations: Vec<Value> = Profile::named(name).map(operation).into_iter().collect();
    let mut actions = vec!["get_orders", "get_inventory", "get_products"];
    if !operations.is_empty() {
        actions.push("create_order_shipment");
    }
    Ok(Response::json(
        200,
        &json!({ "data": {
        "integration_name": name, "integration_type": kind, "available_actions": actions,
        "write_operations": operations,
    } }),
    ))
}

fn operation(profile: &Profile) -> Value {
    let optional: Vec<&str> = profile.optional.iter().chain(profile.carriers()).copied().collect();
    json!({
        "action": "create_order_shipment",
        "url": "POST /wms/orders/{order_id}/shipments",
        "required_base_schema_fields": profile.required,
        "optional_base_schema_fields": optional,
        "integration_specific_fields": { "type": "object", "properties": {}, "required_fields": [] },
    })
}

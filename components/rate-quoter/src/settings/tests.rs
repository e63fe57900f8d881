use serde_json::json;

use super::*;

fn everything() -> serde_json::Value {
    json!({
        "currency": "AUD", "conversions": { "NZD": "1.08" },
        "boxes": [{ "name": "a", "inner_mm": [1, 2, 3], "outer_mm": [2, 3, 4], "empty_g": 5, "most_g": 6 }],
        "most_parcel_g": 7, "default_piece_g": 8,
        "items": [{ "sku": "s", "size_mm": [1, 2, 3], "weight_g": 9, "alone": true, "upright": true }],
        "origins": [
            { "name": "o", "account": "x", "sender": { "street": "1", "suburb": "2", "city": "3", "state": "4", "post_code": "5", "country_code": "AU" },
                "when": { "path": "item.attributes.vendor", "is": "b" } },
            { "name": "p" },
        ],
        "send_origin": false, "suburb": { "AU": "address2", "FR": "none" },
        "rules": [{ "to": "rate.price", "from": "rate.price", "via": [{ "times": "1.1" }, { "round-up": "0.05" }],
            "when": { "path": "destination.post-code", "in": ["4101"] } }],
        "table": [{ "code": "c", "name": "n", "description": "d", "price": "1.50", "per_kg": "0.25", "days_min": 1, "days_max": 2,
            "when": { "not": { "path": "parcels.count", "over": "3" } } }],
        "table_when_empty": true, "cache": { "fresh_ms": 1, "stale_ms": 2, "empty_ms": 3 },
        "most_rates": 11, "zone_by_street": true, "code_form": "code-and-name",
    })
}

fn read(json: &serde_json::Value) -> Settings {
    Settings::read(json.to_string().as_bytes()).unwrap()
}

fn mistakes(change: impl FnOnce(&mut serde_json::Value)) -> Vec<String> {
    let mut json = everything();
    change(&mut json);
    read(&json).check().err().unwrap_or_default().into_iter().map(|one| one.path).collect()
}

#[test]
fn what_is_written_is_read_again_whole() {
    for json in [json!({ "currency": "AUD" }), everything()] {
        let settings = read(&json);
        assert_eq!(settings.check(), Ok(()));
        assert_eq!(read(&serde_json::to_value(&settings).unwrap()), settings);
        assert_eq!(serde_json::from_value::<Settings>(json).unwrap(), settings);
    }
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let settings = read(&json!({ "currency": "AUD" }));
    assert_eq!((settings.send_origin, settings.most_rates, settings.code_form), (true, 10, CodeForm::Code));
    assert_eq!(settings.cache, Cache { fresh_ms: 300_000, stale_ms: 3_600_000, empty_ms: 60_000 });
    let from = ["AU", "NZ", "US"].map(|country| settings.suburb_from(country));
    assert_eq!(from, [SuburbFrom::City, SuburbFrom::Address2, SuburbFrom::None]);
}

#[test]
fn both_readers_refuse_what_is_unknown_or_of_another_kind_with_its_path() {
    for (change, path) in [
        (json!({ "nonsense": 1 }), "nonsense"),
        (json!({ "currency": 7 }), "currency"),
        (json!({ "boxes": {} }), "boxes"),
        (json!({ "boxes": [{ "name": "a", "inner_mm": [1, 2, 3], "most_g": 5, "x": 1 }] }), "boxes[0].x"),
        (json!({ "boxes": [{ "name": "a", "inner_mm": [1, 2, 3] }] }), "boxes[0].most_g"),
        (json!({ "items": [{ "sku": "a", "weight_g": -1 }] }), "items[0].weight_g"),
        (json!({ "conversions": { "NZD": "much" } }), "conversions.NZD"),
        (json!({ "suburb": { "AU": "street" } }), "suburb.AU"),
        (json!({ "origins": [{ "name": "a", "when": { "path": "item.sku" } }] }), "origins[0].when"),
        (json!({ "rules": [{ "to": "rate.price" }] }), "rules[0]"),
        (json!({ "cache": { "fresh": 1 } }), "cache.fresh"),
        (json!({ "code_form": "short" }), "code_form"),
        (json!({ "send_origin": "yes" }), "send_origin"),
        (json!([]), ""),
    ] {
        assert_eq!(Settings::read(change.to_string().as_bytes()).unwrap_err().path, path, "{change}");
        assert!(serde_json::from_value::<Settings>(change.clone()).is_err(), "{change}");
    }
    assert!(Settings::read(b"").is_err());
}

#[test]
fn a_value_that_cannot_be_used_is_named_with_its_path() {
    assert_eq!(mistakes(|json| json["currency"] = json!("")), ["currency"]);
    assert_eq!(
        mistakes(|json| json["conversions"] = json!({ "AUD": "1", "NZD": "0", "x": "1" })),
        ["conversions.AUD", "conversions.NZD", "conversions.x"]
    );
    assert_eq!(mistakes(|json| json["boxes"][0]["most_g"] = json!(5)), ["boxes[0].most_g"]);
    assert_eq!(mistakes(|json| json["boxes"][0]["inner_mm"] = json!([0, 1, 1])), ["boxes[0].inner_mm"]);
    assert_eq!(
        mistakes(|json| json["origins"] = json!([{ "name": "a" }, { "name": "a" }])),
        ["origins[1].name", "origins[1]"]
    );
    assert_eq!(
        mistakes(|json| json["origins"][0]["sender"]["country_code"] = json!("Australia")),
        ["origins[0].sender.country_code"]
    );
    assert_eq!(
        mistakes(|json| json["origins"][0]["when"] = json!({ "path": "rate.code", "is": "a" })),
        ["origins[0].when"]
    );
    assert_eq!(mistakes(|json| json["rules"][0]["to"] = json!("destination.city")), ["rules[0].to"]);
    assert_eq!(mistakes(|json| json["rules"][0]["from"] = json!("item.sku")), ["rules[0]"]);
    assert_eq!(mistakes(|json| json["rules"][0]["from"] = json!("result.rate.prize")), ["rules[0]"]);
    assert_eq!(
        mistakes(|json| json["table"][0]["when"] = json!({ "path": "rate.code", "is": "a" })),
        ["table[0].when"]
    );
    assert_eq!(mistakes(|json| json["table"][0]["price"] = json!("-1")), ["table[0].price"]);
    assert_eq!(mistakes(|json| json["table"][0]["days_max"] = json!(0)), ["table[0].days_max"]);
    assert_eq!(mistakes(|json| json["cache"] = json!({ "fresh_ms": 9, "stale_ms": 8 })), ["cache.stale_ms"]);
    assert_eq!(mistakes(|json| json["most_rates"] = json!(0)), ["most_rates"]);
}

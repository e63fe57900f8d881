//! Settings out of JSON, by hand: derived readers would make up a fifth of a component. A test holds both to the same.

use connote_rules::Rule;
use connote_rules::json::Json;

use crate::settings::{AfterUnknown, CartonCloudSettings, Place, Settings, TrackstarSettings, WriteBackOn};

impl Settings {
    /// Reads the settings of a connection.
    ///
    /// # Errors
    /// What is wrong, for people: no JSON, an unknown setting, a value of another kind, a rule that cannot be used.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut settings = Self::default();
        each(bytes, &mut |name, value| settings.set(name, value))?;
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &Json<'_>) -> Result<(), String> {
        match name {
            "order_number" => self.order_number = text(name, value)?,
            "ship_statuses" => self.ship_statuses = texts(name, value)?,
            "place_statuses" => self.place_statuses = texts(name, value)?,
            "place" => self.place = Place::read(value)?,
            "write_back_on" => self.write_back_on = WriteBackOn::read(value)?,
            "after_unknown" => self.after_unknown = AfterUnknown::read(value)?,
            "default_piece_weight_g" => self.default_piece_weight_g = optional(name, value)?,
            "packaging_weight_g" => self.packaging_weight_g = number(name, value)?,
            "origin_country" => self.origin_country = text(name, value)?,
            "trackstar" => self.trackstar = TrackstarSettings::read(value)?,
            "cartoncloud" => self.cartoncloud = CartonCloudSettings::read(value)?,
            "rules" => {
                let rules: Result<_, _> = list(name, value)?.iter().map(Rule::parse).collect();
                self.rules = rules.map_err(|error| error.to_string())?;
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }
}

impl WriteBackOn {
    /// Reads the word of a setting.
    ///
    /// # Errors
    /// The words there are.
    pub fn read(value: &Json<'_>) -> Result<Self, String> {
        match value.word() {
            "printed" => Ok(Self::Printed),
            "manifested" => Ok(Self::Manifested),
            "dispatched" => Ok(Self::Dispatched),
            "never" => Ok(Self::Never),
            _ => Err(wrong("write_back_on", "\"printed\", \"manifested\", \"dispatched\" or \"never\"")),
        }
    }
}

impl Place {
    /// Reads the word of a setting.
    ///
    /// # Errors
    /// The words there are.
    pub fn read(value: &Json<'_>) -> Result<Self, String> {
        match value.word() {
            "create" => Ok(Self::Create),
            "find" => Ok(Self::Find),
            _ => Err(wrong("place", "\"create\" or \"find\"")),
        }
    }
}

impl AfterUnknown {
    /// Reads the word of a setting.
    ///
    /// # Errors
    /// The words there are.
    pub fn read(value: &Json<'_>) -> Result<Self, String> {
        match value.word() {
            "again" => Ok(Self::Again),
            "ask" => Ok(Self::Ask),
            _ => Err(wrong("after_unknown", "\"again\" or \"ask\"")),
        }
    }
}

impl TrackstarSettings {
    /// Reads the table `trackstar`.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn read(table: &Json<'_>) -> Result<Self, String> {
        let mut settings = Self::default();
        for (name, value) in members("trackstar", table)? {
            match name.as_ref() {
                "integration" => settings.integration = text(name, value)?,
                "shipping_cost_minor" => settings.shipping_cost_minor = optional(name, value)?,
                "warehouse_id" => settings.warehouse_id = text(name, value)?,
                "join_tracking_numbers" => settings.join_tracking_numbers = flag(name, value)?,
                "currency" => settings.currency = text(name, value)?,
                _ => return Err(unknown(name)),
            }
        }
        Ok(settings)
    }
}

impl CartonCloudSettings {
    /// Reads the table `cartoncloud`.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn read(table: &Json<'_>) -> Result<Self, String> {
        let mut settings = Self::default();
        for (name, value) in members("cartoncloud", table)? {
            match name.as_ref() {
                "tenant" => settings.tenant = text(name, value)?,
                "weight_unit" => settings.weight_unit = text(name, value)?,
                "length_unit" => settings.length_unit = text(name, value)?,
                "tracking_property" => settings.tracking_property = text(name, value)?,
                "document_fallback" => settings.document_fallback = flag(name, value)?,
                _ => return Err(unknown(name)),
            }
        }
        Ok(settings)
    }
}

type Members<'j, 'a> = &'j [(std::borrow::Cow<'a, str>, Json<'a>)];

/// Hands every setting of a JSON object to `set`.
///
/// # Errors
/// The bytes are no JSON object, and those of `set`.
pub fn each(bytes: &[u8], set: &mut dyn FnMut(&str, &Json<'_>) -> Result<(), String>) -> Result<(), String> {
    let json = Json::parse(bytes).map_err(|error| error.to_string())?;
    members("the settings", &json)?.iter().try_for_each(|(name, value)| set(name, value))
}

fn members<'j, 'a>(name: &str, json: &'j Json<'a>) -> Result<Members<'j, 'a>, String> {
    if json.is_object() { Ok(json.members()) } else { Err(wrong(name, "a table")) }
}

fn list<'j, 'a>(name: &str, json: &'j Json<'a>) -> Result<&'j [Json<'a>], String> {
    if matches!(json, Json::List(_)) { Ok(json.items()) } else { Err(wrong(name, "a list")) }
}

fn texts(name: &str, json: &Json<'_>) -> Result<Vec<String>, String> {
    list(name, json)?.iter().map(|one| text(name, one)).collect()
}

fn text(name: &str, json: &Json<'_>) -> Result<String, String> {
    if matches!(json, Json::Text(_)) { Ok(json.text().to_owned()) } else { Err(wrong(name, "a text")) }
}

fn flag(name: &str, json: &Json<'_>) -> Result<bool, String> {
    if matches!(json, Json::Bool(_)) { Ok(json.is_true()) } else { Err(wrong(name, "true or false")) }
}

fn number<N: std::str::FromStr>(name: &str, json: &Json<'_>) -> Result<N, String> {
    let digits = if matches!(json, Json::Number(_)) { json.text() } else { "" };
    digits.parse().map_err(|_| wrong(name, "a whole number"))
}

fn optional<N: std::str::FromStr>(name: &str, json: &Json<'_>) -> Result<Option<N>, String> {
    if json.is_null() { Ok(None) } else { number(name, json).map(Some) }
}

fn unknown(name: &str) -> String {
    format!("there is no setting {name}")
}

fn wrong(name: &str, wanted: &str) -> String {
    format!("{name} is not {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> Settings {
        let rule = r#"[{"to":"reference","from":"order.id","via":["upper"],"when":{"path":"order.a","is":"b"}}]"#;
        Settings {
            order_number: "{number}".into(),
            ship_statuses: vec!["a".into(), "b".into()],
            place_statuses: vec!["c".into()],
            place: Place::Find,
            write_back_on: WriteBackOn::Dispatched,
            after_unknown: AfterUnknown::Ask,
            default_piece_weight_g: Some(7),
            packaging_weight_g: 8,
            origin_country: "NZ".into(),
            trackstar: TrackstarSettings {
                integration: "i".into(),
                shipping_cost_minor: Some(-9),
                warehouse_id: "w".into(),
                join_tracking_numbers: true,
                currency: "AUD".into(),
            },
            cartoncloud: CartonCloudSettings {
                tenant: "t".into(),
                weight_unit: "kg".into(),
                length_unit: "m".into(),
                tracking_property: "p".into(),
                document_fallback: true,
            },
            rules: Rule::parse_list(rule.as_bytes()).unwrap(),
        }
    }

    #[test]
    fn what_the_host_writes_is_read_whole() {
        for settings in [Settings::default(), everything()] {
            assert_eq!(Settings::read(&serde_json::to_vec(&settings).unwrap()), Ok(settings));
        }
    }

    #[test]
    fn both_readers_protect_against_cartonclouds_own_connector_unless_told_not_to() {
        for (text, property) in [
            ("{}", "carrierTrackingNumberField"),
            (r#"{"cartoncloud":{"weight_unit":"kg"}}"#, "carrierTrackingNumberField"),
            (r#"{"cartoncloud":{"tracking_property":"other"}}"#, "other"),
            (r#"{"cartoncloud":{"tracking_property":""}}"#, ""),
        ] {
            let settings = Settings::read(text.as_bytes()).unwrap();
            assert_eq!(settings.cartoncloud.tracking_property, property, "{text}");
            assert_eq!(serde_json::from_str::<Settings>(text).unwrap(), settings, "{text}");
        }
    }

    #[test]
    fn both_readers_refuse_and_accept_the_same() {
        for (text, good) in [
            ("{}", true),
            (r#"{"default_piece_weight_g":null,"trackstar":{"shipping_cost_minor":null}}"#, true),
            (r#"{"write_back_on":"manifested","after_unknown":"again"}"#, true),
            (r#"{"write_back_on":"never"}"#, true),
            (r#"{"place":"create","place_statuses":["open"]}"#, true),
            (r#"{"place":"adopt"}"#, false),
            (r#"{"place_statuses":"open"}"#, false),
            (r#"{"nonsense":1}"#, false),
            (r#"{"trackstar":{"nonsense":1}}"#, false),
            (r#"{"cartoncloud":{"nonsense":1}}"#, false),
            (r#"{"cartoncloud":null}"#, false),
            (r#"{"order_number":7}"#, false),
            (r#"{"order_number":null}"#, false),
            (r#"{"packaging_weight_g":-1}"#, false),
            (r#"{"packaging_weight_g":1.5}"#, false),
            (r#"{"packaging_weight_g":"1"}"#, false),
            (r#"{"write_back_on":"Printed"}"#, false),
            (r#"{"trackstar":{"join_tracking_numbers":"true"}}"#, false),
            (r#"{"ship_statuses":"packed"}"#, false),
            (r#"{"rules":[{"to":"x"}]}"#, false),
            ("7", false),
            ("{", false),
        ] {
            assert_eq!(Settings::read(text.as_bytes()).is_ok(), good, "{text}");
            assert_eq!(serde_json::from_str::<Settings>(text).is_ok(), good, "{text}");
        }
    }
}

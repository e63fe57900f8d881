//! Settings out of a JSON tree. By hand: derived readers would make up a fifth of a component.

use connote_rules::json::Json;
use connote_rules::{Condition, Decimal, Rule, path};
use connote_types::steps::FieldError;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Article, BoxType, Cache, CodeForm, Origin, Sender, Settings, SuburbFrom, TableRate};

type Read<T> = Result<T, FieldError>;

impl Settings {
    /// Reads settings.
    ///
    /// # Errors
    /// The first field that is unknown or of another kind. Whether the values can be used is said by [`Settings::check`].
    pub fn read(bytes: &[u8]) -> Read<Self> {
        let json = Json::parse(bytes).map_err(|error| wrong("", error.to_string()))?;
        Self::from_tree(&json)
    }

    fn from_tree(json: &Json<'_>) -> Read<Self> {
        let at = Node { json, path: String::new() };
        at.only(&[
            "currency",
            "conversions",
            "boxes",
            "most_parcel_g",
            "default_piece_g",
            "items",
            "origins",
            "send_origin",
            "suburb",
            "rules",
            "table",
            "table_when_empty",
            "cache",
            "most_rates",
            "zone_by_street",
            "code_form",
        ])?;
        Ok(Self {
            currency: at.text("currency")?,
            conversions: at.get("conversions").pairs(Node::decimal)?,
            boxes: at.list("boxes", box_type)?,
            most_parcel_g: at.get("most_parcel_g").whole()?,
            default_piece_g: at.get("default_piece_g").whole()?,
            items: at.list("items", article)?,
            origins: at.list("origins", origin)?,
            send_origin: at.flag("send_origin", true)?,
            suburb: at.get("suburb").pairs(suburb_from)?,
            rules: at.list("rules", rule)?,
            table: at.list("table", table_rate)?,
            table_when_empty: at.flag("table_when_empty", false)?,
            cache: cache(&at.get("cache"))?,
            most_rates: at.get("most_rates").whole()?.unwrap_or(10),
            zone_by_street: at.flag("zone_by_street", false)?,
            code_form: code_form(&at.get("code_form"))?,
        })
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let tree = Json::deserialize(from)?;
        Self::from_tree(&tree).map_err(|error| D::Error::custom(format!("{}: {}", error.path, error.message)))
    }
}

fn box_type(at: &Node<'_, '_>) -> Read<BoxType> {
    at.only(&["name", "inner_mm", "outer_mm", "empty_g", "most_g"])?;
    Ok(BoxType {
        name: at.text("name")?,
        inner_mm: at.get("inner_mm").needed(Node::sides)?,
        outer_mm: at.get("outer_mm").sides()?,
        empty_g: at.get("empty_g").whole()?.unwrap_or(0),
        most_g: at.get("most_g").needed(Node::whole)?,
    })
}

fn article(at: &Node<'_, '_>) -> Read<Article> {
    at.only(&["sku", "size_mm", "weight_g", "alone", "upright"])?;
    Ok(Article {
        sku: at.text("sku")?,
        size_mm: at.get("size_mm").sides()?,
        weight_g: at.get("weight_g").whole()?,
        alone: at.flag("alone", false)?,
        upright: at.flag("upright", false)?,
    })
}

fn origin(at: &Node<'_, '_>) -> Read<Origin> {
    at.only(&["name", "account", "sender", "when"])?;
    let from = at.get("sender");
    let sender = if from.json.is_null() { None } else { Some(sender(&from)?) };
    Ok(Origin { name: at.text("name")?, account: at.text("account")?, sender, when: at.condition()? })
}

fn sender(at: &Node<'_, '_>) -> Read<Sender> {
    at.only(&["street", "suburb", "city", "state", "post_code", "country_code"])?;
    Ok(Sender {
        street: at.text("street")?,
        suburb: at.text("suburb")?,
        city: at.text("city")?,
        state: at.text("state")?,
        post_code: at.text("post_code")?,
        country_code: at.text("country_code")?,
    })
}

fn suburb_from(at: &Node<'_, '_>) -> Read<Option<SuburbFrom>> {
    SuburbFrom::named(at.json.word()).map(Some).ok_or_else(|| at.wrong("\"city\", \"address2\" or \"none\""))
}

fn rule(at: &Node<'_, '_>) -> Read<Rule> {
    Rule::parse(at.json).map_err(|error| wrong(&at.path, error.message))
}

fn table_rate(at: &Node<'_, '_>) -> Read<TableRate> {
    at.only(&["code", "name", "description", "price", "per_kg", "days_min", "days_max", "when"])?;
    Ok(TableRate {
        code: at.text("code")?,
        name: at.text("name")?,
        description: at.text("description")?,
        price: at.get("price").needed(Node::decimal)?,
        per_kg: at.get("per_kg").decimal()?.unwrap_or(Decimal::whole(0)),
        days_min: at.get("days_min").whole()?,
        days_max: at.get("days_max").whole()?,
        when: at.condition()?,
    })
}

fn cache(at: &Node<'_, '_>) -> Read<Cache> {
    let usual = Cache::default();
    if at.json.is_null() {
        return Ok(usual);
    }
    at.only(&["fresh_ms", "stale_ms", "empty_ms"])?;
    Ok(Cache {
        fresh_ms: at.get("fresh_ms").whole()?.unwrap_or(usual.fresh_ms),
        stale_ms: at.get("stale_ms").whole()?.unwrap_or(usual.stale_ms),
        empty_ms: at.get("empty_ms").whole()?.unwrap_or(usual.empty_ms),
    })
}

fn code_form(at: &Node<'_, '_>) -> Read<CodeForm> {
    match at.json {
        Json::Null => Ok(CodeForm::Code),
        json if json.word() == "code" => Ok(CodeForm::Code),
        json if json.word() == "code-and-name" => Ok(CodeForm::CodeAndName),
        _ => Err(at.wrong("\"code\" or \"code-and-name\"")),
    }
}

/// A value and where it stands.
struct Node<'j, 'a> {
    json: &'j Json<'a>,
    path: String,
}

/// Reads a value that may be absent.
type Reader<'j, 'a, T> = fn(&Node<'j, 'a>) -> Read<Option<T>>;

impl<'j, 'a> Node<'j, 'a> {
    fn get(&self, name: &str) -> Node<'j, 'a> {
        Node { json: self.json.get(name), path: path::push(&self.path, name) }
    }

    fn wrong(&self, wanted: &str) -> FieldError {
        wrong(&self.path, format!("{wanted} is wanted"))
    }

    /// This is a table of these keys and no others.
    fn only(&self, known: &[&str]) -> Read<()> {
        if !self.json.is_object() {
            return Err(self.wrong("a table"));
        }
        match self.json.members().iter().find(|(key, _)| !known.contains(&key.as_ref())) {
            None => Ok(()),
            Some((key, _)) => {
                let message = format!("there is no such setting; there are {}", known.join(", "));
                Err(wrong(&path::push(&self.path, key), message))
            }
        }
    }

    fn list<T>(&self, name: &str, read: fn(&Node<'_, '_>) -> Read<T>) -> Read<Vec<T>> {
        let list = self.get(name);
        match list.json {
            Json::Null => Ok(Vec::new()),
            Json::List(items) => {
                let node = |(at, json)| Node { json, path: format!("{}[{at}]", list.path) };
                items.iter().enumerate().map(|item| read(&node(item))).collect()
            }
            _ => Err(list.wrong("a list")),
        }
    }

    fn pairs<T>(&self, read: Reader<'j, 'a, T>) -> Read<Vec<(String, T)>> {
        if !self.json.is_null() && !self.json.is_object() {
            return Err(self.wrong("a table"));
        }
        let keys = self.json.members().iter().map(|(key, _)| key);
        keys.map(|key| Ok((key.to_string(), self.get(key).needed(read)?))).collect()
    }

    fn needed<T>(&self, read: Reader<'j, 'a, T>) -> Read<T> {
        read(self)?.ok_or_else(|| wrong(&self.path, "it is missing".to_owned()))
    }

    /// `""` when absent.
    fn text(&self, name: &str) -> Read<String> {
        let node = self.get(name);
        match node.json {
            Json::Null => Ok(String::new()),
            Json::Text(text) => Ok(text.trim().to_owned()),
            _ => Err(node.wrong("a text")),
        }
    }

    fn flag(&self, name: &str, usual: bool) -> Read<bool> {
        let node = self.get(name);
        match node.json {
            Json::Null => Ok(usual),
            Json::Bool(flag) => Ok(*flag),
            _ => Err(node.wrong("true or false")),
        }
    }

    fn whole<N: std::str::FromStr>(&self) -> Read<Option<N>> {
        match self.json {
            Json::Null => Ok(None),
            Json::Number(number) => number.parse().map(Some).map_err(|_| self.wrong("a whole number from 0")),
            _ => Err(self.wrong("a whole number from 0")),
        }
    }

    /// In quotes, or a number as it is written.
    fn decimal(&self) -> Read<Option<Decimal>> {
        match self.json {
            Json::Null => Ok(None),
            Json::Text(_) | Json::Number(_) => {
                Decimal::parse(self.json.text()).map(Some).ok_or_else(|| self.wrong("a decimal number in quotes"))
            }
            _ => Err(self.wrong("a decimal number in quotes")),
        }
    }

    fn sides(&self) -> Read<Option<[u32; 3]>> {
        if self.json.is_null() {
            return Ok(None);
        }
        let side = |json: &Json<'_>| json.text().parse::<u32>().ok();
        match self.json.items().iter().map(side).collect::<Option<Vec<u32>>>().as_deref() {
            Some([length, width, height]) => Ok(Some([*length, *width, *height])),
            _ => Err(self.wrong("length, width and height in whole millimetres: [300, 200, 100]")),
        }
    }

    fn condition(&self) -> Read<Option<Condition>> {
        let node = self.get("when");
        if node.json.is_null() {
            return Ok(None);
        }
        Condition::parse(node.json).map(Some).map_err(|message| wrong(&node.path, message))
    }
}

fn wrong(path: &str, message: String) -> FieldError {
    FieldError { path: path.to_owned(), message }
}

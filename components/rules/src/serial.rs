//! Rules through serde: a rule is read as a JSON tree first, so that one parser and one wording of errors serve TOML and JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::condition::{Condition, Test};
use crate::function::{Argument, Function};
use crate::json::Json;
use crate::rule::Rule;

/// The key under which serde_json hands on a number whose text it keeps.
const NUMBER: &str = "$serde_json::private::Number";

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Rule::parse(&Tree::deserialize(from)?.0).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Json<'static> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Tree::deserialize(from).map(|tree| tree.0)
    }
}

struct Tree(Json<'static>);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TreeVisitor).map(Tree)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Json<'static>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a rule")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(Cow::Owned(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        // The shortest text that reads back as the same number is the text that was written.
        Ok(Json::Number(Cow::Owned(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Tree(item)) = from.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = from.next_key::<String>()? {
            let Tree(value) = from.next_value()?;
            match value {
                Json::Text(number) if key == NUMBER => return Ok(Json::Number(number)),
                value => members.push((Cow::Owned(key), value)),
            }
        }
        Ok(Json::Object(members))
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(flag) => to.serialize_bool(*flag),
            Self::Number(text) => {
                let mut number = to.serialize_struct(NUMBER, 1)?;
                number.serialize_field(NUMBER, text)?;
                number.end()
            }
            Self::Text(text) => to.serialize_str(text),
            Self::List(items) => to.collect_seq(items),
            Self::Object(members) => to.collect_map(members.iter().map(|(key, value)| (key, value))),
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("to", &self.to)?;
        match (&self.text, self.from.as_slice()) {
            (Some(text), _) => map.serialize_entry("text", text)?,
            (None, [one]) => map.serialize_entry("from", one)?,
            (None, several) => map.serialize_entry("from", several)?,
        }
        if !self.via.is_empty() {
            map.serialize_entry("via", &self.via)?;
        }
        if let Some(when) = &self.when {
            map.serialize_entry("when", when)?;
        }
        if !self.doc.is_empty() {
            map.serialize_entry("doc", &self.doc)?;
        }
        map.end()
    }
}

/// A table of one entry.
fn entry<S: Serializer, V: Serialize + ?Sized>(to: S, key: &str, value: &V) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

impl Serialize for Function {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Join(separator) => entry(to, "join", separator),
            Self::Template(template) => entry(to, "template", template),
            Self::Default(text) => entry(to, "default", text),
            Self::Weight(Some(unit)) => entry(to, "weight", unit),
            Self::Length(Some(unit)) => entry(to, "length", unit),
            Self::Money(currency) => entry(to, "money", currency),
            Self::Map(table) => entry(to, "map", &Table(table)),
            Self::Cut(length) => entry(to, "cut", length),
            Self::Reckon(reckoning, by) => entry(to, reckoning.name(), &by.to_string()),
            plain => to.serialize_str(plain.name()),
        }
    }
}

struct Table<'a>(&'a [(String, String)]);

impl Serialize for Table<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(text) => to.serialize_str(text),
            Self::From(path) => entry(to, "from", path),
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All(all) => entry(to, "all", &List(all)),
            Self::Any(all) => entry(to, "any", &List(all)),
            Self::Not(inner) => entry(to, "not", inner.as_ref()),
            Self::Value(path, test) => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("path", path)?;
                match test {
                    Test::Is(wanted) => map.serialize_entry("is", wanted)?,
                    Test::In(wanted) => map.serialize_entry("in", wanted)?,
                    Test::Exists(wanted) => map.serialize_entry("exists", wanted)?,
                    Test::Over(limit) => map.serialize_entry("over", &limit.to_string())?,
                }
                map.end()
            }
        }
    }
}

struct List<'a>(&'a [Condition]);

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(self.0.len()))?;
        for one in self.0 {
            list.serialize_element(one)?;
        }
        list.end()
    }
}

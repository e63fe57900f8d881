//! Components and exports by name.

use std::path::{Path, PathBuf};

use connote_host::runtime::{Component, Export, Runtime, RuntimeSettings};
use serde_json::Value;

use crate::failure::{Failure, file};

/// Settings of the engine: shipped limits, and compiled code kept in the user's cache folder.
pub(crate) fn engine() -> RuntimeSettings {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache =
        folder("XDG_CACHE_HOME").or_else(|| folder("LOCALAPPDATA")).or_else(|| Some(folder("HOME")?.join(".cache")));
    RuntimeSettings { cache_dir: cache.map(|cache| cache.join("connote")), ..RuntimeSettings::default() }
}

/// The component that this version was shipped with under a name, or the one in a file. Most are named for their world.
pub(crate) fn component(name: &str, path: Option<&Path>) -> Result<Component, Failure> {
    let runtime = Runtime::new(&engine())?;
    if let Some(path) = path {
        let bytes = std::fs::read(path).map_err(file(path))?;
        return Ok(runtime.load(&path.display().to_string(), &bytes)?);
    }
    let shipped = connote_components::ALL.iter().find(|file| file.name == name);
    let file = shipped.ok_or_else(|| Failure::usage(format!("no component is named \"{name}\"")))?;
    Ok(runtime.load_known(file.name, file.digest, file.bytes)?)
}

/// An export by its name, with the nearest one for a mistyped name.
pub(crate) fn export(name: &str) -> Result<Export, Failure> {
    name.parse::<Export>().map_err(|error| {
        let known: Vec<String> = Export::ALL.iter().map(ToString::to_string).collect();
        let near = crate::spelling::nearest(name, known.iter().map(String::as_str));
        let fix = near
            .map_or_else(|| format!("the exports are: {}", known.join(", ")), |near| format!("did you mean {near}?"));
        Failure::usage(error.to_string()).fix(fix)
    })
}

/// Bytes that hold JSON may be written as that JSON: `"settings": {…}` for `"settings": "{…}"`.
pub(crate) fn loose(value: Value) -> Value {
    const BYTES: [&str; 3] = ["settings", "body", "resume"];
    match value {
        Value::Object(members) => {
            let member = |(key, value): (String, Value)| {
                let nested =
                    value.is_object() && !value.get("base64").is_some_and(Value::is_string) || value.is_array();
                let value =
                    if BYTES.contains(&key.as_str()) && nested { value.to_string().into() } else { loose(value) };
                (key, value)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(loose).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_in_the_place_of_bytes_becomes_its_text_and_base64_stays() {
        let given = json!({ "settings": { "a": 1 }, "documents": [{ "body": [1] }, { "body": { "base64": "AA==" } }, { "body": "x" }] });
        let expected = json!({ "settings": "{\"a\":1}", "documents": [{ "body": "[1]" }, { "body": { "base64": "AA==" } }, { "body": "x" }] });
        assert_eq!(loose(given), expected);
    }

    #[test]
    fn a_mistyped_export_is_answered_with_the_nearest() {
        assert_eq!(export("order-sorce.pull").unwrap_err().fix, "did you mean order-source.pull?");
    }
}

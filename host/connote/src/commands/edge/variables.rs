//! The values of variables: from the command line, else from the environment under Spin's names.

use std::collections::BTreeMap;

use connote_edge::settings::VARIABLE;
use connote_edge::webhooks::JOBS_URL;
use serde_json::json;

use super::deployment::{Deployment, is_name};
use crate::output::Screen;

/// Values by name.
pub(super) struct Values {
    given: BTreeMap<String, String>,
}

impl Values {
    pub(super) fn new(given: &[(String, String)]) -> Self {
        Self { given: given.iter().cloned().collect() }
    }

    /// Sets a value unless the command line has.
    pub(super) fn default(&mut self, name: &str, value: &str) {
        self.given.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }

    /// The value of a variable; an empty one is none.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let value = self.given.get(name).cloned().or_else(|| std::env::var(environment(name)).ok());
        value.filter(|value| !value.is_empty())
    }

    /// What the components see: the document, what it names, what they read besides, and what the command line sets.
    pub(super) fn visible(&self, deployment: &Deployment) -> BTreeMap<String, String> {
        let named =
            deployment.needed.keys().map(String::as_str).chain(self.given.keys().map(String::as_str)).chain(READ);
        let mut visible: BTreeMap<String, String> =
            named.filter_map(|name| Some((name.to_owned(), self.get(name)?))).collect();
        visible.insert(VARIABLE.to_owned(), deployment.json.clone());
        visible
    }

    /// Named variables without a value, each with where it is named.
    pub(super) fn missing<'a>(&self, deployment: &'a Deployment) -> impl Iterator<Item = (&'a str, &'a [String])> {
        let missing = |(name, _): &(&String, &Vec<String>)| self.get(name).is_none();
        deployment.needed.iter().filter(missing).map(|(name, places)| (name.as_str(), places.as_slice()))
    }
}

/// Variables that the components read without being told by the document: whether the page to try rates with is there, how many answers are kept
/// and whether whole, and where sweeps go.
const READ: [&str; 4] = ["page", "cache_slots", "whole_answers", JOBS_URL];

/// How the environment calls a variable, for us as for `spin up`.
pub(super) fn environment(name: &str) -> String {
    format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())
}

/// Reads `NAME=VALUE`. An error does not repeat the value.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is written as NAME=VALUE")?;
    if is_name(name) {
        Ok((name.to_owned(), value.to_owned()))
    } else {
        Err("a name has lower case letters, digits and _".to_owned())
    }
}

/// What to set for Spin.
pub(super) fn print(deployment: &Deployment, values: &Values, screen: &Screen) {
    if screen.json {
        let secrets = deployment.needed.iter().map(|(name, places)| {
            json!({ "variable": name, "environment": environment(name), "places": places, "set": values.get(name).is_some() })
        });
        screen.print_json(&json!({
            "variables": { VARIABLE: deployment.json },
            "secrets": secrets.collect::<Vec<_>>(),
            "allowed_outbound_hosts": deployment.hosts,
        }));
        return;
    }
    let mut text = format!("export {}={}\n", environment(VARIABLE), quoted(&deployment.json));
    if let Some(host) = deployment.forward_hosts.first() {
        text += &format!("export {}={}\n", environment("forward_host"), quoted(host));
    }
    let hosts: Vec<String> = deployment.hosts.iter().map(|host| format!("{host:?}")).collect();
    text +=
        &format!("# These must stand in allowed_outbound_hosts of the components of spin.toml: {}\n", hosts.join(", "));
    if !deployment.needed.is_empty() {
        text += "# Secrets, to be set in the same way:\n";
    }
    let width = deployment.needed.keys().map(|name| environment(name).len()).max().unwrap_or(0);
    for (name, places) in &deployment.needed {
        text += &format!("# {:width$}  {}\n", environment(name), places.join(", "));
    }
    screen.print(&text);
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_document_names_is_visible() {
        let json = r#"{"accounts":{"a":{"api_key":"key_a","subscription_key":"key_b"}}}"#;
        let deployment = Deployment::from_json("test", json).unwrap();
        let values = Values::new(&[("key_a".into(), "1".into()), ("page".into(), "off".into())]);
        let visible = values.visible(&deployment);
        assert_eq!(visible.keys().collect::<Vec<_>>(), ["connections", "key_a", "page"]);
        assert_eq!(visible["connections"], json);
        assert_eq!(
            Values::new(&[("key_a".into(), String::new())]).missing(&deployment).count(),
            2,
            "an empty value is none"
        );
    }

    #[test]
    fn a_pair_that_is_none_is_refused_without_its_value() {
        assert_eq!(pair("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
        for text in ["canary", "Name=canary", "=canary"] {
            assert!(!pair(text).unwrap_err().contains("canary"), "{text}");
        }
    }

    #[test]
    fn a_quoted_text_is_one_word_for_a_shell() {
        assert_eq!(quoted(r#"{"a":"it's"}"#), r#"'{"a":"it'\''s"}'"#);
    }
}

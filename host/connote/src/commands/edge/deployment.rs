//! What `edge.toml` says: a document that the components read, and what the host has to know of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use connote_edge::account::base_url;
use connote_edge::settings::{Account, Connection, Document, Mode};
use connote_edge::webhooks::SWEEP_TOKEN;
use connote_rate_quoter::settings::Settings;
use connote_types::steps::FieldError;
use serde_json::Value;

use crate::config::rates::mistakes;
use crate::failure::Failure;

/// The file as it is looked for without `--config`.
pub(super) const DEFAULT_PATH: &str = "edge.toml";

/// What is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Deployment {
    /// The value of the variable `connections`: compact, its keys in order.
    pub(super) json: String,
    /// The variables that it names, each with where.
    pub(super) needed: BTreeMap<String, Vec<String>>,
    /// Hosts that requests have to reach, as `allowed_outbound_hosts` has them.
    pub(super) hosts: BTreeSet<String>,
    /// The connections.
    pub(super) connections: Vec<Served>,
    /// Where events are forwarded to.
    pub(super) forward_hosts: BTreeSet<String>,
    /// Whether events of any connection are carried out here.
    pub(super) runs_here: bool,
}

/// What a connection answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) name: String,
    /// Whether it answers rates.
    pub(super) rates: bool,
    /// Whose webhooks it takes.
    pub(super) sources: Vec<&'static str>,
}

impl Served {
    /// The paths of its webhooks.
    pub(super) fn webhooks(&self) -> impl Iterator<Item = String> {
        self.sources.iter().map(|source| format!("/webhooks/{}/{source}", self.name))
    }
}

impl Deployment {
    /// From a file.
    pub(super) fn from_toml(path: &Path, text: &str) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let value: Value = toml::from_str(text).map_err(|error: toml::de::Error| {
            let line =
                error.span().map_or(1, |span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
            Failure::usage(format!("{name}, line {line}: {}", error.message()))
        })?;
        Self::from_json(&name, &sorted(value).to_string()).map_err(|failure| in_file(text, failure))
    }

    /// From the document itself.
    pub(super) fn from_json(name: &str, json: &str) -> Result<Self, Failure> {
        let document = checked(name, json)?;
        let mut deployment = Self { json: json.to_owned(), ..Self::default() };
        for (account_name, account) in &document.accounts {
            deployment.account(name, account_name, account)?;
        }
        for connection_name in document.connections.keys() {
            let connection = document.connection(connection_name);
            let connection = connection.map_err(|mistake| Failure::usage(format!("{name}: {mistake}")))?;
            if let Some(connection) = connection {
                deployment.connection(name, connection_name, &connection)?;
            }
        }
        Ok(deployment)
    }

    fn account(&mut self, file: &str, name: &str, account: &Account) -> Result<(), Failure> {
        let at = |field: &str| format!("accounts.{name}.{field}");
        self.host(file, &at("base_url"), base_url(account))?;
        let variables = [
            ("api_key", &account.api_key),
            ("subscription_key", &account.subscription_key),
            ("access_token", &account.access_token),
            ("client_id", &account.client_id),
            ("client_secret", &account.client_secret),
        ];
        for (field, variable) in variables {
            self.needs(file, variable, at(field))?;
        }
        Ok(())
    }

    fn connection(&mut self, file: &str, name: &str, connection: &Connection<'_>) -> Result<(), Failure> {
        let at = |field: &str| format!("connections.{name}.{field}");
        self.needs(file, &connection.token, at("token"))?;
        let mut served = Served { name: name.to_owned(), rates: connection.rates.is_some(), sources: Vec::new() };
        for (source, party) in connection.parties() {
            for secret in &party.secrets {
                self.needs(file, secret, at(&format!("{source}.secrets")))?;
            }
            if connection.events.is_some() && !party.secrets.is_empty() {
                served.sources.push(source);
            }
        }
        for secret in &connection.saleor.secrets {
            self.needs(file, secret, at("saleor.secrets"))?;
        }
        match &connection.events {
            None => {}
            Some(events) if events.mode == Mode::RunHere => {
                self.runs_here = true;
                self.needs(file, SWEEP_TOKEN, at("events.mode"))?;
            }
            Some(events) => {
                self.host(file, &at("events.url"), &events.url)?;
                self.forward_hosts.extend(origin_of(&events.url));
                self.needs(file, &events.token, at("events.token"))?;
            }
        }
        self.connections.push(served);
        Ok(())
    }

    fn needs(&mut self, file: &str, variable: &str, place: String) -> Result<(), Failure> {
        if variable.is_empty() {
            return Ok(());
        }
        if !is_name(variable) {
            // What stands there may be the secret itself.
            return Err(Failure::usage(format!("{file}: {place} is no name of a variable"))
                .fix("a variable that holds the secret, in lower case: main_token; its value comes from SPIN_VARIABLE_MAIN_TOKEN"));
        }
        self.needed.entry(variable.to_owned()).or_default().push(place);
        Ok(())
    }

    fn host(&mut self, file: &str, place: &str, url: &str) -> Result<(), Failure> {
        let origin = origin_of(url)
            .ok_or_else(|| Failure::usage(format!("{file}: {place} is not a URL such as https://api.example.com")))?;
        self.hosts.insert(origin);
        Ok(())
    }

    /// Whether events come that must not be taken twice.
    pub(super) fn has_events(&self) -> bool {
        self.connections.iter().any(|connection| !connection.sources.is_empty())
    }
}

/// A mistake with its line in the file, where that is certain, and without its place in the document that was made of it.
fn in_file(text: &str, mut failure: Failure) -> Failure {
    if let Some(at) = failure.message.find(" at line 1 column ") {
        failure.message.truncate(at);
    }
    let key =
        failure.message.split_once("unknown field `").and_then(|(_, rest)| rest.split_once('`')).map(|(key, _)| key);
    let sets = |line: &str| {
        key.is_some_and(|key| line.trim().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')))
    };
    let mut lines = text.lines().enumerate().filter(|(_, line)| sets(line));
    if let (Some((index, _)), None) = (lines.next(), lines.next()) {
        failure.message = format!("{} (line {})", failure.message, index + 1);
    }
    failure
}

/// All that can be checked before a port is opened; every mistake is told at once.
fn checked<'a>(name: &str, json: &'a str) -> Result<Document<'a>, Failure> {
    let document = Document::parse(json).map_err(|mistake| Failure::usage(format!("{name}: {mistake}")))?;
    let mut mistakes: Vec<String> = document.mistakes().iter().map(ToString::to_string).collect();
    for connection in document.connections.keys() {
        mistakes.extend(rates_mistakes(&document, connection));
    }
    if mistakes.is_empty() { Ok(document) } else { Err(Failure::usage(format!("{name}: {}", mistakes.join("; ")))) }
}

/// What the quoter would refuse, told before a buyer waits.
fn rates_mistakes(document: &Document<'_>, connection: &str) -> Vec<String> {
    let Ok(Some(Connection { rates: Some(rates), .. })) = document.connection(connection) else { return Vec::new() };
    let is_account = |name: &str| document.accounts.contains_key(name);
    let settings = Settings::read(rates.get().as_bytes());
    let mistakes = settings.map_or_else(|mistake| vec![mistake], |settings| mistakes(&settings, is_account));
    let told = |field: FieldError| format!("connections.{connection}.rates.{}: {}", field.path, field.message);
    mistakes.into_iter().map(told).collect()
}

/// Lower case, digits and `_`, as Spin wants variables.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Scheme, host and port of a URL.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest
        .split(['/', '?', '#'])
        .next()
        .filter(|authority| !authority.is_empty() && !authority.contains(['@', '*']))?;
    let origin = format!("{scheme}://{authority}");
    origin.parse::<connote_edge_host::AllowedHost>().ok().map(|_| origin)
}

/// Keys in order, so that the same settings always are the same text.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> =
                members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [accounts.main]
        kind = "starshipit"
        api_key = "starshipit_key"
        subscription_key = "starshipit_subscription"

        [accounts.private]
        base_url = "http://localhost:8701/proxy"
        api_key = "starshipit_key"
        subscription_key = "starshipit_subscription"

        [connections.shop]
        account = "main"
        token = "shop_token"
        rates = { currency = "AUD" }
        shopify = { secrets = ["shopify_secret", "shopify_old"], site = "example.myshopify.com" }
        events = { mode = "forward", url = "https://connote.example/v1/events", token = "forward_token" }
    "#;

    fn read(text: &str) -> Result<Deployment, Failure> {
        Deployment::from_toml(Path::new("edge.toml"), text)
    }

    #[test]
    fn a_file_tells_its_variables_hosts_and_routes() {
        let deployment = read(FILE).unwrap();
        let needed: Vec<&str> = deployment.needed.keys().map(String::as_str).collect();
        assert_eq!(
            needed,
            [
                "forward_token",
                "shop_token",
                "shopify_old",
                "shopify_secret",
                "starshipit_key",
                "starshipit_subscription"
            ]
        );
        assert_eq!(deployment.needed["starshipit_key"], ["accounts.main.api_key", "accounts.private.api_key"]);
        let hosts: Vec<&str> = deployment.hosts.iter().map(String::as_str).collect();
        assert_eq!(hosts, ["http://localhost:8701", "https://api.starshipit.com", "https://connote.example"]);
        let served = Served { name: "shop".into(), rates: true, sources: vec!["shopify"] };
        assert_eq!(deployment.connections, [served]);
        assert!(deployment.has_events());
    }

    #[test]
    fn the_same_settings_in_another_order_are_the_same_document() {
        let account = "[accounts.a]\napi_key = \"k\"\nkind = \"starshipit\"\nsubscription_key = \"s\"\n";
        let connection = "[connections.c]\naccount = \"a\"\n";
        let one = read(&format!("{account}{connection}")).unwrap();
        assert_eq!(one.json, read(&format!("{connection}{account}")).unwrap().json);
        let json = r#"{"accounts":{"a":{"api_key":"k","kind":"starshipit","subscription_key":"s"}},"connections":{"c":{"account":"a"}}}"#;
        assert_eq!(one.json, json);
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_without_what_may_be_a_secret() {
        for (text, words) in [
            ("[connections.c]\naccount = \"mian\"", "connections.c.account: there is no account \"mian\""),
            ("[connections.c]\ntoken = \"Canary-77\"", "connections.c.token is no name of a variable"),
            ("[connections.c]\ndeadline_ms = 20000", "connections.c.deadline_ms"),
            ("[connections.c]\nacount = \"x\"", "connections.c"),
            (
                "[accounts.a]\nbase_url = \"https://*.example.com\"\napi_key = \"k\"\nsubscription_key = \"s\"",
                "accounts.a.base_url is not a URL",
            ),
            ("[accounts.a]\nbase_url = \"example.com\"", "accounts.a.base_url: "),
            ("connections = \n", "line 1"),
            (
                "[accounts.a]\napi_key = \"k\"\nsubscription_key = \"s\"\n[connections.c]\naccount = \"a\"\ntoken = \"t\"\nrates = { curency = \"AUD\" }",
                "connections.c.rates.curency",
            ),
        ] {
            let failure = read(text).unwrap_err();
            assert!(failure.message.contains(words), "{text}: {}", failure.message);
            assert!(!format!("{failure:?}").contains("Canary"), "{failure:?}");
        }
    }
}

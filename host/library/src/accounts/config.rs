//! Accounts as a config file writes them. A secret is given literally, as `{ env = "NAME" }` or as `{ file = "path" }`:
//!
//! ```toml
//! [accounts.starshipit]
//! kind = "starshipit"
//! api_key = { env = "STARSHIPIT_API_KEY" }
//! subscription_key = { file = "/run/secrets/subscription" }
//! budget = { per_second = 2, share = "1/4" }
//!
//! [accounts.my-wms]
//! base_url = "https://wms.example/api"
//! auth = { type = "headers", headers = { x-token = { env = "WMS_TOKEN" } } }
//! ```

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::{Account, AccountError, Auth, BudgetSettings, Kind, MAX_RESPONSE_BYTES, OAuth2, RENEW_BEFORE_S};

/// One account in a config file; its name is the key of the table that holds it. What is absent comes from the kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountConfig {
    /// Which system; decides the defaults of all that follows and which of the five credentials below are asked for.
    pub kind: Kind,
    /// See [`Account::base_url`].
    pub base_url: Option<String>,
    /// Starshipit, Trackstar.
    pub api_key: Option<Source>,
    /// Starshipit.
    pub subscription_key: Option<Source>,
    /// Trackstar.
    pub access_token: Option<Source>,
    /// CartonCloud. Not secret, but often kept beside its secret.
    pub client_id: Option<Source>,
    /// CartonCloud.
    pub client_secret: Option<Source>,
    /// For a kind that is not listed.
    pub auth: Option<AuthConfig>,
    /// See [`BudgetSettings`].
    pub budget: BudgetConfig,
    /// See [`Account::allow_private`].
    pub allow_private: bool,
    /// See [`Account::paths`].
    pub paths: Option<Vec<String>>,
    /// See [`Account::headers`]; added to those of the kind.
    pub headers: BTreeMap<String, String>,
    /// See [`Account::max_response_bytes`].
    pub max_response_bytes: Option<usize>,
    /// See [`Account::one_by_one`].
    pub one_by_one: bool,
}

/// See [`Auth`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// `none`, `headers`, `basic` or `oauth2-client-credentials`.
    pub r#type: String,
    /// `headers`: secret values. `oauth2-client-credentials`: headers of the token request.
    pub headers: BTreeMap<String, Source>,
    /// `basic`.
    pub user: Option<Source>,
    /// `basic`.
    pub password: Option<Source>,
    /// `oauth2-client-credentials`.
    pub token_path: String,
    /// `oauth2-client-credentials`.
    pub client_id: Option<Source>,
    /// `oauth2-client-credentials`.
    pub client_secret: Option<Source>,
    /// `oauth2-client-credentials`, see [`OAuth2::renew_before_s`].
    pub renew_before_s: Option<u32>,
}

/// See [`BudgetSettings`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BudgetConfig {
    /// See [`BudgetSettings::key`].
    pub key: String,
    /// See [`BudgetSettings::per_second`].
    pub per_second: Option<Ratio>,
    /// See [`BudgetSettings::share`].
    pub share: Option<Ratio>,
}

/// Where a secret is.
#[derive(Clone, Debug)]
pub enum Source {
    /// In the config itself.
    Literal(SecretString),
    /// In an environment variable.
    Env(String),
    /// In a file, whose last line break does not count.
    File(String),
}

impl Source {
    /// The secret.
    ///
    /// # Errors
    /// What is wrong with it, in words that never repeat it.
    pub fn read(&self, secrets: &dyn Secrets) -> Result<SecretString, String> {
        let value = match self {
            Self::Literal(secret) => secret.clone(),
            Self::Env(name) => SecretString::from(
                secrets
                    .env(name)
                    .ok_or_else(|| format!("the environment variable {name:?} is not set, or not Unicode"))?,
            ),
            Self::File(path) => {
                let text = secrets.file(path).map_err(|why| format!("cannot read {path:?}: {why}"))?;
                SecretString::from(text.strip_suffix('\n').map_or(text.as_str(), |t| t.trim_end_matches('\r')))
            }
        };
        check_value(value.expose_secret()).map_err(str::to_owned)?;
        Ok(value)
    }
}

/// Reads environment and files. A port, since a library must not look around by itself.
pub trait Secrets {
    /// The value of an environment variable, if it is set.
    fn env(&self, name: &str) -> Option<String>;

    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// The environment and the files of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemSecrets;

impl Secrets for SystemSecrets {
    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.kind().to_string())
    }
}

/// A positive fraction: `2`, `0.25`, `"1/4"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    pub(super) numerator: u32,
    pub(super) denominator: u32,
}

impl Ratio {
    /// A whole number; 0 counts as 1.
    #[must_use]
    pub const fn whole(number: u32) -> Self {
        Self::new(number, 1)
    }

    /// A fraction; a 0 on either side counts as 1.
    #[must_use]
    pub const fn new(numerator: u32, denominator: u32) -> Self {
        let numerator = if numerator == 0 { 1 } else { numerator };
        Self { numerator, denominator: if denominator == 0 { 1 } else { denominator } }
    }

    fn parse(text: &str) -> Option<Self> {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        let (numerator, denominator) = (numerator.trim().parse().ok()?, denominator.trim().parse().ok()?);
        (numerator > 0 && denominator > 0).then_some(Self { numerator, denominator })
    }
}

struct RatioVisitor;

impl Visitor<'_> for RatioVisitor {
    type Value = Ratio;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number above 0 such as 2, 0.25 or \"1/4\"")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Ratio, E> {
        u32::try_from(value)
            .ok()
            .filter(|v| *v > 0)
            .map(Ratio::whole)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Ratio, E> {
        self.visit_i64(i64::try_from(value).unwrap_or(-1))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Ratio, E> {
        let thousandths = (value * 1_000.0).round();
        if !(1.0..=1_000_000_000.0).contains(&thousandths) {
            return Err(E::invalid_value(de::Unexpected::Float(value), &self));
        }
        Ratio::parse(&format!("{thousandths:.0}/1000"))
            .ok_or_else(|| E::invalid_value(de::Unexpected::Float(value), &self))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Ratio, E> {
        Ratio::parse(value).ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RatioVisitor)
    }
}

/// Its errors never repeat a value: it may be the secret in the wrong form.
struct SourceVisitor;

const SOURCE: &str = "a secret is text in quotes, { env = \"NAME\" } or { file = \"path\" }";

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = Source;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SOURCE)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Source, E> {
        Ok(Source::Literal(value.into()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Source, E> {
        Ok(Source::Literal(value.into()))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Source, E> {
        Err(E::custom(SOURCE))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Source, E> {
        Err(E::custom(SOURCE))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Source, E> {
        Err(E::custom(SOURCE))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Source, E> {
        Err(E::custom(SOURCE))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Source, A::Error> {
        let wrong = |_| de::Error::custom(SOURCE);
        let entry = map.next_entry::<String, String>().map_err(wrong)?;
        if map.next_key::<String>().map_err(wrong)?.is_some() {
            return Err(de::Error::custom(SOURCE));
        }
        match entry {
            Some((key, name)) if key == "env" => Ok(Source::Env(name)),
            Some((key, path)) if key == "file" => Ok(Source::File(path)),
            _ => Err(de::Error::custom(SOURCE)),
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

/// Reads the secrets of one account.
struct Reader<'a> {
    account: &'a str,
    secrets: &'a dyn Secrets,
}

impl Reader<'_> {
    fn read(&self, field: &str, source: Option<&Source>) -> Result<SecretString, AccountError> {
        let wrong = |fix: String| AccountError::new(self.account, field, fix);
        let source = source.ok_or_else(|| wrong(format!("is missing: {SOURCE}")))?;
        source.read(self.secrets).map_err(wrong)
    }

    fn text(&self, field: &str, source: Option<&Source>) -> Result<String, AccountError> {
        self.read(field, source).map(|text| text.expose_secret().to_owned())
    }

    fn headers(&self, headers: &BTreeMap<String, Source>) -> Result<Vec<(String, SecretString)>, AccountError> {
        headers
            .iter()
            .map(|(name, source)| Ok((name.clone(), self.read(&format!("auth.headers.{name}"), Some(source))?)))
            .collect()
    }

    fn auth(&self, auth: &AuthConfig) -> Result<Auth, AccountError> {
        match auth.r#type.as_str() {
            "none" => Ok(Auth::None),
            "headers" => self.headers(&auth.headers).map(Auth::Headers),
            "basic" => Ok(Auth::Basic {
                user: self.text("auth.user", auth.user.as_ref())?,
                password: self.read("auth.password", auth.password.as_ref())?,
            }),
            "oauth2-client-credentials" => self.oauth2(auth).map(Auth::OAuth2ClientCredentials),
            _ => Err(AccountError::new(
                self.account,
                "auth.type",
                "must be none, headers, basic or oauth2-client-credentials",
            )),
        }
    }

    fn oauth2(&self, auth: &AuthConfig) -> Result<OAuth2, AccountError> {
        if !auth.token_path.starts_with('/') {
            return Err(AccountError::new(self.account, "auth.token_path", "must begin with /, as /oauth/token"));
        }
        let headers = self.headers(&auth.headers)?;
        Ok(OAuth2 {
            token_path: auth.token_path.clone(),
            client_id: self.text("auth.client_id", auth.client_id.as_ref())?,
            client_secret: self.read("auth.client_secret", auth.client_secret.as_ref())?,
            headers: headers.into_iter().map(|(name, value)| (name, value.expose_secret().to_owned())).collect(),
            renew_before_s: auth.renew_before_s.unwrap_or(RENEW_BEFORE_S),
        })
    }
}

/// A secret goes into a header.
fn check_value(value: &str) -> Result<(), &'static str> {
    if value.is_empty() {
        return Err("is empty");
    }
    if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || value.trim() != value {
        return Err("begins or ends with a space or holds a character that no header can carry, such as a line break");
    }
    Ok(())
}

impl AccountConfig {
    /// Fetches the secrets and fills in what the kind decides.
    ///
    /// # Errors
    /// The account, the field and what to do; never a value.
    pub fn load(&self, name: &str, secrets: &dyn Secrets) -> Result<Account, AccountError> {
        let mut account = self.base(name, &Reader { account: name, secrets })?.named(name);
        if let Some(base_url) = &self.base_url {
            account.base_url.clone_from(base_url);
        }
        if let Some(paths) = &self.paths {
            account.paths.clone_from(paths);
        }
        account.headers.retain(|(name, _)| !self.headers.keys().any(|own| own.eq_ignore_ascii_case(name)));
        account.headers.extend(self.headers.clone());
        account.budget = BudgetSettings {
            key: self.budget.key.clone(),
            per_second: self.budget.per_second.unwrap_or(account.budget.per_second),
            share: self.budget.share.unwrap_or(account.budget.share),
        };
        account.allow_private = self.allow_private;
        account.max_response_bytes = self.max_response_bytes.unwrap_or(MAX_RESPONSE_BYTES);
        account.origin().map(|_| account)
    }

    fn base(&self, name: &str, reader: &Reader<'_>) -> Result<Account, AccountError> {
        if self.kind != Kind::Other && self.auth.is_some() {
            return Err(AccountError::new(
                name,
                "auth",
                "belongs to kind = \"other\"; this kind asks for its own keys",
            ));
        }
        match self.kind {
            Kind::Starshipit => Ok(Account::starshipit(
                reader.read("api_key", self.api_key.as_ref())?,
                reader.read("subscription_key", self.subscription_key.as_ref())?,
            )),
            Kind::Trackstar => Ok(Account::trackstar(
                reader.read("api_key", self.api_key.as_ref())?,
                reader.read("access_token", self.access_token.as_ref())?,
            )),
            Kind::Cartoncloud => Ok(Account::cartoncloud(
                reader.text("client_id", self.client_id.as_ref())?,
                reader.read("client_secret", self.client_secret.as_ref())?,
            )),
            Kind::Other => {
                let auth = self.auth.as_ref().map_or(Ok(Auth::None), |auth| reader.auth(auth))?;
                Ok(Account::new(name, "", auth))
            }
        }
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;

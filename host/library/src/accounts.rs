//! Accounts: where requests go and who they come from, described by data.
//!
//! A component names an account and a path; scheme, host and credentials are added here, in the host, as a request leaves. No `Debug` or
//! `Display` in this module shows a secret.

mod config;
mod origin;
mod presets;

pub use config::{AccountConfig, Ratio, Secrets, Source, SystemSecrets};
pub use origin::Origin;
pub use secrecy::SecretString;

use connote_driver::Grant;
use secrecy::ExposeSecret;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Default of [`Account::max_response_bytes`]: a history holds 16 MiB and must take more than one answer; the largest wanted answers, label files in
/// base64, stay below 2 MiB.
pub const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024;

/// Default of [`OAuth2::renew_before_s`]: longer than a request waits for its rate token, so that a token does not expire in the queue.
pub const RENEW_BEFORE_S: u32 = 120;

/// A base URL with credentials.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name that requests use.
    pub name: String,
    /// Scheme, host, port and an optional path prefix that is put before every path: `https://api.starshipit.com`.
    pub base_url: String,
    /// Who requests come from.
    pub auth: Auth,
    /// Which system stands behind it; decides defaults only.
    pub kind: Kind,
    /// How many requests may leave.
    pub budget: BudgetSettings,
    /// Whether the base URL may lead to private, loopback and link-local addresses, and may begin with `http://` there. Addresses of cloud
    /// metadata services and special ranges are refused even so.
    pub allow_private: bool,
    /// The path of a request must begin with one of these; empty allows every path.
    pub paths: Vec<String>,
    /// Headers sent with every request, such as `accept-version: 1`. Not secret.
    pub headers: Vec<(String, String)>,
    /// A longer body makes the answer `unknown`.
    pub max_response_bytes: usize,
    /// Whether requests that the far end takes several of at once all go by themselves: orders are then created one by one and never imported together.
    pub one_by_one: bool,
}

/// Which system stands behind an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// api.starshipit.com.
    Starshipit,
    /// production.trackstarhq.com.
    Trackstar,
    /// api.cartoncloud.com.
    Cartoncloud,
    /// Anything else: the base URL has to be given.
    #[default]
    Other,
}

/// How requests prove who they come from.
#[derive(Clone, Debug, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// By headers with secret values. Names in any case.
    Headers(Vec<(String, SecretString)>),
    /// HTTP Basic.
    Basic {
        /// Not secret.
        user: String,
        /// Secret.
        password: SecretString,
    },
    /// By a bearer token that the host fetches for itself.
    OAuth2ClientCredentials(OAuth2),
}

/// The OAuth 2 client credentials grant (RFC 6749, 4.4) with the client in HTTP Basic.
#[derive(Clone, Debug)]
pub struct OAuth2 {
    /// Where tokens are fetched, below the base URL: `/uaa/oauth/token`.
    pub token_path: String,
    /// Not secret.
    pub client_id: String,
    /// Secret.
    pub client_secret: SecretString,
    /// Headers of the token request, besides the account's.
    pub headers: Vec<(String, String)>,
    /// A token is fetched anew this many seconds before it expires, but not before half of its life has passed.
    pub renew_before_s: u32,
}

/// How many requests may leave, together with all accounts and processes that use the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Names the limit that is shared. Never the secret itself: a name or a digest. Empty: [`Account::budget_key`] makes one.
    pub key: String,
    /// Requests in a second.
    pub per_second: Ratio,
    /// The part of it that this host may use, when others use the same key and cannot share a database with it.
    pub share: Ratio,
}

impl Default for BudgetSettings {
    /// Starshipit's lower tier, 2 in a second (api-docs.starshipit.com): the only limit that is known of an unknown key.
    fn default() -> Self {
        Self { key: String::new(), per_second: Ratio::whole(2), share: Ratio::whole(1) }
    }
}

impl BudgetSettings {
    /// Microseconds between two requests, rounded up so that the rate is never exceeded.
    #[must_use]
    pub fn interval_us(&self) -> u64 {
        let over = 1_000_000_u128 * u128::from(self.per_second.denominator) * u128::from(self.share.denominator);
        let under = u128::from(self.per_second.numerator) * u128::from(self.share.numerator);
        u64::try_from(over.div_ceil(under.max(1))).unwrap_or(u64::MAX)
    }
}

/// What is wrong with an account, and how to mend it. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("account \"{account}\", {field}: {fix}")]
pub struct AccountError {
    /// The account's name.
    pub account: String,
    /// The field in its config.
    pub field: String,
    /// What is wrong and what would be right.
    pub fix: String,
}

impl AccountError {
    pub(crate) fn new(account: &str, field: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { account: account.to_owned(), field: field.into(), fix: fix.into() }
    }
}

impl Account {
    /// An account of an unlisted system with the default budget.
    #[must_use]
    pub fn new(name: impl Into<String>, base_url: impl Into<String>, auth: Auth) -> Self {
        Self {
            name: name.into(),
            base_url: base_url.into(),
            auth,
            kind: Kind::Other,
            budget: BudgetSettings::default(),
            allow_private: false,
            paths: Vec::new(),
            headers: Vec::new(),
            max_response_bytes: MAX_RESPONSE_BYTES,
            one_by_one: false,
        }
    }

    /// The same account under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same account somewhere else: a sandbox, a region.
    #[must_use]
    pub fn at(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// The same account, which may lead to private and loopback addresses.
    #[must_use]
    pub fn allowing_private(mut self) -> Self {
        self.allow_private = true;
        self
    }

    /// What a job may do that is given this account.
    #[must_use]
    pub fn grant(&self) -> Grant {
        let own = self.headers.iter().map(|(name, _)| name);
        let secret = match &self.auth {
            Auth::Headers(headers) => headers.iter().map(|(name, _)| name).collect(),
            Auth::None | Auth::Basic { .. } | Auth::OAuth2ClientCredentials(_) => Vec::new(),
        };
        let mut headers: Vec<String> = own.chain(secret).map(|name| name.to_ascii_lowercase()).collect();
        headers.push("user-agent".to_owned());
        Grant { account: self.name.clone(), paths: self.paths.clone(), headers }
    }

    /// The key of the shared budget: the one given, else a digest of the secret that decides the far end's limit (Starshipit counts per subscription
    /// key, Trackstar per access token, CartonCloud per client), else the account's name.
    #[must_use]
    pub fn budget_key(&self) -> String {
        if !self.budget.key.is_empty() {
            return self.budget.key.clone();
        }
        match &self.auth {
            Auth::Headers(headers) => ["ocp-apim-subscription-key", "x-trackstar-access-token"]
                .iter()
                .find_map(|wanted| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)))
                .map(|(_, secret)| secret_name("budget", secret.expose_secret())),
            Auth::OAuth2ClientCredentials(oauth) => Some(secret_name("budget", &oauth.client_id)),
            Auth::None | Auth::Basic { .. } => None,
        }
        .unwrap_or_else(|| format!("account:{}", self.name))
    }

    /// All secrets, to keep them out of what is stored.
    pub(crate) fn secrets(&self) -> Vec<&SecretString> {
        match &self.auth {
            Auth::None => Vec::new(),
            Auth::Headers(headers) => headers.iter().map(|(_, secret)| secret).collect(),
            Auth::Basic { password, .. } => vec![password],
            Auth::OAuth2ClientCredentials(oauth) => vec![&oauth.client_secret],
        }
    }

    /// The base URL, taken apart.
    ///
    /// # Errors
    /// What is wrong with `base_url`.
    pub fn origin(&self) -> Result<Origin, AccountError> {
        Origin::parse(&self.base_url, self.allow_private).map_err(|fix| AccountError::new(&self.name, "base_url", fix))
    }
}

/// A name for a secret that does not tell it, another one for each purpose: 16 hexadecimal digits. Keys have far more than the 64 bits that are kept.
#[must_use]
pub fn secret_name(purpose: &str, secret: &str) -> String {
    let hash = Sha256::new().chain_update(format!("connote {purpose} 1\0")).chain_update(secret).finalize();
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary-5f1d9c7e";

    #[test]
    fn an_account_never_shows_its_secrets() {
        for account in [
            Account::starshipit(CANARY, CANARY),
            Account::trackstar(CANARY, CANARY),
            Account::cartoncloud("client", CANARY),
            Account::new("b", "https://b.example", Auth::Basic { user: "u".into(), password: CANARY.into() }),
        ] {
            assert!(!format!("{account:?} {:?} {}", account.grant(), account.budget_key()).contains(CANARY));
        }
    }

    #[test]
    fn two_starshipit_accounts_with_one_subscription_key_share_one_budget() {
        let one = Account::starshipit("api-1", "subscription");
        let two = Account::starshipit("api-2", "subscription").named("child");
        assert_eq!(one.budget_key(), two.budget_key());
        assert_ne!(one.budget_key(), Account::starshipit("api-1", "other").budget_key());
    }

    #[test]
    fn the_exact_key_headers_are_the_accounts_and_a_component_may_not_set_them_nor_leave_its_paths() {
        let grant = Account::cartoncloud("client", CANARY).grant();
        assert_eq!(grant.paths, ["/tenants/"]);
        let grant = Account::starshipit(CANARY, CANARY).grant();
        assert!(grant.headers.contains(&"starshipit-api-key".to_owned()));
        assert!(grant.headers.contains(&"ocp-apim-subscription-key".to_owned()));
    }

    #[test]
    fn a_share_of_a_rate_is_rounded_to_the_slower_side() {
        let budget = |rate, share| BudgetSettings { per_second: rate, share, ..BudgetSettings::default() };
        assert_eq!(budget(Ratio::whole(2), Ratio::whole(1)).interval_us(), 500_000);
        assert_eq!(budget(Ratio::whole(2), Ratio::new(1, 4)).interval_us(), 2_000_000);
        assert_eq!(budget(Ratio::whole(3), Ratio::whole(1)).interval_us(), 333_334);
    }
}

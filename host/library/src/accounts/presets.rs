//! The accounts of the systems that are known, with their addresses, header names and limits.

use super::{Account, Auth, BudgetSettings, Kind, OAuth2, RENEW_BEFORE_S, Ratio, SecretString};

impl Account {
    /// Starshipit (api-docs.starshipit.com): the API key chooses the account, the subscription key the rate, 2 in a second unless a higher tier was
    /// approved.
    #[must_use]
    pub fn starshipit(api_key: impl Into<SecretString>, subscription_key: impl Into<SecretString>) -> Self {
        let auth = Auth::Headers(vec![
            ("starshipit-api-key".to_owned(), api_key.into()),
            ("ocp-apim-subscription-key".to_owned(), subscription_key.into()),
        ]);
        Self {
            kind: Kind::Starshipit,
            paths: vec!["/api/".to_owned()],
            ..Self::new("starshipit", "https://api.starshipit.com", auth)
        }
    }

    /// Trackstar (its documentation repository): the API key names the organisation, the access token one connection. The limit, per access token, is 10 reads
    /// in a second; writes would have 50, and the lower one is kept for both.
    #[must_use]
    pub fn trackstar(api_key: impl Into<SecretString>, access_token: impl Into<SecretString>) -> Self {
        let auth = Auth::Headers(vec![
            ("x-trackstar-api-key".to_owned(), api_key.into()),
            ("x-trackstar-access-token".to_owned(), access_token.into()),
        ]);
        Self {
            kind: Kind::Trackstar,
            paths: ["/wms/", "/integrations/", "/connections/sync"].map(str::to_owned).to_vec(),
            budget: BudgetSettings { per_second: Ratio::whole(10), ..BudgetSettings::default() },
            ..Self::new("trackstar", "https://production.trackstarhq.com", auth)
        }
    }

    /// CartonCloud (api-docs.cartoncloud.com): a token lives for an hour, and every call, the token call included, names the version of the API. Its
    /// limit is not published (creating orders: 30 in a minute); 2 in a second is ours. Components reach tenants, never the token, and name the
    /// version of the API that they were written for themselves.
    #[must_use]
    pub fn cartoncloud(client_id: impl Into<String>, client_secret: impl Into<SecretString>) -> Self {
        let auth = Auth::OAuth2ClientCredentials(OAuth2 {
            token_path: "/uaa/oauth/token".to_owned(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            headers: vec![("accept-version".to_owned(), "1".to_owned())],
            renew_before_s: RENEW_BEFORE_S,
        });
        Self {
            kind: Kind::Cartoncloud,
            paths: vec!["/tenants/".to_owned()],
            ..Self::new("cartoncloud", "https://api.cartoncloud.com", auth)
        }
    }
}

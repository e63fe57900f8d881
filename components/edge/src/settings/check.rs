//! Whether a document can be used, told whole before anybody relies on it.

use super::{Account, Connection, Document, Kind, Mistake, Mode};

impl<'a> Document<'a> {
    /// Everything in it that cannot work, but for what only the quoter can judge.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (name, account) in &self.accounts {
            self::account(name, account, &mut mistakes);
        }
        for name in self.connections.keys() {
            match self.connection(name) {
                Ok(Some(connection)) => self.check(&format!("connections.{name}"), &connection, &mut mistakes),
                Ok(None) => {}
                Err(mistake) => mistakes.push(mistake),
            }
        }
        mistakes
    }

    fn check(&self, path: &str, connection: &Connection<'a>, mistakes: &mut Vec<Mistake>) {
        let mut add = |field: &str, message: String| mistakes.push(Mistake::new(format!("{path}.{field}"), message));
        let known = |name: &str| self.accounts.contains_key(name);
        let needs_account =
            connection.rates.is_some() || connection.events.as_ref().is_some_and(|events| events.mode == Mode::RunHere);
        if (needs_account || !connection.account.is_empty()) && !known(&connection.account) {
            add("account", format!("there is no account \"{}\": name one of [accounts]", connection.account));
        }
        let signed = !connection.shopify.secrets.is_empty()
            || !connection.saleor.secrets.is_empty()
            || connection.saleor.jwks.is_some();
        if connection.rates.is_some() && connection.token.is_empty() && !signed {
            let message =
                "without it, and without a platform's signature, nobody can ask: name the variable that holds a token";
            add("token", message.to_owned());
        }
        for (source, party) in connection.parties() {
            let reads_again = ["trackstar", "cartoncloud"].contains(&source) && !party.secrets.is_empty();
            let runs_here = connection.events.as_ref().is_some_and(|events| events.mode == Mode::RunHere);
            if party.account.is_empty() && reads_again && runs_here {
                add(&format!("{source}.account"), "name the account that orders are read from".to_owned());
            }
            if !party.account.is_empty() && !known(&party.account) {
                add(&format!("{source}.account"), format!("there is no account \"{}\"", party.account));
            }
        }
        if let Some(events) = connection.events.as_ref().filter(|events| events.mode == Mode::Forward) {
            if !events.url.starts_with("https://") && !events.url.starts_with("http://") {
                add("events.url", "an absolute address is wanted: https://connote.example/v1/events".to_owned());
            }
            if events.token.is_empty() {
                add("events.token", "name the variable that holds the server's token".to_owned());
            }
        }
        if let Some(settings) = connection.events.as_ref().and_then(|events| events.settings)
            && let Err(error) = connote_vendors::settings::Settings::read(settings.get().as_bytes())
        {
            add("events.settings", error.to_string());
        }
        let shop = &connection.shopify;
        if connection.events.is_some() && !shop.secrets.is_empty() && shop.site.is_empty() {
            add(
                "shopify.site",
                "name the shop, example.myshopify.com: one secret serves all shops of an app".to_owned(),
            );
        }
        if connection.events.is_some() && connection.parties().iter().all(|(_, party)| party.secrets.is_empty()) {
            add(
                "events",
                "no source has secrets, so no event can be believed: add shopify.secrets or another".to_owned(),
            );
        }
    }

    /// The variables that it names, each once: all of them hold secrets.
    #[must_use]
    pub fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for account in self.accounts.values() {
            let Account { api_key, subscription_key, access_token, client_id, client_secret, .. } = account;
            names.extend([api_key, subscription_key, access_token, client_id, client_secret].map(String::clone));
        }
        for name in self.connections.keys() {
            let Ok(Some(connection)) = self.connection(name) else { continue };
            names.push(connection.token.clone());
            names.extend(connection.parties().into_iter().flat_map(|(_, party)| party.secrets.clone()));
            names.extend(connection.saleor.secrets.iter().cloned());
            if let Some(events) = connection.events {
                let token = if events.mode == Mode::RunHere { crate::webhooks::SWEEP_TOKEN } else { &events.token };
                names.push(token.to_owned());
            }
        }
        names.retain(|name| !name.is_empty());
        names.sort();
        names.dedup();
        names
    }
}

fn account(name: &str, account: &Account, mistakes: &mut Vec<Mistake>) {
    let wanted = match account.kind {
        Kind::Starshipit => vec![("api_key", &account.api_key), ("subscription_key", &account.subscription_key)],
        Kind::Trackstar => vec![("api_key", &account.api_key), ("access_token", &account.access_token)],
        Kind::Cartoncloud => vec![("client_id", &account.client_id), ("client_secret", &account.client_secret)],
    };
    for (field, variable) in wanted {
        let path = format!("accounts.{name}.{field}");
        if variable.is_empty() {
            mistakes.push(Mistake::new(path, "name the variable that holds it"));
        } else if !is_variable(variable) {
            let message = "takes the name of a variable (lower case, digits, _), never the secret itself";
            mistakes.push(Mistake::new(path, message));
        }
    }
    let url = account.base_url.as_str();
    if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
        mistakes.push(Mistake::new(format!("accounts.{name}.base_url"), "an absolute address is wanted: https://…"));
    }
}

/// Spin's rule for names.
fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

//! Keeps secrets out of answers: a far end that echoes a key would put it into a stored history.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::{Account, Auth};

/// What stands in the place of a secret.
const MARK: &[u8] = b"[secret]";

/// Shorter values are no secrets, and to replace them everywhere would damage answers.
const SHORTEST: usize = 6;

/// Replaces secrets.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    needles: Vec<SecretString>,
}

impl Redactor {
    /// For all secrets of an account, in every notation in which they may come back.
    pub(crate) fn new(account: &Account) -> Self {
        let mut redactor = Self::default();
        account.secrets().into_iter().for_each(|secret| redactor.add(secret));
        match &account.auth {
            Auth::Basic { user, password } => redactor.add(&basic(user, password)),
            Auth::OAuth2ClientCredentials(oauth) => redactor.add(&basic(&oauth.client_id, &oauth.client_secret)),
            Auth::None | Auth::Headers(_) => (),
        }
        redactor
    }

    /// The same and one more.
    pub(crate) fn with(&self, secret: &SecretString) -> Self {
        let mut more = self.clone();
        more.add(secret);
        more
    }

    fn add(&mut self, secret: &SecretString) {
        let plain = secret.expose_secret();
        for form in [plain.to_owned(), json(plain), percent(plain)] {
            let known = self.needles.iter().any(|needle| needle.expose_secret() == form);
            if form.len() >= SHORTEST && !known {
                self.needles.push(form.into());
            }
        }
        // The longest first: one secret may begin with another.
        self.needles.sort_by_key(|needle| std::cmp::Reverse(needle.expose_secret().len()));
    }

    /// Replaces every secret.
    pub(crate) fn bytes(&self, text: Vec<u8>) -> Vec<u8> {
        let mut firsts = [false; 256];
        for first in self.needles.iter().filter_map(|needle| needle.expose_secret().bytes().next()) {
            if let Some(flag) = firsts.get_mut(usize::from(first)) {
                *flag = true;
            }
        }
        let (mut out, mut rest, mut kept) = (Vec::new(), text.as_slice(), 0);
        while let Some(step) = rest
            .get(kept..)
            .and_then(|tail| tail.iter().position(|byte| firsts.get(usize::from(*byte)).copied().unwrap_or_default()))
        {
            let (before, tail) = rest.split_at(kept + step);
            match self.needles.iter().map(|n| n.expose_secret().as_bytes()).find(|needle| tail.starts_with(needle)) {
                Some(needle) => {
                    out.extend_from_slice(before);
                    out.extend_from_slice(MARK);
                    (rest, kept) = (tail.get(needle.len()..).unwrap_or_default(), 0);
                }
                None => kept += step + 1,
            }
        }
        if out.is_empty() {
            return if rest.len() == text.len() { text } else { rest.to_vec() };
        }
        out.extend_from_slice(rest);
        out
    }

    /// Replaces every secret.
    pub(crate) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes().to_vec())).into_owned()
    }
}

/// The credentials of HTTP Basic, without the word before them.
pub(crate) fn basic(user: &str, password: &SecretString) -> SecretString {
    STANDARD.encode(format!("{user}:{}", password.expose_secret())).into()
}

fn json(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/")
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        Redactor::new(&Account::starshipit("key-12345", "key-12345-longer/=")).text(text)
    }

    #[test]
    fn every_notation_of_a_secret_is_replaced() {
        for text in ["key-12345-longer/=", "key-12345-longer\\/=", "key-12345-longer%2F%3D", "key-12345"] {
            assert_eq!(redacted(text), "[secret]");
            assert_eq!(redacted(&format!("a{text}b{text}")), "a[secret]b[secret]");
        }
        assert_eq!(redacted("kkey-12345kkey-1234key-12345"), "k[secret]kkey-1234[secret]");
    }

    #[test]
    fn the_credentials_of_basic_are_replaced_although_they_are_encoded() {
        let account =
            Account::new("a", "https://a.example", Auth::Basic { user: "u".into(), password: "canary".into() });
        assert_eq!(Redactor::new(&account).text("Basic dTpjYW5hcnk="), "Basic [secret]");
    }

    #[test]
    fn a_text_without_secrets_stays_as_it_is() {
        for text in ["", "k", "key-1234", "{\"a\": \"é\"}"] {
            assert_eq!(redacted(text), text);
        }
        let short = Account::starshipit("key", "1");
        assert_eq!(Redactor::new(&short).text("a key, 1"), "a key, 1");
    }
}

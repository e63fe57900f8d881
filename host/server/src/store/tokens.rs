//! Who may use the API.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::StoreError;

/// What the text of a token begins with, so that people and scanners of leaked secrets know one when they see it.
pub const PREFIX: &str = "cnt_";

/// Random bytes of a token: far more than can be guessed, so that one quick digest is enough to keep it by.
const SECRET_BYTES: usize = 32;

/// Longest name, in bytes: it stands in one column of a list.
const LONGEST_NAME: usize = 64;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// See orders, exchanges, labels, connections, events, metrics.
    Read,
    /// Hand orders in, ask for labels, try again, cancel, correct.
    Write,
    /// Hand events in.
    Events,
    /// Ask for shipping options: for a shop's checkout, which must not see orders.
    Rates,
    /// All of these, and pause and resume connections.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Events, Self::Rates, Self::Admin];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Events => "events",
            Self::Rates => "rates",
            Self::Admin => "admin",
        }
    }

    /// The scope of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// Why there is no such token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its name cannot be one.
    #[error("a token needs a name of at most 64 bytes, without control characters")]
    Name,
    /// It would allow nothing.
    #[error("a token needs at least one scope, and \"all connections\" or at least one of them")]
    Nothing,
    /// The system gives no randomness.
    #[error("there is no randomness: {0}")]
    Random(String),
}

/// A token that is to be made.
#[derive(Debug)]
pub struct NewToken {
    token: Token,
    digest: [u8; 32],
    text: SecretString,
}

/// A token as it stands in the table: all but its text, which nobody has but its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// Names it in lists and in the log; no secret.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// For which connections; `None` for all.
    pub connections: Option<Vec<String>>,
    /// When it was made.
    pub created_ms: u64,
    /// When it was last used, to the minute; 0 for never.
    pub used_ms: u64,
    /// When it was revoked; 0 while it is good.
    pub revoked_ms: u64,
}

const COLUMNS: &str = "id, name, scopes, connections, created_ms, used_ms, revoked_ms";

impl NewToken {
    /// A token with a new secret.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn new(name: &str, scopes: &[Scope], connections: Option<Vec<String>>) -> Result<Self, TokenError> {
        let name = name.trim();
        if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(TokenError::Name);
        }
        if scopes.is_empty() || connections.as_ref().is_some_and(Vec::is_empty) {
            return Err(TokenError::Nothing);
        }
        let (mut secret, mut id) = ([0; SECRET_BYTES], [0; 6]);
        for bytes in [&mut secret[..], &mut id[..]] {
            getrandom::fill(bytes).map_err(|error| TokenError::Random(error.to_string()))?;
        }
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
        let id = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let scopes = Scope::ALL.into_iter().filter(|scope| scopes.contains(scope)).collect();
        let token = Token { id, name: name.to_owned(), scopes, connections, ..Token::default() };
        Ok(Self { token, digest: Sha256::digest(&text).into(), text: text.into() })
    }

    /// The text that its owner sends as bearer: to be shown once.
    #[must_use]
    pub fn text(&self) -> &SecretString {
        &self.text
    }

    /// Keeps it; `None` when a token that is good has its name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn store(&self, transaction: &Transaction<'_>, now_ms: u64) -> Result<Option<Token>, StoreError> {
        let token = Token { created_ms: now_ms, ..self.token.clone() };
        let sql = "INSERT INTO server_tokens (id, name, digest, scopes, connections, created_ms, used_ms, revoked_ms) \
                   SELECT ?1, ?2, ?3, ?4, ?5, ?6, 0, 0 \
                   WHERE NOT EXISTS (SELECT 1 FROM server_tokens WHERE name = ?2 AND revoked_ms = 0)";
        let connections = token.connections.as_ref().map(|names| serde_json::json!(names).to_string());
        let stored = transaction.prepare_cached(sql)?.execute(params![
            token.id,
            token.name,
            self.digest,
            serde_json::json!(token.scopes).to_string(),
            connections.unwrap_or_default(),
            now_ms,
        ])?;
        Ok((stored > 0).then_some(token))
    }
}

impl Token {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let connections: String = row.get(3)?;
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            // What cannot be read allows nothing.
            scopes: serde_json::from_str(&row.get::<_, String>(2)?).unwrap_or_default(),
            connections: match connections.as_str() {
                "" => None,
                names => Some(serde_json::from_str(names).unwrap_or_default()),
            },
            created_ms: row.get(4)?,
            used_ms: row.get(5)?,
            revoked_ms: row.get(6)?,
        })
    }

    /// All tokens, revoked ones too, the newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(connection: &Connection) -> Result<Vec<Self>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM server_tokens ORDER BY created_ms DESC, id");
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map([], Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Revokes the good token of this id or name; `false` when there is none. Servers that run refuse it within [a second](crate::http::TOKEN_KNOWN).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn revoke(transaction: &Transaction<'_>, id_or_name: &str, now_ms: u64) -> Result<bool, StoreError> {
        let sql = "UPDATE server_tokens SET revoked_ms = ?2 WHERE (id = ?1 OR name = ?1) AND revoked_ms = 0";
        Ok(transaction.prepare_cached(sql)?.execute(params![id_or_name, now_ms.max(1)])? > 0)
    }

    /// The good token with this [`digest`]. Looking a digest up says nothing about how near a guess was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn check(connection: &Connection, digest: &[u8; 32]) -> Result<Option<Self>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM server_tokens WHERE digest = ?1 AND revoked_ms = 0");
        Ok(connection.prepare_cached(&sql)?.query_row([digest], Self::read).optional()?)
    }

    /// Notes that it was used.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn used(transaction: &Transaction<'_>, id: &str, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE server_tokens SET used_ms = ?2 WHERE id = ?1 AND used_ms < ?2";
        transaction.prepare_cached(sql)?.execute(params![id, now_ms])?;
        Ok(())
    }

    /// Whether it allows this.
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|own| *own == scope || *own == Scope::Admin)
    }

    /// Whether it is for this connection, too.
    #[must_use]
    pub fn is_for(&self, connection: &str) -> bool {
        self.connections.as_ref().is_none_or(|names| names.iter().any(|name| name == connection))
    }
}

/// The digest by which a token is kept; `None` when the text is none of ours.
#[must_use]
pub fn digest(text: &SecretString) -> Option<[u8; 32]> {
    let text = text.expose_secret();
    let secret = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
    (secret.len() == SECRET_BYTES).then(|| Sha256::digest(text).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        connection
    }

    fn made(tables: &mut Connection, name: &str, connections: Option<Vec<String>>) -> (Token, SecretString) {
        let new = NewToken::new(name, &[Scope::Write, Scope::Read], connections).unwrap();
        let transaction = tables.transaction().unwrap();
        let token = new.store(&transaction, 7).unwrap().unwrap();
        transaction.commit().unwrap();
        (token, new.text().clone())
    }

    #[test]
    fn a_token_is_known_by_its_text_until_it_is_revoked() {
        let mut tables = tables();
        let (token, text) = made(&mut tables, "wms", Some(vec!["a".into()]));
        let digest = digest(&text).unwrap();
        assert_eq!(Token::check(&tables, &digest).unwrap().unwrap(), token);
        assert!(token.allows(Scope::Read) && !token.allows(Scope::Events) && token.is_for("a") && !token.is_for("b"));
        let transaction = tables.transaction().unwrap();
        Token::used(&transaction, &token.id, 9).unwrap();
        assert!(Token::revoke(&transaction, "wms", 10).unwrap());
        assert!(!Token::revoke(&transaction, &token.id, 11).unwrap());
        transaction.commit().unwrap();
        assert_eq!(Token::check(&tables, &digest).unwrap(), None);
        let listed = Token::list(&tables).unwrap();
        assert_eq!((listed[0].used_ms, listed[0].revoked_ms), (9, 10));
        made(&mut tables, "wms", None);
    }

    #[test]
    fn the_text_of_a_token_is_nowhere_in_the_database() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tables = Connection::open(file.path()).unwrap();
        tables.execute_batch(include_str!("schema.sql")).unwrap();
        let (_, text) = made(&mut tables, "wms", None);
        drop(tables);
        let bytes = std::fs::read(file.path()).unwrap();
        let secret = text.expose_secret().strip_prefix(PREFIX).unwrap().as_bytes();
        assert_eq!(secret.len(), 43);
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        assert!(!format!("{text:?}").contains(std::str::from_utf8(secret).unwrap()));
    }

    #[test]
    fn a_name_belongs_to_one_good_token_and_no_token_allows_nothing() {
        let mut tables = tables();
        made(&mut tables, "wms", None);
        let second = NewToken::new("wms", &[Scope::Read], None).unwrap();
        assert_eq!(second.store(&tables.transaction().unwrap(), 8).unwrap(), None);
        assert_eq!(NewToken::new(" ", &[Scope::Read], None).unwrap_err(), TokenError::Name);
        assert_eq!(NewToken::new("a\nb", &[Scope::Read], None).unwrap_err(), TokenError::Name);
        assert_eq!(NewToken::new("a", &[], None).unwrap_err(), TokenError::Nothing);
        assert_eq!(NewToken::new("a", &[Scope::Read], Some(Vec::new())).unwrap_err(), TokenError::Nothing);
    }

    #[test]
    fn a_text_that_is_none_of_ours_is_not_looked_up() {
        let short = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([1; 31]));
        for text in ["", "cnt_", "cnt_x", "Bearer", &short] {
            assert_eq!(digest(&text.to_owned().into()), None, "{text}");
        }
    }

    #[test]
    fn admin_allows_all() {
        let token = Token { scopes: vec![Scope::Admin], ..Token::default() };
        assert!(Scope::ALL.into_iter().all(|scope| token.allows(scope)));
        assert_eq!(Scope::ALL.map(|scope| Scope::named(scope.as_str())), Scope::ALL.map(Some));
    }
}

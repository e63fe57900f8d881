//! Who may use the console.

use std::fmt;

use argon2::password_hash::SaltString;
use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Store, StoreError};

/// Longest name, in bytes: it stands in one column of a list.
pub const LONGEST_NAME: usize = 64;

/// Shortest password, in characters. After five wrong ones a name has to wait, so this is about a stolen database.
pub const SHORTEST_PASSWORD: usize = 10;

/// Longest password, in bytes: hashing a longer one gives whoever is not logged in more of the server's time than a sentence needs.
pub const LONGEST_PASSWORD: usize = 256;

/// Random bytes of a session's cookie and of the setup link: far more than can be guessed, so that one quick digest is enough to keep them by.
pub const SECRET_BYTES: usize = 32;

/// What somebody may do: each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Look at all of it.
    View,
    /// Try again, cancel, correct; pause and resume connections.
    Operate,
    /// Say who may do what.
    Administer,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::View, Self::Operate, Self::Administer];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Operate => "operate",
            Self::Administer => "administer",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Why a user was not made or changed. Nothing was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The name cannot be one.
    #[error("a user needs a name of at most 64 bytes, without control characters")]
    Name,
    /// The password cannot be one.
    #[error("a password has at least 10 characters and at most 256 bytes")]
    Password,
    /// Somebody has the name.
    #[error("there is a user of this name already")]
    Taken,
    /// Nobody has the name.
    #[error("there is no user of this name")]
    Unknown,
    /// Nobody could say who may do what.
    #[error("this is the last administrator: make another one first")]
    LastAdministrator,
    /// The setup link was used, or a newer one was made.
    #[error("this link is no longer good: restart the server for a new one, or log in")]
    Link,
    /// The system gives no randomness, or no memory to hash with.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Hashed(String);

impl fmt::Debug for Hashed {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Hashed(..)")
    }
}

impl Hashed {
    /// Hashes a password: some hundredths of a second and 19 MiB, not to be done on a thread that serves others.
    ///
    /// # Errors
    /// [`UserError::Password`], [`UserError::Hash`].
    pub fn new(password: &SecretString) -> Result<Self, UserError> {
        let text = password.expose_secret();
        if text.chars().count() < SHORTEST_PASSWORD || text.len() > LONGEST_PASSWORD {
            return Err(UserError::Password);
        }
        let failed = |error: &dyn fmt::Display| UserError::Hash(error.to_string());
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| failed(&error))?;
        let salt = SaltString::encode_b64(&salt).map_err(|error| failed(&error))?;
        let hash = Argon2::default().hash_password(text.as_bytes(), &salt).map_err(|error| failed(&error))?;
        Ok(Self(hash.to_string()))
    }

    /// Whether this is the password. Takes as long as hashing it.
    #[must_use]
    pub fn is_of(&self, password: &SecretString) -> bool {
        let text = password.expose_secret().as_bytes();
        let kept = PasswordHash::new(&self.0);
        kept.is_ok_and(|kept| Argon2::default().verify_password(text, &kept).is_ok())
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their name; small and capital letters are the same.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When they were made.
    pub created_ms: u64,
    /// When they were disabled; 0 while they may log in.
    pub disabled_ms: u64,
}

const COLUMNS: &str = "name, role, created_ms, disabled_ms";

/// What a change comes to: a refusal undoes nothing of others.
type Changed = Result<Result<(), UserError>, StoreError>;

impl User {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let role: String = row.get(1)?;
        // What cannot be read allows least.
        let role = Role::named(&role).unwrap_or(Role::View);
        Ok(Self { name: row.get(0)?, role, created_ms: row.get(2)?, disabled_ms: row.get(3)? })
    }

    /// All users, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(connection: &Connection) -> Result<Vec<Self>, StoreError> {
        let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM server_users ORDER BY name"))?;
        let rows = statement.query_map([], Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who has this name, with what is kept of their password.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(connection: &Connection, name: &str) -> Result<Option<(Self, Hashed)>, StoreError> {
        let sql = format!("SELECT {COLUMNS}, password FROM server_users WHERE name = ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        let found = statement.query_row([name], |row| Ok((Self::read(row)?, Hashed(row.get(4)?))));
        Ok(found.optional()?)
    }

    /// Makes a user.
    ///
    /// # Errors
    /// [`StoreError`]; within: [`UserError::Name`], [`UserError::Taken`].
    pub fn create(transaction: &Transaction<'_>, name: &str, role: Role, password: &Hashed, now_ms: u64) -> Changed {
        let name = name.trim();
        if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Ok(Err(UserError::Name));
        }
        let sql = "INSERT OR IGNORE INTO server_users (name, password, role, created_ms, disabled_ms) VALUES (?1, ?2, ?3, ?4, 0)";
        let made = transaction.prepare_cached(sql)?.execute(params![name, password.0, role.as_str(), now_ms])?;
        if made == 0 {
            return Ok(Err(UserError::Taken));
        }
        // Nobody needs the link any more.
        transaction.execute("DELETE FROM server_setup", [])?;
        Ok(Ok(()))
    }

    /// Makes the first administrator, by the token of the setup link, once.
    ///
    /// # Errors
    /// [`StoreError`]; within: [`UserError::Link`], and those of [`Self::create`].
    pub fn create_first(
        transaction: &Transaction<'_>,
        token: &str,
        name: &str,
        password: &Hashed,
        now_ms: u64,
    ) -> Changed {
        if !is_setup_token(transaction, token)? {
            return Ok(Err(UserError::Link));
        }
        Self::create(transaction, name, Role::Administer, password, now_ms)
    }

    /// Changes what a user may do, at once.
    ///
    /// # Errors
    /// [`StoreError`]; within: [`UserError::Unknown`], [`UserError::LastAdministrator`].
    pub fn set_role(transaction: &Transaction<'_>, name: &str, role: Role) -> Changed {
        if role != Role::Administer && is_last(transaction, name)? {
            return Ok(Err(UserError::LastAdministrator));
        }
        let sql = "UPDATE server_users SET role = ?2 WHERE name = ?1";
        one(transaction.prepare_cached(sql)?.execute([name, role.as_str()])?)
    }

    /// Changes a password. Whoever is logged in by the old one no longer is.
    ///
    /// # Errors
    /// [`StoreError`]; within: [`UserError::Unknown`].
    pub fn set_password(transaction: &Transaction<'_>, name: &str, password: &Hashed) -> Changed {
        transaction.execute("DELETE FROM server_sessions WHERE user = ?1", [name])?;
        let sql = "UPDATE server_users SET password = ?2 WHERE name = ?1";
        one(transaction.prepare_cached(sql)?.execute([name, &password.0])?)
    }

    /// Lets a user log in no more, and ends their sessions; or lets them again.
    ///
    /// # Errors
    /// [`StoreError`]; within: [`UserError::Unknown`], [`UserError::LastAdministrator`].
    pub fn set_disabled(transaction: &Transaction<'_>, name: &str, disabled: bool, now_ms: u64) -> Changed {
        if disabled && is_last(transaction, name)? {
            return Ok(Err(UserError::LastAdministrator));
        }
        if disabled {
            transaction.execute("DELETE FROM server_sessions WHERE user = ?1", [name])?;
        }
        let at_ms = if disabled { now_ms.max(1) } else { 0 };
        let sql = "UPDATE server_users SET disabled_ms = ?2 WHERE name = ?1";
        one(transaction.prepare_cached(sql)?.execute(params![name, at_ms])?)
    }
}

fn one(changed: usize) -> Changed {
    Ok(if changed == 1 { Ok(()) } else { Err(UserError::Unknown) })
}

/// Whether nobody else could say who may do what.
fn is_last(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FILTER (WHERE name = ?1) = 1 AND count(*) = 1 FROM server_users \
               WHERE role = 'administer' AND disabled_ms = 0";
    Ok(connection.prepare_cached(sql)?.query_row([name], |row| row.get(0))?)
}

/// A random text, and the digest by which it is kept.
///
/// # Errors
/// [`UserError::Hash`]: the system gives no randomness.
pub fn random_secret() -> Result<(SecretString, [u8; 32]), UserError> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| UserError::Hash(error.to_string()))?;
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let digest = digest(&text);
    Ok((text.into(), digest))
}

/// The digest by which such a text is kept.
#[must_use]
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// A new token for the setup link `/setup?token=…`, which lets one make the first administrator, once; `None` when there are users. The link of an earlier
/// start is no longer good.
///
/// # Errors
/// In words: the database cannot be used, or there is no randomness.
pub async fn setup_token(store: &Store) -> Result<Option<SecretString>, String> {
    let (text, digest) = random_secret().map_err(|error| error.to_string())?;
    let kept = store.write(move |tables| {
        if has_users(tables)? {
            return Ok(false);
        }
        tables.execute("DELETE FROM server_setup", [])?;
        tables.execute("INSERT INTO server_setup VALUES (?1)", [digest])?;
        Ok(true)
    });
    Ok(kept.await.map_err(|error| error.to_string())?.then_some(text))
}

/// Whether this is the token of the setup link and nobody has used it.
///
/// # Errors
/// [`StoreError`].
pub fn is_setup_token(connection: &Connection, token: &str) -> Result<bool, StoreError> {
    if has_users(connection)? {
        return Ok(false);
    }
    // Looking a digest up says nothing about how near a guess was.
    let sql = "SELECT EXISTS (SELECT 1 FROM server_setup WHERE digest = ?1)";
    Ok(connection.query_row(sql, [digest(token)], |row| row.get(0))?)
}

/// Whether there are users.
///
/// # Errors
/// [`StoreError`].
pub fn has_users(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM server_users)", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        connection
    }

    fn hashed() -> Hashed {
        Hashed("$argon2id$".into())
    }

    #[test]
    fn a_password_is_known_by_its_hash_and_not_kept() {
        let password: SecretString = "correct horse".to_owned().into();
        let hashed = Hashed::new(&password).unwrap();
        assert!(hashed.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hashed.0);
        assert!(hashed.is_of(&password) && !hashed.is_of(&"correct horsf".to_owned().into()));
        assert!(!hashed.0.contains("horse") && !format!("{hashed:?}").contains("argon2"));
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        for text in ["", "123456789", &"x".repeat(LONGEST_PASSWORD + 1)] {
            assert_eq!(Hashed::new(&text.to_owned().into()), Err(UserError::Password), "{}", text.len());
        }
    }

    #[test]
    fn the_last_administrator_stays_one() {
        let mut tables = tables();
        let transaction = tables.transaction().unwrap();
        let last = Err(UserError::LastAdministrator);
        User::create(&transaction, "Ann", Role::Administer, &hashed(), 1).unwrap().unwrap();
        User::create(&transaction, "bob", Role::View, &hashed(), 1).unwrap().unwrap();
        assert_eq!(User::set_role(&transaction, "ann", Role::Operate).unwrap(), last);
        assert_eq!(User::set_disabled(&transaction, "ANN", true, 2).unwrap(), last);
        assert_eq!(User::set_disabled(&transaction, "bob", true, 2).unwrap(), Ok(()));
        User::set_role(&transaction, "bob", Role::Administer).unwrap().unwrap();
        // One who is disabled does not count.
        assert_eq!(User::set_role(&transaction, "ann", Role::View).unwrap(), last);
        User::set_disabled(&transaction, "bob", false, 3).unwrap().unwrap();
        assert_eq!(User::set_role(&transaction, "ann", Role::View).unwrap(), Ok(()));
        assert_eq!(User::set_role(&transaction, "eve", Role::View).unwrap(), Err(UserError::Unknown));
    }

    #[test]
    fn a_name_is_taken_in_any_case_and_no_control_character_is_in_it() {
        let mut tables = tables();
        let transaction = tables.transaction().unwrap();
        let create = |name: &str| User::create(&transaction, name, Role::View, &hashed(), 1).unwrap();
        assert_eq!(create("Ann"), Ok(()));
        assert_eq!(create(" ANN "), Err(UserError::Taken));
        let long = "x".repeat(LONGEST_NAME + 1);
        for name in ["", " ", "a\nb", &long] {
            assert_eq!(create(name), Err(UserError::Name), "{name:?}");
        }
    }

    #[test]
    fn roles_include_each_other() {
        assert!(Role::View < Role::Operate && Role::Operate < Role::Administer);
        assert_eq!(Role::ALL.map(|role| Role::named(role.as_str())), Role::ALL.map(Some));
    }
}

//! What was answered to requests with an idempotency key, so that the same request again gets the same answer and does nothing.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::StoreError;

/// How long an answer is kept: promised are 24 hours, and clocks of clients differ.
const KEPT_MS: u64 = 48 * 60 * 60 * 1000;

/// An answer that was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its header, `""` for none.
    pub content_type: String,
    /// Its header, `""` for none.
    pub location: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// The id of the token that it came with: keys of different clients have nothing to do with each other.
    pub token: String,
    /// The key.
    pub key: String,
    /// SHA-256 of all that makes the request what it is.
    pub digest: [u8; 32],
}

/// What is known of such a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: it is to be answered now.
    New,
    /// Another request with this key is being answered.
    Running {
        /// Until when its answer is waited for.
        until_ms: u64,
    },
    /// The key belongs to another request.
    Other,
    /// It was answered.
    Answered(Answer),
}

impl Keyed {
    /// Claims the request for `lease_ms`: whoever got [`Claim::New`] and is gone by then is not waited for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn claim(&self, transaction: &Transaction<'_>, now_ms: u64, lease_ms: u64) -> Result<Claim, StoreError> {
        let old = "DELETE FROM server_answers WHERE at_ms < ?1";
        transaction.prepare_cached(old)?.execute([now_ms.saturating_sub(KEPT_MS)])?;
        let sql = "SELECT digest, at_ms, status, content_type, location, body FROM server_answers WHERE token = ?1 AND key = ?2";
        let known = transaction.prepare_cached(sql)?.query_row([&self.token, &self.key], |row| {
            let (digest, at_ms): ([u8; 32], u64) = (row.get(0)?, row.get(1)?);
            let (status, content_type, location) = (row.get(2)?, row.get(3)?, row.get(4)?);
            Ok((digest, at_ms, Answer { status, content_type, location, body: row.get(5)? }))
        });
        if let Some((digest, at_ms, answer)) = known.optional()? {
            let until_ms = at_ms.saturating_add(lease_ms);
            match (digest == self.digest, answer.status) {
                (false, _) => return Ok(Claim::Other),
                (true, 0) if until_ms > now_ms => return Ok(Claim::Running { until_ms }),
                (true, 0) => {}
                (true, _) => return Ok(Claim::Answered(answer)),
            }
        }
        let sql = "INSERT OR REPLACE INTO server_answers (token, key, digest, at_ms, status, content_type, location, body) \
                   VALUES (?1, ?2, ?3, ?4, 0, '', '', x'')";
        transaction.prepare_cached(sql)?.execute(params![self.token, self.key, self.digest, now_ms])?;
        Ok(Claim::New)
    }

    /// Keeps its answer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn answered(&self, transaction: &Transaction<'_>, answer: &Answer) -> Result<(), StoreError> {
        let sql = "UPDATE server_answers SET status = ?3, content_type = ?4, location = ?5, body = ?6 \
                   WHERE token = ?1 AND key = ?2 AND status = 0";
        let Answer { status, content_type, location, body } = answer;
        let values = params![self.token, self.key, status, content_type, location, body];
        transaction.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Forgets it: it was not answered for good.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn release(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let sql = "DELETE FROM server_answers WHERE token = ?1 AND key = ?2 AND status = 0";
        transaction.prepare_cached(sql)?.execute([&self.token, &self.key])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: u64 = 1_000;

    fn keyed(key: &str, digest: u8) -> Keyed {
        Keyed { token: "t".into(), key: key.into(), digest: [digest; 32] }
    }

    fn with_tables(test: impl FnOnce(&Transaction<'_>)) {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        test(&connection.transaction().unwrap());
    }

    #[test]
    fn the_same_request_gets_the_same_answer_for_a_day_and_then_is_new() {
        with_tables(|tables| {
            let (request, now) = (keyed("k", 1), 10_000);
            assert_eq!(request.claim(tables, now, LEASE).unwrap(), Claim::New);
            let answer = Answer { status: 202, content_type: "a".into(), location: "b".into(), body: b"c".to_vec() };
            request.answered(tables, &answer).unwrap();
            let day = 24 * 60 * 60 * 1000;
            assert_eq!(request.claim(tables, now + day, LEASE).unwrap(), Claim::Answered(answer));
            assert_eq!(keyed("k", 2).claim(tables, now + day, LEASE).unwrap(), Claim::Other);
            let other = Keyed { token: "u".into(), ..request.clone() };
            assert_eq!(other.claim(tables, now, LEASE).unwrap(), Claim::New, "a key belongs to a token");
            assert_eq!(request.claim(tables, now + KEPT_MS + 1, LEASE).unwrap(), Claim::New);
        });
    }

    #[test]
    fn a_request_whose_server_died_can_be_sent_again_once_its_lease_is_over() {
        with_tables(|tables| {
            let request = keyed("k", 1);
            assert_eq!(request.claim(tables, 5, LEASE).unwrap(), Claim::New);
            assert_eq!(request.claim(tables, 1_004, LEASE).unwrap(), Claim::Running { until_ms: 1_005 });
            assert_eq!(keyed("k", 2).claim(tables, 1_004, LEASE).unwrap(), Claim::Other);
            assert_eq!(request.claim(tables, 1_005, LEASE).unwrap(), Claim::New);
            request.release(tables).unwrap();
            assert_eq!(request.claim(tables, 1_006, LEASE).unwrap(), Claim::New);
        });
    }
}

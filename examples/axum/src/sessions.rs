//! Who is signed in: a session kept in the database, its id in an HttpOnly cookie.

use std::fmt;

use async_trait::async_trait;
use axum::http::request::Parts;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error as StoreError, Result as Stored, SessionStore};
use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

use crate::accounts::{Accounts, User};
use crate::clock::AppClock;
use crate::database::Database;
use crate::problems::{Problem, fault};
use crate::settings::Settings;

/// However busy a session is, after eight hours it wants the password again.
const LONGEST: u64 = 8 * 3600;
const SIGNED_IN: &str = "signed_in";

/// What the application keeps in a session, beside what Twinlock keeps there.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) user_id: String,
    /// The generation of the account that this session belongs to.
    pub(crate) generation: i64,
    /// How they proved who they are: `pwd`, `otp`.
    pub(crate) amr: Vec<String>,
    /// Sent back by our own pages with whatever changes something.
    pub(crate) csrf: String,
    since: u64,
}

/// Knows who is behind a request.
#[derive(Clone)]
pub(crate) struct Doorkeeper {
    /// The accounts.
    pub(crate) accounts: Accounts,
    /// For how long a session goes on.
    pub(crate) clock: AppClock,
}

/// The session that the layer put into the request.
pub(crate) fn session_of(request: &Parts) -> Result<&Session, Problem> {
    request.extensions.get::<Session>().ok_or_else(|| fault("a route outside the session layer"))
}

/// What is kept of a sign-in, whether or not it still counts.
pub(crate) async fn kept(request: &Parts) -> Result<Option<SignedIn>, Problem> {
    Ok(session_of(request)?.get(SIGNED_IN).await?)
}

impl Doorkeeper {
    /// The user of the session, unless the account is closed or its sessions were ended.
    pub(crate) async fn user(&self, request: &Parts) -> Result<Option<(User, SignedIn)>, Problem> {
        let Some(kept) = kept(request).await? else { return Ok(None) };
        if self.clock.seconds().saturating_sub(kept.since) > LONGEST {
            return Ok(None);
        }
        let user = self.accounts.by_id(kept.user_id.clone()).await?;
        Ok(user.filter(|user| user.generation == kept.generation).map(|user| (user, kept)))
    }

    /// Signs in; gives the token that our pages send back. The session's id is new already; what the visitor had in it stays.
    pub(crate) async fn begin(&self, request: &Parts, user: &User, amr: Vec<String>) -> Result<String, Problem> {
        let mut random = [0; 18];
        getrandom::fill(&mut random).map_err(fault)?;
        let csrf = BASE64URL_NOPAD.encode(&random);
        let (user_id, since) = (user.id.clone(), self.clock.seconds());
        put(request, &SignedIn { user_id, generation: user.generation, amr, csrf: csrf.clone(), since }).await?;
        Ok(csrf)
    }
}

/// Goes on with the session there is.
pub(crate) async fn put(request: &Parts, signed_in: &SignedIn) -> Result<(), Problem> {
    Ok(session_of(request)?.insert(SIGNED_IN, signed_in).await?)
}

/// Finds the session of a request.
#[must_use]
pub(crate) fn layer(database: Database, settings: &Settings) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions(database))
        .with_name(settings.cookie_name("session"))
        .with_secure(settings.https())
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnSessionEnd)
}

/// Sessions in the application's database: they survive a restart. Ids are kept as hashes, so a copy of the file signs nobody in.
///
/// INVARIANT: an ended session never comes back. A request that was under way when it ended saves it once more at its end: `save`
/// changes what is there and makes nothing.
#[derive(Clone)]
pub(crate) struct Sessions(Database);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

fn hash(id: &Id) -> String {
    // 128 random bits need no slow hash.
    HEXLOWER.encode(&Sha256::digest(id.to_string()))
}

fn data(record: &Record) -> Stored<String> {
    serde_json::to_string(&record.data).map_err(|error| StoreError::Encode(error.to_string()))
}

fn failed(_: Problem) -> StoreError {
    StoreError::Backend("the database failed".to_owned())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Stored<()> {
        loop {
            let (id, data, until) = (hash(&record.id), data(record)?, record.expiry_date.unix_timestamp());
            let made = self.0.ask(move |connection| {
                connection.execute(
                    "DELETE FROM sessions WHERE expires_at <= ?",
                    [OffsetDateTime::now_utc().unix_timestamp()],
                )?;
                let sql = "INSERT INTO sessions (id_hash, data, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
                connection.execute(sql, params![id, data, until])
            });
            if made.await.map_err(failed)? == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Stored<()> {
        let (id, data, until) = (hash(&record.id), data(record)?, record.expiry_date.unix_timestamp());
        let sql = "UPDATE sessions SET data = ?2, expires_at = ?3 WHERE id_hash = ?1";
        let saved = self.0.ask(move |connection| connection.execute(sql, params![id, data, until]));
        saved.await.map(|_| ()).map_err(failed)
    }

    async fn load(&self, id: &Id) -> Stored<Option<Record>> {
        let (key, now) = (hash(id), OffsetDateTime::now_utc().unix_timestamp());
        let found = self.0.ask(move |connection| {
            let sql = "SELECT data, expires_at FROM sessions WHERE id_hash = ? AND expires_at > ?";
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
            connection.query_row(sql, params![key, now], read).optional()
        });
        let Some((data, until)) = found.await.map_err(failed)? else { return Ok(None) };
        let data = serde_json::from_str(&data).map_err(|error| StoreError::Decode(error.to_string()))?;
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(until).map_err(|error| StoreError::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Stored<()> {
        let id = hash(id);
        let deleted = self.0.ask(move |connection| connection.execute("DELETE FROM sessions WHERE id_hash = ?", [id]));
        deleted.await.map(|_| ()).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let expiry_date = OffsetDateTime::now_utc() + time::Duration::hours(1);
        Record {
            id: Id::default(),
            data: std::collections::HashMap::from([("cart".to_owned(), 7.into())]),
            expiry_date,
        }
    }

    fn store() -> (tempfile::TempDir, Sessions) {
        let folder = tempfile::tempdir().unwrap();
        let store = Sessions(Database::open(&folder.path().join("users.db")).unwrap());
        (folder, store)
    }

    #[tokio::test]
    async fn an_ended_session_is_not_brought_back_by_a_request_that_was_under_way() {
        let ((_folder, store), mut record) = (store(), record());
        store.create(&mut record).await.unwrap();
        assert_eq!(store.load(&record.id).await.unwrap().unwrap().data, record.data);
        store.delete(&record.id).await.unwrap();
        store.save(&record).await.unwrap();
        assert!(store.load(&record.id).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_id_that_is_taken_gets_another() {
        let ((_folder, store), mut one) = (store(), record());
        store.create(&mut one).await.unwrap();
        let mut other = Record { data: std::collections::HashMap::new(), ..one.clone() };
        store.create(&mut other).await.unwrap();
        assert_ne!(one.id, other.id);
        assert_eq!(store.load(&one.id).await.unwrap().unwrap().data, one.data);
    }

    #[tokio::test]
    async fn an_expired_session_is_none() {
        let ((_folder, store), mut record) = (store(), record());
        record.expiry_date = OffsetDateTime::now_utc() - time::Duration::seconds(1);
        store.create(&mut record).await.unwrap();
        assert!(store.load(&record.id).await.unwrap().is_none());
    }
}

//! The accounts themselves: making, finding, checking, closing them.

use rusqlite::{Connection, OptionalExtension, Row, params};
use twinlock_axum::User as TwoFactorUser;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::database::Database;
use crate::passwords;
use crate::problems::Problem;

/// An account. It has no `Debug`: nothing of it belongs in a log.
#[derive(Clone)]
pub(crate) struct User {
    /// Never changes and never comes back.
    pub(crate) id: String,
    /// The name as it was typed.
    pub(crate) username: String,
    /// The address as it was typed.
    pub(crate) email: String,
    /// Sessions of an older one are over.
    pub(crate) generation: i64,
    password_hash: String,
}

impl User {
    /// As Twinlock knows them.
    #[must_use]
    pub(crate) fn for_two_factor(&self) -> TwoFactorUser {
        TwoFactorUser::new(&self.id, &self.email)
    }

    /// Whether that is this user's password.
    pub(crate) async fn has_password(&self, password: String) -> Result<bool, Problem> {
        passwords::is_right(password, Some(self.password_hash.clone())).await
    }
}

/// The form in which names and addresses are compared.
fn fold(name: &str) -> String {
    name.trim().nfkc().collect::<String>().to_uppercase().to_lowercase()
}

fn found(connection: &Connection, condition: &str, value: &str) -> rusqlite::Result<Option<User>> {
    let columns = "id, username, email, generation, password_hash";
    let sql = format!("SELECT {columns} FROM users WHERE closed = 0 AND {condition}");
    let read = |row: &Row<'_>| {
        let (id, username, email) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(User { id, username, email, generation: row.get(3)?, password_hash: row.get(4)? })
    };
    connection.prepare_cached(&sql)?.query_row([value], read).optional()
}

/// The accounts in one database. A closed one is gone for everybody but [`Accounts::closed`].
#[derive(Clone)]
pub(crate) struct Accounts(pub(crate) Database);

impl Accounts {
    /// A new account.
    pub(crate) async fn create(&self, username: String, email: String, password: String) -> Result<User, Problem> {
        let password_hash = passwords::hash(password).await?;
        let user = User { id: Uuid::new_v4().to_string(), username, email, generation: 0, password_hash };
        let asked = user.clone();
        let refused = self.0.ask(move |connection| {
            let name = fold(&asked.username);
            let made = connection.execute(
                "INSERT INTO users (id, username, username_key, email, email_key, password_hash) VALUES (?, ?, ?, ?, ?, ?) \
                 ON CONFLICT DO NOTHING",
                params![asked.id, asked.username, name, asked.email, fold(&asked.email), asked.password_hash],
            )?;
            let taken = "SELECT count(*) FROM users WHERE username_key = ?";
            let named: i64 = connection.query_row(taken, [name], |row| row.get(0))?;
            Ok(match (made, named) {
                (1, _) => None,
                (_, 0) => Some(Problem::EmailTaken),
                _ => Some(Problem::UsernameTaken),
            })
        });
        refused.await?.map_or(Ok(user), Err)
    }

    /// The account of that id.
    pub(crate) async fn by_id(&self, id: String) -> Result<Option<User>, Problem> {
        self.0.ask(move |connection| found(connection, "id = ?", &id)).await
    }

    /// The user of that name or address, if the password is right. A name has no `@`, so it is never somebody's address.
    pub(crate) async fn authenticate(&self, name: &str, password: String) -> Result<Option<User>, Problem> {
        let key = fold(name);
        let user = self.0.ask(move |connection| found(connection, "? IN (username_key, email_key)", &key)).await?;
        let right = passwords::is_right(password, user.as_ref().map(|user| user.password_hash.clone())).await?;
        Ok(user.filter(|_| right))
    }

    /// A new password.
    pub(crate) async fn change_password(&self, id: String, password: String) -> Result<(), Problem> {
        let hash = passwords::hash(password).await?;
        self.change("UPDATE users SET password_hash = ?2 WHERE id = ?1", id, hash).await
    }

    /// Ends all sessions; gives the generation that goes on.
    pub(crate) async fn new_generation(&self, id: String) -> Result<i64, Problem> {
        let sql = "UPDATE users SET generation = generation + 1 WHERE id = ? RETURNING generation";
        self.0.ask(move |connection| connection.query_row(sql, [id], |row| row.get(0))).await
    }

    /// From now on nobody signs in; [`Accounts::remove`] finishes.
    pub(crate) async fn close(&self, id: String) -> Result<(), Problem> {
        self.change("UPDATE users SET closed = ?2 WHERE id = ?1", id, 1).await
    }

    /// Deletes a closed account.
    pub(crate) async fn remove(&self, id: String) -> Result<(), Problem> {
        self.change("DELETE FROM users WHERE id = ?1 AND closed = ?2", id, 1).await
    }

    /// Ids of accounts whose deletion was begun and not finished.
    pub(crate) async fn closed(&self) -> Result<Vec<String>, Problem> {
        let sql = "SELECT id FROM users WHERE closed = 1";
        self.0.ask(move |connection| connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()).await
    }

    async fn change(
        &self,
        sql: &'static str,
        id: String,
        value: impl rusqlite::ToSql + Send + 'static,
    ) -> Result<(), Problem> {
        self.0.ask(move |connection| connection.execute(sql, params![id, value]).map(|_| ())).await
    }
}

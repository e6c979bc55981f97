//! Passwords: argon2id at OWASP's parameters (19 MiB, two passes, one lane), which are the crate's defaults.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::problems::{Problem, fault};

/// Who has no account is compared with this: the time of the answer does not tell who has one.
static NOBODYS: LazyLock<String> = LazyLock::new(|| made(&Uuid::new_v4().to_string()).unwrap_or_default());

fn made(password: &str) -> Result<String, Problem> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(fault)?;
    Ok(hash.to_string())
}

/// The text to store.
pub(crate) async fn hash(password: String) -> Result<String, Problem> {
    spawn_blocking(move || made(&password)).await.map_err(fault)?
}

/// Whether the password is right; without a stored text it is wrong, after the same work.
pub(crate) async fn is_right(password: String, stored: Option<String>) -> Result<bool, Problem> {
    let known = stored.is_some();
    let compare = move || {
        let text = stored.as_deref().unwrap_or(&NOBODYS);
        let hash = PasswordHash::new(text);
        hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    };
    Ok(spawn_blocking(compare).await.map_err(fault)? && known)
}

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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    async fn took(stored: Option<String>) -> Duration {
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            let began = Instant::now();
            assert!(!is_right("wrong".to_owned(), stored.clone()).await.unwrap());
            fastest = fastest.min(began.elapsed());
        }
        fastest
    }

    #[tokio::test]
    async fn who_has_no_account_waits_as_long_as_who_has_one() {
        let stored = hash("a walk in the park".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(is_right("a walk in the park".to_owned(), Some(stored.clone())).await.unwrap());
        let (somebody, nobody) = (took(Some(stored)).await, took(None).await);
        assert!(nobody > somebody / 4, "{nobody:?} for nobody, {somebody:?} for somebody");
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_lets_nobody_in() {
        assert!(!is_right(String::new(), Some(String::new())).await.unwrap());
    }
}

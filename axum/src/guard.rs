//! Who gets in: signed in, and with a second factor proved where there is one.
//!
//! A session that knows only the password is refused everywhere but at `/verify` and `/step-up`.

use axum::http::request::Parts;
use twinlock::{Code, Error, Operation};

use crate::hooks::User;
use crate::problems::{Refused, refused, refused_at};
use crate::service::Service;

/// A signed-in user; `enabled` says that a second factor is on and was proved.
pub(crate) struct Caller {
    pub(crate) user: User,
    pub(crate) enabled: bool,
    pub(crate) assurance: Option<String>,
}

impl Caller {
    pub(crate) fn id(&self) -> &str {
        &self.user.id
    }

    /// The proof, or a text that proves nothing.
    pub(crate) fn token(&self) -> &str {
        self.assurance.as_deref().unwrap_or("")
    }
}

impl Service {
    /// The user whom the application knows; `not_signed_in` without one.
    pub(crate) async fn signed_in(&self, request: &Parts) -> Result<User, Refused> {
        self.hooks.user(request).await?.ok_or_else(|| refused(Code::NotSignedIn))
    }

    /// The caller, with a proof at most `max_age` seconds old if there is a second factor at all.
    pub(crate) async fn admit(&self, request: &Parts, max_age: Option<u64>) -> Result<Caller, Refused> {
        let user = self.signed_in(request).await?;
        let token = self.proof.assurance(request).await?;
        match self.engine.check_assurance(&user.id, token.as_deref().unwrap_or(""), max_age).await {
            Ok(_) => Ok(Caller { user, enabled: true, assurance: token }),
            Err(Error::NotEnabled) => Ok(Caller { user, enabled: false, assurance: None }),
            Err(Error::AssuranceRequired) => {
                Err(refused_at(Code::AssuranceRequired, Operation::Guard).wanting(max_age))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// For the application's own routes: a second factor must be on, and proved.
    pub(crate) async fn require(
        &self,
        request: &Parts,
        max_age: Option<u64>,
        if_enabled: bool,
    ) -> Result<User, Refused> {
        let caller = self.admit(request, max_age).await?;
        if caller.enabled || (if_enabled && !self.hooks.required_for(&caller.user).await?) {
            return Ok(caller.user);
        }
        let refusal = refused_at(Code::NotEnabled, Operation::Guard);
        Err(match &self.setup_url {
            Some(url) => refusal.with("setup_url", url.as_str()),
            None => refusal,
        })
    }

    /// The id of a caller who may administer and proved a second factor.
    pub(crate) async fn administrator(&self, request: &Parts, max_age: Option<u64>) -> Result<String, Refused> {
        let user = self.signed_in(request).await?;
        // Who may not is told so before being sent for a proof that would not help.
        if !self.hooks.may_administer(request).await? {
            return Err(refused(Code::NotAdministrator));
        }
        self.require(request, max_age, false).await?;
        Ok(user.id)
    }
}

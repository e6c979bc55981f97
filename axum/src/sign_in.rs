//! Everything that ends in a proof: the login, its second step, the step-up, the first code of a setup.
//!
//! All of them leave by `finish`: new session id, then the application's `on_verified`, then the proof is kept. Where a code is due, the
//! password alone gives the session a new id already: whoever planted the old one would need no password any more.

use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Map, Value};
use twinlock::{
    Code, ConfirmOptions, Error, FirstFactorOptions, NextStep, Operation, StepStatus, Verification, VerifyOptions,
};

use crate::body::Body;
use crate::hooks::{Occasion, User, Verified};
use crate::problems::{Refused, refused, refused_at};
use crate::reply::{Reply, members};
use crate::service::{Service, Told, not_to_be_kept};

/// What a login form may bring beside the password.
///
/// ```
/// use twinlock_axum::Login;
///
/// let form = Login { carry: Some("/orders".to_owned()), ..Login::default() };
/// assert!(form.code.is_none() && !form.one_call);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// The code, where both steps are one call.
    pub code: Option<String>,
    /// The two codes that followed, when `more_codes_required` asked for them.
    pub next_codes: Vec<String>,
    /// The user wants this browser to skip the code from now on.
    pub trust_device: bool,
    /// At most 512 bytes that come back as [`Verified::carry`]: remember-me, the page to return to.
    pub carry: Option<String>,
    /// Refuse with `code_required` where a code is due and missing, instead of answering a challenge.
    pub one_call: bool,
}

/// A code as it was typed.
struct Typed<'a> {
    code: &'a str,
    next_codes: &'a [&'a str],
    trust_device: bool,
}

impl<'a> Typed<'a> {
    fn codes(code: &'a str, next_codes: &'a [&'a str]) -> Self {
        Self { code, next_codes, trust_device: false }
    }
}

/// After these the same challenge takes another try, and a success forgives them.
fn may_try_again(refused: &Refused) -> bool {
    use Error::{InvalidCode, MalformedCode, MoreCodesRequired, Throttled};
    matches!(refused, Refused::Engine(InvalidCode | MalformedCode | MoreCodesRequired { .. } | Throttled { .. }))
}

impl Service {
    /// After the password. Refusals are answers too.
    pub(crate) async fn login(&self, request: &Parts, user: Option<User>, login: &Login) -> Response {
        match self.login_told(request, user, login).await {
            Ok(reply) => not_to_be_kept(reply.into_response().await),
            Err(refused) => self.refuse_login(refused).await,
        }
    }

    async fn login_told(&self, request: &Parts, user: Option<User>, login: &Login) -> Told {
        self.origin.check(request)?;
        let user = user.ok_or_else(|| refused_at(Code::NotSignedIn, Operation::Login))?;
        let device = self.proof.device(request).await?;
        let context = self.context(request);
        let options = FirstFactorOptions {
            device: device.as_deref(),
            required: self.hooks.required_for(&user).await?,
            fresh: false,
            carry: login.carry.as_deref(),
            context: Some(&context),
        };
        let step = self.engine.after_first_factor(&user.id, options).await?;
        let Some(challenge) = step.challenge.clone() else {
            return self.without_code(request, user.id, &step, login.carry.clone()).await;
        };
        match login.code.as_deref() {
            None if !login.one_call => {
                self.proof.rotate(request).await?;
                let mut reply = Reply::text(&step.body());
                self.proof.keep_challenge(request, &mut reply, &challenge, &user.id).await?;
                Ok(reply)
            }
            None | Some("") => Err(refused_at(Code::CodeRequired, Operation::Login)),
            Some(code) => {
                let next_codes: Vec<&str> = login.next_codes.iter().map(String::as_str).collect();
                let typed = Typed { code, next_codes: &next_codes, trust_device: login.trust_device };
                self.in_one_call(request, &user.id, &challenge, &typed).await
            }
        }
    }

    async fn in_one_call(&self, request: &Parts, user_id: &str, challenge: &str, typed: &Typed<'_>) -> Told {
        match self.prove(request, challenge, Some(user_id), typed).await {
            Ok(proved) => self.finish_with(request, proved, Occasion::SignIn, Map::new()).await,
            Err(refused) if may_try_again(&refused) => {
                self.proof.rotate(request).await?;
                self.try_again(request, refused, Operation::Login, challenge, user_id).await
            }
            Err(refused) => Err(refused),
        }
    }

    async fn without_code(&self, request: &Parts, user_id: String, step: &NextStep, carry: Option<String>) -> Told {
        let verified_at = match &step.assurance {
            Some(token) => Some(self.engine.check_assurance(&user_id, token, None).await?),
            None => None,
        };
        let enrollment_required = step.status == StepStatus::EnrollmentRequired;
        let verified = Verified {
            method: if step.assurance.is_none() { "none" } else { "device" },
            assurance: step.assurance.clone(),
            verified_at,
            carry,
            enrollment_required,
            ..verified(user_id, Occasion::SignIn)
        };
        let mut told = Map::from_iter([("method".to_owned(), Value::from(verified.method))]);
        if enrollment_required {
            told.insert("enrollment_required".to_owned(), true.into());
        }
        self.finish(request, verified, told, false).await
    }

    /// The second step. Whoever the challenge was issued to is signed in, nobody else.
    pub(crate) async fn verify_call(&self, request: &Parts, body: &Body) -> Told {
        let next_codes = body.next_codes()?;
        let typed = Typed { code: body.code()?, next_codes: &next_codes, trust_device: body.flag("trust_device")? };
        let challenge = match body.optional_text("challenge")?.filter(|given| !given.is_empty()) {
            Some(given) => Some(given.to_owned()),
            None => self.proof.challenge(request).await?,
        };
        let pending = self.proof.pending_user(request).await?;
        if self.proof.knows_pending_user() && pending.is_none() {
            // Nobody gave a password in this session, whatever challenge was brought along.
            return Err(refused_at(Code::ChallengeExpired, Operation::Verify));
        }
        let challenge = challenge.ok_or_else(|| refused_at(Code::MalformedRequest, Operation::Verify))?;
        let proved = self.prove(request, &challenge, pending.as_deref(), &typed).await?;
        self.finish_with(request, proved, Occasion::SignIn, Map::new()).await
    }

    /// A fresh proof from the user who is signed in.
    pub(crate) async fn step_up(&self, request: &Parts, body: &Body) -> Told {
        let user = self.signed_in(request).await?;
        let next_codes = body.next_codes()?;
        let typed = Typed::codes(body.code()?, &next_codes);
        let given = body.optional_text("challenge")?.filter(|given| !given.is_empty()).map(str::to_owned);
        let kept = match &given {
            Some(given) => Some(given.clone()),
            None => self.proof.challenge(request).await?,
        };
        // One that we kept may be left over from before; nothing was compared yet. The client's own is final.
        let may_replace = given.is_none() && kept.is_some();
        let mut challenge = match kept {
            Some(kept) => kept,
            None => self.new_challenge(request, &user.id).await?,
        };
        let mut proved = self.prove(request, &challenge, Some(&user.id), &typed).await;
        if may_replace && matches!(proved, Err(Refused::Engine(Error::ChallengeExpired))) {
            challenge = self.new_challenge(request, &user.id).await?;
            proved = self.prove(request, &challenge, Some(&user.id), &typed).await;
        }
        match proved {
            Ok(proved) => {
                let fresh_until = proved.verified_at + self.fresh_seconds();
                let told = Map::from_iter([("fresh_until".to_owned(), fresh_until.into())]);
                self.finish_with(request, proved, Occasion::StepUp, told).await
            }
            Err(refused) if may_try_again(&refused) => {
                self.try_again(request, refused, Operation::StepUp, &challenge, &user.id).await
            }
            Err(Refused::Engine(Error::ChallengeExpired)) => {
                let mut reply = refused(Code::ChallengeExpired).reply(Operation::StepUp, None, &[]);
                self.proof.drop_challenge(request, &mut reply).await?;
                Ok(reply)
            }
            Err(refused) => Err(refused),
        }
    }

    /// The first code of a new authenticator is a proof as well.
    pub(crate) async fn confirm_setup(&self, request: &Parts, body: &Body) -> Told {
        let caller = self.admit(request, None).await?;
        let next_codes = body.next_codes()?;
        let context = self.context(request);
        let options =
            ConfirmOptions { next_codes: &next_codes, name: body.optional_text("name")?, context: Some(&context) };
        let enrolled = self.engine.confirm(caller.id(), body.text("setup")?, body.code()?, options).await?;
        let told = members(&enrolled.body());
        let verified = Verified {
            method: "totp",
            assurance: Some(enrolled.assurance),
            device: enrolled.device,
            verified_at: Some(enrolled.verified_at),
            authenticator_id: Some(enrolled.authenticator_id),
            ..verified(caller.user.id, Occasion::Setup)
        };
        self.finish(request, verified, told, true).await
    }

    /// A trusted browser is asked nevertheless: a step-up is about the person before it.
    async fn new_challenge(&self, request: &Parts, user_id: &str) -> Result<String, Refused> {
        let device = self.proof.device(request).await?;
        let context = self.context(request);
        let options = FirstFactorOptions {
            device: device.as_deref(),
            fresh: true,
            context: Some(&context),
            ..FirstFactorOptions::default()
        };
        let step = self.engine.after_first_factor(user_id, options).await?;
        step.challenge.ok_or_else(|| refused_at(Code::NotEnabled, Operation::StepUp))
    }

    async fn prove(
        &self,
        request: &Parts,
        challenge: &str,
        user_id: Option<&str>,
        typed: &Typed<'_>,
    ) -> Result<Verification, Refused> {
        let context = self.context(request);
        let options = VerifyOptions {
            next_codes: typed.next_codes,
            trust_device: typed.trust_device,
            user_id,
            context: Some(&context),
        };
        Ok(self.engine.verify(challenge, typed.code, options).await?)
    }

    /// The refusal, with the challenge that takes the next try.
    async fn try_again(
        &self,
        request: &Parts,
        refused: Refused,
        operation: Operation,
        challenge: &str,
        user_id: &str,
    ) -> Told {
        let mut reply = refused.reply(operation, None, &[("challenge", challenge)]);
        self.proof.keep_challenge(request, &mut reply, challenge, user_id).await?;
        Ok(reply)
    }

    async fn finish_with(
        &self,
        request: &Parts,
        proved: Verification,
        occasion: Occasion,
        more: Map<String, Value>,
    ) -> Told {
        let mut told = Map::from_iter([
            ("method".to_owned(), Value::from(proved.method.as_str())),
            ("backup_codes_left".to_owned(), proved.backup_codes_left.into()),
        ]);
        told.extend(more);
        let verified = Verified {
            method: proved.method.as_str(),
            assurance: Some(proved.assurance),
            device: proved.device,
            verified_at: Some(proved.verified_at),
            carry: proved.carry,
            authenticator_id: proved.authenticator_id,
            backup_codes_left: Some(proved.backup_codes_left),
            ..verified(proved.user_id, occasion)
        };
        self.finish(request, verified, told, false).await
    }

    async fn finish(
        &self,
        request: &Parts,
        verified: Verified,
        mut told: Map<String, Value>,
        must_arrive: bool,
    ) -> Told {
        self.proof.rotate(request).await?;
        let answer = self.hooks.on_verified(request, &verified).await?;
        told.extend(self.proof.members(&verified));
        let mut reply = Reply::joined(answer, told, must_arrive);
        self.proof.keep(request, &mut reply, &verified).await?;
        Ok(reply)
    }
}

fn verified(user_id: String, occasion: Occasion) -> Verified {
    Verified {
        user_id,
        occasion,
        method: "none",
        assurance: None,
        device: None,
        verified_at: None,
        carry: None,
        authenticator_id: None,
        backup_codes_left: None,
        enrollment_required: false,
    }
}

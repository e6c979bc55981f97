//! The engine: keys, policy and issuer, and one method per operation that parses its input into a [`Call`].

mod options;

use std::sync::Arc;

use crate::decision::Call;
use crate::enrollment::{self, Begin, Confirm, Import};
use crate::entropy::{EntropySource, OsEntropy};
use crate::error::{Error, Result};
use crate::event::{Draft, EventKind};
use crate::input::{self, Presented, UserId};
use crate::lifecycle::{self, FirstFactor};
use crate::otp::Parameters;
use crate::otpauth::OtpauthUri;
use crate::outcome::{Enrolled, Enrollment, NewBackupCodes, NextStep, Verification};
use crate::policy::{Policy, RESYNC_STEPS};
use crate::seal::{KeyRing, Sealer};
use crate::secret::Secret;
use crate::status::{self, Status};
use crate::token::{CARRY, Challenge, Setup, Token};
use crate::verification::{self, Attempt};

pub use options::{BeginOptions, ConfirmOptions, FirstFactorOptions, ImportOptions, Imported, VerifyOptions};

/// Decides; stores nothing, reads no clock. The protocol of use, which [`TwoFactor`](crate::TwoFactor) follows for you:
///
/// 1. make a [`Call`] with one of the methods below: input is parsed, tokens are opened;
/// 2. load the record of `call.user_id()`;
/// 3. [`decide`](Engine::decide) the call on that record, now;
/// 4. carry out the step's effect; when another was first, go back to 2;
/// 5. only then tell the step's outcome.
///
/// ```
/// use twinlock::{Effect, Engine, KeyRing, Policy, Timestamp};
///
/// let engine = Engine::new("Acme", &KeyRing::generate("2026a")?, Policy::default(), "")?;
/// let call = engine.after_first_factor("42", Default::default())?;
/// let step = engine.decide(&call, None, Timestamp::from_secs(1_700_000_000)?);
/// assert_eq!(step.effect, Effect::None);
/// assert_eq!(step.outcome?.status.as_str(), "not_required");
/// # Ok::<(), twinlock::Error>(())
/// ```
pub struct Engine {
    pub(crate) issuer: String,
    pub(crate) policy: Policy,
    pub(crate) sealer: Sealer,
    pub(crate) entropy: Arc<dyn EntropySource>,
}

impl Engine {
    /// Makes an engine. `issuer` (1 to 64 bytes) is what authenticator apps show; `namespace` (at most 64 bytes) keeps
    /// staging from production and one app from another on the same keys.
    ///
    /// # Errors
    /// [`Error::Configuration`] when a text is too long or the sub-keys cannot be derived.
    ///
    /// ```
    /// use twinlock::{Engine, KeyRing, Policy};
    ///
    /// assert!(Engine::new("", &KeyRing::generate("k1")?, Policy::default(), "").is_err());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn new(issuer: &str, keys: &KeyRing, policy: Policy, namespace: &str) -> Result<Self> {
        Self::with_entropy(issuer, keys, policy, namespace, Arc::new(OsEntropy))
    }

    /// As [`Engine::new`], with another source of randomness: for tests of what happens when there is none.
    ///
    /// # Errors
    /// As [`Engine::new`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use twinlock::{Engine, KeyRing, OsEntropy, Policy};
    ///
    /// let engine = Engine::with_entropy("Acme", &KeyRing::generate("k1")?, Policy::default(), "", Arc::new(OsEntropy));
    /// assert!(engine.is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn with_entropy(
        issuer: &str,
        keys: &KeyRing,
        policy: Policy,
        namespace: &str,
        entropy: Arc<dyn EntropySource>,
    ) -> Result<Self> {
        let configuration = |error: Error| Error::configuration(error.to_string());
        let issuer = input::text(issuer, "issuer", 1, 64).map_err(configuration)?;
        input::text(namespace, "namespace", 0, 64).map_err(configuration)?;
        Ok(Self { issuer, policy, sealer: Sealer::new(keys, namespace)?, entropy })
    }

    /// The policy in force.
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert_eq!(engine.policy().settings().window, 1);
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The id of the key that seals, for sweeps of stale records.
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert_eq!(engine.active_key_id(), "k1");
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn active_key_id(&self) -> &str {
        self.sealer.active_id()
    }

    /// A new secret for that user, in a sealed `setup` token until it is confirmed; stores nothing.
    /// `account_name` (1 to 128 bytes) is what the app shows beside the issuer.
    ///
    /// # Errors
    /// When decided: [`Error::AssuranceRequired`] when active, [`Error::TooManyAuthenticators`].
    /// At once: [`Error::MalformedRequest`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.begin_enrollment("42", "ada@example.com", Default::default()).is_ok());
    /// assert!(engine.begin_enrollment("42", "", Default::default()).is_err());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn begin_enrollment(
        &self,
        user_id: &str,
        account_name: &str,
        options: BeginOptions<'_>,
    ) -> Result<Call<Enrollment>> {
        let begin = Begin {
            account_name: input::text(account_name, "account name", 1, 128)?,
            issuer: options.issuer.map_or(Ok(self.issuer.clone()), |issuer| input::text(issuer, "issuer", 1, 64))?,
            assurance: options.assurance.map(str::to_owned),
            setup: options.setup.and_then(|setup| Setup::open(&self.sealer, setup)),
            setup_text: options.setup.unwrap_or_default().to_owned(),
        };
        call(user_id, options.context, move |decision| enrollment::begin(decision, &begin))
    }

    /// Confirms a setup with a code of the new authenticator; with the first one the second factor is on.
    ///
    /// # Errors
    /// At once: [`Error::MalformedCode`], [`Error::SetupExpired`]. When decided: [`Error::InvalidCode`],
    /// [`Error::MoreCodesRequired`] (the phone's clock is off: three codes teach the drift), [`Error::SetupExpired`],
    /// [`Error::AlreadyEnrolled`], [`Error::AssuranceRequired`] (became active meanwhile), [`Error::TooManyAuthenticators`].
    ///
    /// ```
    /// # use twinlock::{Engine, Error, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// let refused = engine.confirm_enrollment("42", "no setup", "123456", Default::default());
    /// assert!(matches!(refused, Err(Error::SetupExpired)));
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn confirm_enrollment(
        &self,
        user_id: &str,
        setup: &str,
        code: &str,
        options: ConfirmOptions<'_>,
    ) -> Result<Call<Enrolled>> {
        let confirm = Confirm {
            presented: Presented::parse(code, options.next_codes)?,
            setup: Setup::open(&self.sealer, setup).ok_or(Error::SetupExpired)?,
            name: options.name.map(|name| input::text(name, "name", 1, 64)).transpose()?,
        };
        call(user_id, options.context, move |decision| enrollment::confirm(decision, &confirm))
    }

    /// An operator's call for moving in: takes over a secret of another system; gives the authenticator's id.
    /// Secrets of 80 bits are accepted and shown as weak. Brings no backup codes.
    ///
    /// # Errors
    /// At once: [`Error::InvalidSecret`], [`Error::MalformedRequest`]. When decided: [`Error::TooManyAuthenticators`].
    ///
    /// ```
    /// # use twinlock::{Engine, Error, Imported, ImportOptions, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// let refused = engine.import_authenticator("42", ImportOptions::by("migration"));
    /// assert!(matches!(refused, Err(Error::InvalidSecret(_))));
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn import_authenticator(&self, user_id: &str, options: ImportOptions<'_>) -> Result<Call<String>> {
        let (secret, parameters) = match options.imported {
            Imported::Uri(uri) => {
                let parsed = OtpauthUri::parse(uri).map_err(|error| Error::InvalidSecret(error.to_string()))?;
                (parsed.secret, parsed.parameters)
            }
            Imported::Secret(secret, parameters) => {
                (Secret::from_base32(secret).map_err(|error| Error::InvalidSecret(error.to_string()))?, parameters)
            }
        };
        // Their fields are public; a record with parameters out of range would not open again.
        let parameters = Parameters::new(parameters.algorithm, parameters.digits, parameters.period)
            .map_err(|error| Error::InvalidSecret(error.to_string()))?;
        if options.drift.unsigned_abs() > RESYNC_STEPS {
            return Err(Error::malformed("the drift must be -20 to 20 steps"));
        }
        let import = Import {
            name: options.name.map(|name| input::text(name, "name", 1, 64)).transpose()?,
            secret,
            parameters,
            last_used_step: options.last_used_step,
            drift: options.drift,
            actor: actor(options.actor)?,
        };
        call(user_id, options.context, move |decision| enrollment::import(decision, &import))
    }

    /// After the password: says whether a second factor is due, and makes the challenge. Writes nothing.
    /// For step-up of a signed-in user set `fresh`.
    ///
    /// # Errors
    /// At once: [`Error::MalformedRequest`].
    ///
    /// ```
    /// # use twinlock::{Engine, FirstFactorOptions, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// let long = "x".repeat(513);
    /// let options = FirstFactorOptions { carry: Some(&long), ..Default::default() };
    /// assert!(engine.after_first_factor("42", options).is_err());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn after_first_factor(&self, user_id: &str, options: FirstFactorOptions<'_>) -> Result<Call<NextStep>> {
        if options.carry.is_some_and(|carry| carry.len() > CARRY) {
            return Err(Error::malformed("carry must be at most 512 bytes"));
        }
        let first = FirstFactor {
            device: options.device.map(str::to_owned),
            required: options.required,
            fresh: options.fresh,
            carry: options.carry.map(str::to_owned),
        };
        call(user_id, options.context, move |decision| lifecycle::after_first_factor(decision, &first))
    }

    /// The one way to prove a second factor, at sign-in and for step-up.
    ///
    /// # Errors
    /// At once: [`Error::MalformedCode`], [`Error::ChallengeExpired`]. When decided: [`Error::InvalidCode`],
    /// [`Error::Throttled`], [`Error::MoreCodesRequired`], [`Error::ChallengeExpired`], [`Error::MalformedCode`] (no
    /// authenticator has codes of that length).
    ///
    /// ```
    /// # use twinlock::{Engine, Error, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(matches!(engine.verify("?", "12345", Default::default()), Err(Error::MalformedCode)));
    /// assert!(matches!(engine.verify("?", "123456", Default::default()), Err(Error::ChallengeExpired)));
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn verify(&self, challenge: &str, code: &str, options: VerifyOptions<'_>) -> Result<Call<Verification>> {
        let presented = Presented::parse(code, options.next_codes)?;
        let challenge = Challenge::open(&self.sealer, challenge).ok_or(Error::ChallengeExpired)?;
        if options.user_id.is_some_and(|expected| expected != challenge.user_id.as_str()) {
            return Err(Error::ChallengeExpired);
        }
        let user_id = challenge.user_id.clone();
        let attempt = Attempt { challenge, presented, trust_device: options.trust_device };
        Ok(Call::new(user_id, input::context(options.context)?, move |decision| {
            verification::verify(decision, &attempt)
        }))
    }

    /// When this user proved a second factor, if `assurance` is at most `max_age` seconds old (`None`: any age within its epoch).
    ///
    /// # Errors
    /// When decided: [`Error::NotEnabled`], [`Error::AssuranceRequired`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.check_assurance("42", "token", Some(300)).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn check_assurance(&self, user_id: &str, assurance: &str, max_age: Option<u64>) -> Result<Call<u64>> {
        let token = assurance.to_owned();
        call(user_id, None, move |decision| lifecycle::check_assurance(decision, &token, max_age))
    }

    /// A new set of backup codes; the old one stops working.
    ///
    /// # Errors
    /// When decided: [`Error::NotEnabled`], [`Error::AssuranceRequired`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.regenerate_backup_codes("42", "token", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn regenerate_backup_codes(
        &self,
        user_id: &str,
        assurance: &str,
        context: Option<&str>,
    ) -> Result<Call<NewBackupCodes>> {
        let token = assurance.to_owned();
        call(user_id, context, move |decision| lifecycle::regenerate_backup_codes(decision, &token))
    }

    /// The user says the backup codes are saved.
    ///
    /// # Errors
    /// When decided: [`Error::NotEnabled`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.backup_codes_saved("42", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn backup_codes_saved(&self, user_id: &str, context: Option<&str>) -> Result<Call<()>> {
        call(user_id, context, lifecycle::backup_codes_saved)
    }

    /// Gives an authenticator another name (1 to 64 bytes).
    ///
    /// # Errors
    /// At once: [`Error::MalformedRequest`]. When decided: [`Error::NotEnabled`], [`Error::AssuranceRequired`], [`Error::NotFound`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.rename_authenticator("42", "token", "0123456789abcdef", "Tablet", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn rename_authenticator(
        &self,
        user_id: &str,
        assurance: &str,
        id: &str,
        name: &str,
        context: Option<&str>,
    ) -> Result<Call<()>> {
        let (token, id, name) = (assurance.to_owned(), id.to_owned(), input::text(name, "name", 1, 64)?);
        call(user_id, context, move |decision| lifecycle::rename_authenticator(decision, &token, &id, &name))
    }

    /// Removes an authenticator; other sessions must prove the second factor again.
    ///
    /// # Errors
    /// When decided: [`Error::NotEnabled`], [`Error::AssuranceRequired`], [`Error::NotFound`], [`Error::LastAuthenticator`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.remove_authenticator("42", "token", "0123456789abcdef", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn remove_authenticator(
        &self,
        user_id: &str,
        assurance: &str,
        id: &str,
        context: Option<&str>,
    ) -> Result<Call<()>> {
        let (token, id) = (assurance.to_owned(), id.to_owned());
        call(user_id, context, move |decision| lifecycle::remove_authenticator(decision, &token, &id))
    }

    /// Switches two-factor authentication off.
    ///
    /// # Errors
    /// When decided: [`Error::NotEnabled`], [`Error::AssuranceRequired`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.disable("42", "token", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn disable(&self, user_id: &str, assurance: &str, context: Option<&str>) -> Result<Call<()>> {
        let token = assurance.to_owned();
        call(user_id, context, move |decision| lifecycle::disable(decision, &token))
    }

    /// Forgets one browser.
    ///
    /// # Errors
    /// When decided: [`Error::NotEnabled`], [`Error::NotFound`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.revoke_device("42", "0123456789abcdef", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn revoke_device(&self, user_id: &str, id: &str, context: Option<&str>) -> Result<Call<()>> {
        let id = id.to_owned();
        call(user_id, context, move |decision| lifecycle::revoke_device(decision, &id))
    }

    /// Forgets all browsers.
    ///
    /// # Errors
    /// When decided: [`Error::NotEnabled`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.revoke_all_devices("42", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn revoke_all_devices(&self, user_id: &str, context: Option<&str>) -> Result<Call<()>> {
        call(user_id, context, lifecycle::revoke_all_devices)
    }

    /// What a page may show. The tokens only tell which device is asking and how fresh its proof is.
    ///
    /// # Errors
    /// At once: [`Error::MalformedRequest`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.status("42", None, None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn status(&self, user_id: &str, device: Option<&str>, assurance: Option<&str>) -> Result<Call<Status>> {
        let (device, assurance) = (device.map(str::to_owned), assurance.map(str::to_owned));
        call(user_id, None, move |decision| status::status(decision, device.as_deref(), assurance.as_deref()))
    }

    /// The help desk wipes the second factor of a user whose identity it has checked. `actor` and `reason`: 1 to 128 bytes.
    ///
    /// # Errors
    /// At once: [`Error::MalformedRequest`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.reset("42", "help desk 7", "lost phone, passport seen", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn reset(&self, user_id: &str, by: &str, reason: &str, context: Option<&str>) -> Result<Call<()>> {
        let (by, reason) = (actor(by)?, input::text(reason, "reason", 1, 128)?);
        call(user_id, context, move |decision| lifecycle::reset(decision, &by, &reason))
    }

    /// An operator clears the budgets. `actor`: 1 to 128 bytes.
    ///
    /// # Errors
    /// At once: [`Error::MalformedRequest`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.unlock("42", "", None).is_err());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn unlock(&self, user_id: &str, by: &str, context: Option<&str>) -> Result<Call<()>> {
        let by = actor(by)?;
        call(user_id, context, move |decision| lifecycle::unlock(decision, &by))
    }

    /// The password changed: challenges, setups, proofs and trust of devices end.
    ///
    /// # Errors
    /// At once: [`Error::MalformedRequest`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.password_changed("42", None).is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn password_changed(&self, user_id: &str, context: Option<&str>) -> Result<Call<()>> {
        call(user_id, context, lifecycle::password_changed)
    }

    /// Moves the record to the active key and the newest format; tells whether it had to.
    ///
    /// # Errors
    /// At once: [`Error::MalformedRequest`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.reseal("42").is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn reseal(&self, user_id: &str) -> Result<Call<bool>> {
        call(user_id, None, lifecycle::reseal)
    }

    /// Deletes record and events, readable or not: when the account is deleted.
    ///
    /// # Errors
    /// At once: [`Error::MalformedRequest`].
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert!(engine.erase("42").is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn erase(&self, user_id: &str) -> Result<Call<()>> {
        let erase = call(user_id, None, |decision| {
            decision.note(Draft::new(EventKind::Erased));
            Ok(())
        })?;
        Ok(Call { erases: true, ..erase })
    }
}

fn actor(text: &str) -> Result<String> {
    input::text(text, "actor", 1, 128)
}

fn call<T: 'static>(
    user_id: &str,
    context: Option<&str>,
    run: impl Fn(&mut crate::decision::Decision<'_>) -> Result<T> + Send + Sync + 'static,
) -> Result<Call<T>> {
    Ok(Call::new(UserId::new(user_id)?, input::context(context)?, run))
}

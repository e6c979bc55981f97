//! The operations: one line of body each. They open a call in its slot; what is refused here was refused before anything is loaded.

use napi_derive::napi;
use twinlock::otp::Parameters;
use twinlock::{
    BeginOptions, Call, ConfirmOptions, Engine, Error, FirstFactorOptions, ImportOptions, Imported, VerifyOptions,
};
use zeroize::Zeroizing;

use crate::errors::{Result, guarded};
use crate::outcome::Outcome;
use crate::slot::Slot;

type OptionalText = Option<String>;

impl Slot {
    fn open<T: 'static>(
        &mut self,
        outcome: fn(T) -> Outcome,
        parse: impl FnOnce(&Engine) -> twinlock::Result<Call<T>>,
    ) -> Result<()> {
        self.call = None;
        self.call = Some(guarded(|| parse(&self.engine))?.map(outcome));
        Ok(())
    }
}

fn nothing((): ()) -> Outcome {
    Outcome::Nothing
}

/// Codes that somebody typed.
struct Codes(Vec<Zeroizing<String>>);

impl Codes {
    fn new(codes: Option<Vec<String>>) -> Self {
        Self(codes.unwrap_or_default().into_iter().map(Zeroizing::new).collect())
    }

    fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|code| code.as_str()).collect()
    }
}

#[napi]
#[allow(clippy::too_many_arguments, missing_docs)] // the operations and their arguments, as the core explains them
impl Slot {
    #[napi]
    pub fn begin_enrollment(
        &mut self,
        user_id: String,
        account_name: String,
        assurance: OptionalText,
        setup: OptionalText,
        issuer: OptionalText,
        context: OptionalText,
    ) -> Result<()> {
        let options = BeginOptions {
            assurance: assurance.as_deref(),
            setup: setup.as_deref(),
            issuer: issuer.as_deref(),
            context: context.as_deref(),
        };
        self.open(Outcome::Enrollment, |engine| engine.begin_enrollment(&user_id, &account_name, options))
    }

    #[napi]
    pub fn confirm_enrollment(
        &mut self,
        user_id: String,
        setup: String,
        code: String,
        next_codes: Option<Vec<String>>,
        name: OptionalText,
        context: OptionalText,
    ) -> Result<()> {
        let (code, next_codes) = (Zeroizing::new(code), Codes::new(next_codes));
        let options =
            ConfirmOptions { next_codes: &next_codes.texts(), name: name.as_deref(), context: context.as_deref() };
        self.open(Outcome::Enrolled, |engine| engine.confirm_enrollment(&user_id, &setup, &code, options))
    }

    #[napi]
    pub fn import_authenticator(
        &mut self,
        user_id: String,
        secret: OptionalText,
        uri: OptionalText,
        name: OptionalText,
        algorithm: OptionalText,
        digits: Option<u32>,
        period: Option<u32>,
        last_used_step: Option<f64>,
        drift: i32,
        actor: String,
        context: OptionalText,
    ) -> Result<()> {
        let (secret, uri) = (secret.map(Zeroizing::new), uri.map(Zeroizing::new));
        let (secret, uri) = (secret.as_ref().map(|text| text.as_str()), uri.as_ref().map(|text| text.as_str()));
        self.open(Outcome::Text, |engine| {
            let options = ImportOptions {
                imported: imported(secret, uri, (algorithm.as_deref(), digits, period))?,
                name: name.as_deref(),
                last_used_step: last_used_step.map(|step| step as u64),
                drift: i8::try_from(drift).map_err(|_| malformed("drift must be -20 to 20"))?,
                actor: &actor,
                context: context.as_deref(),
            };
            engine.import_authenticator(&user_id, options)
        })
    }

    #[napi]
    pub fn after_first_factor(
        &mut self,
        user_id: String,
        device: OptionalText,
        required: bool,
        fresh: bool,
        carry: OptionalText,
        context: OptionalText,
    ) -> Result<()> {
        let (device, carry, context) = (device.as_deref(), carry.as_deref(), context.as_deref());
        let options = FirstFactorOptions { device, required, fresh, carry, context };
        self.open(Outcome::NextStep, |engine| engine.after_first_factor(&user_id, options))
    }

    #[napi]
    pub fn verify(
        &mut self,
        challenge: String,
        code: String,
        next_codes: Option<Vec<String>>,
        trust_device: bool,
        user_id: OptionalText,
        context: OptionalText,
    ) -> Result<&str> {
        let (code, next_codes) = (Zeroizing::new(code), Codes::new(next_codes));
        let (user_id, context) = (user_id.as_deref(), context.as_deref());
        let options = VerifyOptions { next_codes: &next_codes.texts(), trust_device, user_id, context };
        self.open(Outcome::Verification, |engine| engine.verify(&challenge, &code, options))?;
        Ok(self.call.as_ref().map_or("", Call::user_id))
    }

    #[napi]
    pub fn check_assurance(&mut self, user_id: String, assurance: String, max_age: Option<f64>) -> Result<()> {
        let max_age = max_age.map(|seconds| seconds as u64);
        self.open(Outcome::Seconds, |engine| engine.check_assurance(&user_id, &assurance, max_age))
    }

    #[napi]
    pub fn regenerate_backup_codes(&mut self, user_id: String, assurance: String, context: OptionalText) -> Result<()> {
        let context = context.as_deref();
        self.open(Outcome::Codes, |engine| engine.regenerate_backup_codes(&user_id, &assurance, context))
    }

    #[napi]
    pub fn backup_codes_saved(&mut self, user_id: String, context: OptionalText) -> Result<()> {
        self.open(nothing, |engine| engine.backup_codes_saved(&user_id, context.as_deref()))
    }

    #[napi]
    pub fn rename_authenticator(
        &mut self,
        user_id: String,
        assurance: String,
        id: String,
        name: String,
        context: OptionalText,
    ) -> Result<()> {
        let context = context.as_deref();
        self.open(nothing, |engine| engine.rename_authenticator(&user_id, &assurance, &id, &name, context))
    }

    #[napi]
    pub fn remove_authenticator(
        &mut self,
        user_id: String,
        assurance: String,
        id: String,
        context: OptionalText,
    ) -> Result<()> {
        self.open(nothing, |engine| engine.remove_authenticator(&user_id, &assurance, &id, context.as_deref()))
    }

    #[napi]
    pub fn disable(&mut self, user_id: String, assurance: String, context: OptionalText) -> Result<()> {
        self.open(nothing, |engine| engine.disable(&user_id, &assurance, context.as_deref()))
    }

    #[napi]
    pub fn revoke_device(&mut self, user_id: String, id: String, context: OptionalText) -> Result<()> {
        self.open(nothing, |engine| engine.revoke_device(&user_id, &id, context.as_deref()))
    }

    #[napi]
    pub fn revoke_all_devices(&mut self, user_id: String, context: OptionalText) -> Result<()> {
        self.open(nothing, |engine| engine.revoke_all_devices(&user_id, context.as_deref()))
    }

    #[napi]
    pub fn status(&mut self, user_id: String, device: OptionalText, assurance: OptionalText) -> Result<()> {
        self.open(Outcome::Status, |engine| engine.status(&user_id, device.as_deref(), assurance.as_deref()))
    }

    #[napi]
    pub fn reset(&mut self, user_id: String, actor: String, reason: String, context: OptionalText) -> Result<()> {
        self.open(nothing, |engine| engine.reset(&user_id, &actor, &reason, context.as_deref()))
    }

    #[napi]
    pub fn unlock(&mut self, user_id: String, actor: String, context: OptionalText) -> Result<()> {
        self.open(nothing, |engine| engine.unlock(&user_id, &actor, context.as_deref()))
    }

    #[napi]
    pub fn password_changed(&mut self, user_id: String, context: OptionalText) -> Result<()> {
        self.open(nothing, |engine| engine.password_changed(&user_id, context.as_deref()))
    }

    #[napi]
    pub fn reseal(&mut self, user_id: String) -> Result<()> {
        self.open(Outcome::Flag, |engine| engine.reseal(&user_id))
    }

    #[napi]
    pub fn erase(&mut self, user_id: String) -> Result<()> {
        self.open(nothing, |engine| engine.erase(&user_id))
    }
}

fn malformed(text: &str) -> Error {
    Error::MalformedRequest(text.to_owned())
}

fn imported<'a>(
    secret: Option<&'a str>,
    uri: Option<&'a str>,
    parameters: (Option<&str>, Option<u32>, Option<u32>),
) -> twinlock::Result<Imported<'a>> {
    match (secret, uri, parameters) {
        (None, Some(uri), (None, None, None)) => Ok(Imported::Uri(uri)),
        (Some(secret), None, (algorithm, digits, period)) => {
            let usual = Parameters::default();
            let algorithm = algorithm.map_or(Ok(usual.algorithm), str::parse);
            let algorithm = algorithm.map_err(|_| malformed("algorithm must be SHA1, SHA256 or SHA512"))?;
            let digits = digits.map_or(usual.digits, |digits| u8::try_from(digits).unwrap_or(u8::MAX));
            let parameters = Parameters::new(algorithm, digits, period.unwrap_or(usual.period));
            Ok(Imported::Secret(secret, parameters.map_err(|error| malformed(&error.to_string()))?))
        }
        _ => Err(malformed("give either a secret or an otpauth URI, which says algorithm, digits and period itself")),
    }
}

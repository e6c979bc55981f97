//! The operations: one line of body each. They open a call in its slot; what is refused here was refused before anything is loaded.

use napi_derive::napi;
use twinlock::otp::Parameters;
use twinlock::{BeginOptions, ConfirmOptions, Error, FirstFactorOptions, ImportOptions, Imported, VerifyOptions};
use zeroize::Zeroizing;

use crate::errors::Result;
use crate::outcome::Outcome;
use crate::slot::{open, open_for};
use crate::text::Text;

type OptionalText = Option<Text>;

fn nothing((): ()) -> Outcome {
    Outcome::Nothing
}

/// Text that is wiped when dropped.
fn wiped(text: Text) -> Zeroizing<String> {
    Zeroizing::new(text.into_string())
}

/// Codes that somebody typed.
struct Codes(Vec<Zeroizing<String>>);

impl Codes {
    fn new(codes: Option<Vec<Text>>) -> Self {
        Self(codes.unwrap_or_default().into_iter().map(wiped).collect())
    }

    fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|code| code.as_str()).collect()
    }
}

#[napi]
pub fn begin_enrollment(
    slot: u32,
    user_id: Text,
    account_name: Text,
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
    open(slot, Outcome::Enrollment, |engine| engine.begin_enrollment(&user_id, &account_name, options))
}

#[napi]
pub fn confirm_enrollment(
    slot: u32,
    user_id: Text,
    setup: Text,
    code: Text,
    next_codes: Option<Vec<Text>>,
    name: OptionalText,
    context: OptionalText,
) -> Result<()> {
    let (code, next_codes) = (wiped(code), Codes::new(next_codes));
    let options =
        ConfirmOptions { next_codes: &next_codes.texts(), name: name.as_deref(), context: context.as_deref() };
    open(slot, Outcome::Enrolled, |engine| engine.confirm_enrollment(&user_id, &setup, &code, options))
}

#[napi]
pub fn import_authenticator(
    slot: u32,
    user_id: Text,
    secret: OptionalText,
    uri: OptionalText,
    name: OptionalText,
    algorithm: OptionalText,
    digits: Option<u32>,
    period: Option<u32>,
    last_used_step: Option<f64>,
    drift: i32,
    actor: Text,
    context: OptionalText,
) -> Result<()> {
    let (secret, uri) = (secret.map(wiped), uri.map(wiped));
    let (secret, uri) = (secret.as_ref().map(|text| text.as_str()), uri.as_ref().map(|text| text.as_str()));
    open(slot, Outcome::Text, |engine| {
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
    slot: u32,
    user_id: Text,
    device: OptionalText,
    required: bool,
    fresh: bool,
    carry: OptionalText,
    context: OptionalText,
) -> Result<()> {
    let (device, carry, context) = (device.as_deref(), carry.as_deref(), context.as_deref());
    let options = FirstFactorOptions { device, required, fresh, carry, context };
    open(slot, Outcome::NextStep, |engine| engine.after_first_factor(&user_id, options))
}

pub(crate) fn verify(
    slot: u32,
    challenge: Text,
    code: Text,
    next_codes: Option<Vec<Text>>,
    trust_device: bool,
    user_id: OptionalText,
    context: OptionalText,
) -> Result<String> {
    let (code, next_codes) = (wiped(code), Codes::new(next_codes));
    let (user_id, context) = (user_id.as_deref(), context.as_deref());
    let options = VerifyOptions { next_codes: &next_codes.texts(), trust_device, user_id, context };
    open_for(slot, Outcome::Verification, |engine| engine.verify(&challenge, &code, options))
}

#[napi]
pub fn check_assurance(slot: u32, user_id: Text, assurance: Text, max_age: Option<f64>) -> Result<()> {
    let max_age = max_age.map(|seconds| seconds as u64);
    open(slot, Outcome::Seconds, |engine| engine.check_assurance(&user_id, &assurance, max_age))
}

#[napi]
pub fn regenerate_backup_codes(slot: u32, user_id: Text, assurance: Text, context: OptionalText) -> Result<()> {
    let context = context.as_deref();
    open(slot, Outcome::Codes, |engine| engine.regenerate_backup_codes(&user_id, &assurance, context))
}

#[napi]
pub fn backup_codes_saved(slot: u32, user_id: Text, context: OptionalText) -> Result<()> {
    open(slot, nothing, |engine| engine.backup_codes_saved(&user_id, context.as_deref()))
}

#[napi]
pub fn rename_authenticator(
    slot: u32,
    user_id: Text,
    assurance: Text,
    id: Text,
    name: Text,
    context: OptionalText,
) -> Result<()> {
    let context = context.as_deref();
    open(slot, nothing, |engine| engine.rename_authenticator(&user_id, &assurance, &id, &name, context))
}

#[napi]
pub fn remove_authenticator(slot: u32, user_id: Text, assurance: Text, id: Text, context: OptionalText) -> Result<()> {
    open(slot, nothing, |engine| engine.remove_authenticator(&user_id, &assurance, &id, context.as_deref()))
}

#[napi]
pub fn disable(slot: u32, user_id: Text, assurance: Text, context: OptionalText) -> Result<()> {
    open(slot, nothing, |engine| engine.disable(&user_id, &assurance, context.as_deref()))
}

#[napi]
pub fn revoke_device(slot: u32, user_id: Text, id: Text, context: OptionalText) -> Result<()> {
    open(slot, nothing, |engine| engine.revoke_device(&user_id, &id, context.as_deref()))
}

#[napi]
pub fn revoke_all_devices(slot: u32, user_id: Text, context: OptionalText) -> Result<()> {
    open(slot, nothing, |engine| engine.revoke_all_devices(&user_id, context.as_deref()))
}

#[napi]
pub fn status(slot: u32, user_id: Text, device: OptionalText, assurance: OptionalText) -> Result<()> {
    open(slot, Outcome::Status, |engine| engine.status(&user_id, device.as_deref(), assurance.as_deref()))
}

#[napi]
pub fn reset(slot: u32, user_id: Text, actor: Text, reason: Text, context: OptionalText) -> Result<()> {
    open(slot, nothing, |engine| engine.reset(&user_id, &actor, &reason, context.as_deref()))
}

#[napi]
pub fn unlock(slot: u32, user_id: Text, actor: Text, context: OptionalText) -> Result<()> {
    open(slot, nothing, |engine| engine.unlock(&user_id, &actor, context.as_deref()))
}

#[napi]
pub fn password_changed(slot: u32, user_id: Text, context: OptionalText) -> Result<()> {
    open(slot, nothing, |engine| engine.password_changed(&user_id, context.as_deref()))
}

#[napi]
pub fn reseal(slot: u32, user_id: Text) -> Result<()> {
    open(slot, Outcome::Flag, |engine| engine.reseal(&user_id))
}

#[napi]
pub fn erase(slot: u32, user_id: Text) -> Result<()> {
    open(slot, nothing, |engine| engine.erase(&user_id))
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

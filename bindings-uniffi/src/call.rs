//! The operations and their arguments, as the core explains them.

use twinlock::otp::Parameters;
use twinlock::{BeginOptions, ConfirmOptions, Engine, FirstFactorOptions, ImportOptions, Imported, VerifyOptions};
use zeroize::Zeroizing;

use crate::errors::malformed;
use crate::outcome::Outcome;

/// One operation with its arguments. Numbers below 0 and out of range are refused, never wrapped.
#[derive(uniffi::Enum)]
#[allow(missing_docs)]
pub enum Call {
    BeginEnrollment {
        user_id: String,
        account_name: String,
        assurance: Option<String>,
        setup: Option<String>,
        issuer: Option<String>,
        context: Option<String>,
    },
    ConfirmEnrollment {
        user_id: String,
        setup: String,
        code: String,
        next_codes: Vec<String>,
        name: Option<String>,
        context: Option<String>,
    },
    ImportAuthenticator {
        user_id: String,
        secret: Option<String>,
        uri: Option<String>,
        name: Option<String>,
        algorithm: Option<String>,
        digits: Option<i32>,
        period: Option<i32>,
        last_used_step: Option<i64>,
        drift: i32,
        actor: String,
        context: Option<String>,
    },
    AfterFirstFactor {
        user_id: String,
        device: Option<String>,
        required: bool,
        fresh: bool,
        carry: Option<String>,
        context: Option<String>,
    },
    Verify {
        challenge: String,
        code: String,
        next_codes: Vec<String>,
        trust_device: bool,
        user_id: Option<String>,
        context: Option<String>,
    },
    CheckAssurance {
        user_id: String,
        assurance: String,
        max_age: Option<i64>,
    },
    RegenerateBackupCodes {
        user_id: String,
        assurance: String,
        context: Option<String>,
    },
    BackupCodesSaved {
        user_id: String,
        context: Option<String>,
    },
    RenameAuthenticator {
        user_id: String,
        assurance: String,
        id: String,
        name: String,
        context: Option<String>,
    },
    RemoveAuthenticator {
        user_id: String,
        assurance: String,
        id: String,
        context: Option<String>,
    },
    Disable {
        user_id: String,
        assurance: String,
        context: Option<String>,
    },
    RevokeDevice {
        user_id: String,
        id: String,
        context: Option<String>,
    },
    RevokeAllDevices {
        user_id: String,
        context: Option<String>,
    },
    Status {
        user_id: String,
        device: Option<String>,
        assurance: Option<String>,
    },
    Reset {
        user_id: String,
        actor: String,
        reason: String,
        context: Option<String>,
    },
    Unlock {
        user_id: String,
        actor: String,
        context: Option<String>,
    },
    PasswordChanged {
        user_id: String,
        context: Option<String>,
    },
    Reseal {
        user_id: String,
    },
    Erase {
        user_id: String,
    },
}

type Parsed = twinlock::Result<twinlock::Call<Outcome>>;

impl Call {
    /// Parses the arguments and opens the tokens.
    pub(crate) fn parse(self, engine: &Engine) -> Parsed {
        match self {
            Self::BeginEnrollment { user_id, account_name, assurance, setup, issuer, context } => {
                let options = BeginOptions {
                    assurance: assurance.as_deref(),
                    setup: setup.as_deref(),
                    issuer: issuer.as_deref(),
                    context: context.as_deref(),
                };
                Ok(engine.begin_enrollment(&user_id, &account_name, options)?.map(Outcome::from))
            }
            Self::ConfirmEnrollment { user_id, setup, code, next_codes, name, context } => {
                let (code, codes) = (Zeroizing::new(code), Codes::new(next_codes));
                let (name, context) = (name.as_deref(), context.as_deref());
                let options = ConfirmOptions { next_codes: &codes.texts(), name, context };
                Ok(engine.confirm_enrollment(&user_id, &setup, &code, options)?.map(Outcome::from))
            }
            Self::AfterFirstFactor { user_id, device, required, fresh, carry, context } => {
                let (device, carry, context) = (device.as_deref(), carry.as_deref(), context.as_deref());
                let options = FirstFactorOptions { device, required, fresh, carry, context };
                Ok(engine.after_first_factor(&user_id, options)?.map(Outcome::from))
            }
            Self::Verify { challenge, code, next_codes, trust_device, user_id, context } => {
                let (code, codes) = (Zeroizing::new(code), Codes::new(next_codes));
                let (user_id, context) = (user_id.as_deref(), context.as_deref());
                let options = VerifyOptions { next_codes: &codes.texts(), trust_device, user_id, context };
                Ok(engine.verify(&challenge, &code, options)?.map(Outcome::from))
            }
            import @ Self::ImportAuthenticator { .. } => import.parse_import(engine),
            rest => rest.parse_settings(engine),
        }
    }

    fn parse_import(self, engine: &Engine) -> Parsed {
        let Self::ImportAuthenticator {
            user_id,
            secret,
            uri,
            name,
            algorithm,
            digits,
            period,
            last_used_step,
            drift,
            actor,
            context,
        } = self
        else {
            return Err(malformed("not an import"));
        };
        let (secret, uri) = (secret.map(Zeroizing::new), uri.map(Zeroizing::new));
        let (secret, uri) = (secret.as_ref().map(|text| text.as_str()), uri.as_ref().map(|text| text.as_str()));
        let last_used_step = last_used_step.map(u64::try_from).transpose();
        let options = ImportOptions {
            imported: imported(secret, uri, (algorithm.as_deref(), digits, period))?,
            name: name.as_deref(),
            last_used_step: last_used_step.map_err(|_| malformed("the last used step must be 0 or more"))?,
            drift: i8::try_from(drift).map_err(|_| malformed("the drift must be -20 to 20 steps"))?,
            actor: &actor,
            context: context.as_deref(),
        };
        Ok(engine.import_authenticator(&user_id, options)?.map(Outcome::text))
    }

    /// What a signed-in user or an operator does to an account.
    fn parse_settings(self, engine: &Engine) -> Parsed {
        let nothing = Outcome::nothing;
        Ok(match self {
            Self::CheckAssurance { user_id, assurance, max_age } => {
                let max_age = max_age.map(u64::try_from).transpose();
                let max_age = max_age.map_err(|_| malformed("the maximum age must be 0 seconds or more"))?;
                engine.check_assurance(&user_id, &assurance, max_age)?.map(Outcome::seconds)
            }
            Self::RegenerateBackupCodes { user_id, assurance, context } => {
                engine.regenerate_backup_codes(&user_id, &assurance, context.as_deref())?.map(Outcome::codes)
            }
            Self::BackupCodesSaved { user_id, context } => {
                engine.backup_codes_saved(&user_id, context.as_deref())?.map(nothing)
            }
            Self::RenameAuthenticator { user_id, assurance, id, name, context } => {
                engine.rename_authenticator(&user_id, &assurance, &id, &name, context.as_deref())?.map(nothing)
            }
            Self::RemoveAuthenticator { user_id, assurance, id, context } => {
                engine.remove_authenticator(&user_id, &assurance, &id, context.as_deref())?.map(nothing)
            }
            Self::Disable { user_id, assurance, context } => {
                engine.disable(&user_id, &assurance, context.as_deref())?.map(nothing)
            }
            Self::RevokeDevice { user_id, id, context } => {
                engine.revoke_device(&user_id, &id, context.as_deref())?.map(nothing)
            }
            Self::RevokeAllDevices { user_id, context } => {
                engine.revoke_all_devices(&user_id, context.as_deref())?.map(nothing)
            }
            Self::Status { user_id, device, assurance } => {
                engine.status(&user_id, device.as_deref(), assurance.as_deref())?.map(Outcome::from)
            }
            Self::Reset { user_id, actor, reason, context } => {
                engine.reset(&user_id, &actor, &reason, context.as_deref())?.map(nothing)
            }
            Self::Unlock { user_id, actor, context } => {
                engine.unlock(&user_id, &actor, context.as_deref())?.map(nothing)
            }
            Self::PasswordChanged { user_id, context } => {
                engine.password_changed(&user_id, context.as_deref())?.map(nothing)
            }
            Self::Reseal { user_id } => engine.reseal(&user_id)?.map(Outcome::flag),
            Self::Erase { user_id } => engine.erase(&user_id)?.map(nothing),
            _ => return Err(malformed("no such operation")),
        })
    }
}

/// Codes that somebody typed.
struct Codes(Vec<Zeroizing<String>>);

impl Codes {
    fn new(codes: Vec<String>) -> Self {
        Self(codes.into_iter().map(Zeroizing::new).collect())
    }

    fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|code| code.as_str()).collect()
    }
}

fn imported<'a>(
    secret: Option<&'a str>,
    uri: Option<&'a str>,
    parameters: (Option<&str>, Option<i32>, Option<i32>),
) -> twinlock::Result<Imported<'a>> {
    match (secret, uri, parameters) {
        (None, Some(uri), (None, None, None)) => Ok(Imported::Uri(uri)),
        (Some(secret), None, (algorithm, digits, period)) => {
            let usual = Parameters::default();
            let algorithm = algorithm.map_or(Ok(usual.algorithm), str::parse);
            let algorithm = algorithm.map_err(|_| malformed("algorithm must be SHA1, SHA256 or SHA512"))?;
            let digits = digits.map_or(usual.digits, |digits| u8::try_from(digits).unwrap_or(u8::MAX));
            let period = period.map_or(usual.period, |period| u32::try_from(period).unwrap_or(u32::MAX));
            let parameters = Parameters::new(algorithm, digits, period);
            Ok(Imported::Secret(secret, parameters.map_err(|error| malformed(&error.to_string()))?))
        }
        _ => Err(malformed("give either a secret or an otpauth URI, which says algorithm, digits and period itself")),
    }
}

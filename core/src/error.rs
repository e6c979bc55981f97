//! What can be refused, and the stable codes by which every language knows it.
//!
//! Three drawers: an outcome the *user* caused, a mistake of the *caller*, a fault of the *world*.
//! Messages never hold a code, a secret, a token or a user id.

use std::fmt;

use crate::storage::StorageError;

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation was refused.
///
/// ```
/// use twinlock::{Code, Error};
///
/// assert_eq!(Error::Throttled { retry_after: 15 }.code(), Code::Throttled);
/// assert_eq!(Error::InvalidCode.code().as_str(), "invalid_code");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // --- the user caused it ---
    /// The code is wrong, was used before, or is unknown: one answer for all three. Ask for another code.
    #[error("the code is not valid")]
    InvalidCode,
    /// What was typed cannot be a code; nothing was compared and nothing was spent. Ask to look again.
    #[error("that is not a code: type 6 to 8 digits, or one backup code of 16 characters")]
    MalformedCode,
    /// Too many wrong codes: wait `retry_after` seconds, or send three consecutive codes.
    #[error("too many wrong codes: wait {retry_after} seconds or send three consecutive codes")]
    Throttled {
        /// Seconds until a single code is evaluated again, at least 1.
        retry_after: u64,
    },
    /// A single code is not enough now: send `count` consecutive codes of one authenticator in one request.
    #[error("{count} consecutive codes are needed: wait for each new code and send them together")]
    MoreCodesRequired {
        /// How many consecutive codes, always 3 today.
        count: u8,
    },
    /// The challenge is used, expired or not one of ours. Start again at the password.
    #[error("the sign-in took too long or was already used: start again")]
    ChallengeExpired,
    /// The setup is expired or was ended by another change. Start the enrollment again.
    #[error("the setup took too long or was already used: start again")]
    SetupExpired,
    /// A fresher proof of the second factor is needed. Ask for a code (step-up) and repeat the call.
    #[error("a fresh proof of the second factor is needed")]
    AssuranceRequired,
    /// The user has no second factor.
    #[error("two-factor authentication is not switched on")]
    NotEnabled,
    /// That secret is already enrolled.
    #[error("this authenticator is already enrolled")]
    AlreadyEnrolled,
    /// The user has as many authenticators as the policy allows.
    #[error("no further authenticator can be added: remove one first")]
    TooManyAuthenticators,
    /// The last authenticator goes only by `disable`.
    #[error("the last authenticator can only be removed by switching two-factor authentication off")]
    LastAuthenticator,
    /// There is no authenticator or device with that id.
    #[error("not found")]
    NotFound,

    // --- the caller's mistake ---
    /// The secret or `otpauth://` URI cannot be imported; the text says why.
    #[error("the secret cannot be used: {0}")]
    InvalidSecret(String),
    /// An argument is of the wrong length or form; the text says which and what is allowed.
    #[error("{0}")]
    MalformedRequest(String),
    /// The engine is set up wrongly (keys, policy, clock, storage); the text says what to change.
    #[error("{0}")]
    Configuration(String),

    // --- the world's fault: refused, closed rather than open ---
    /// Others changed the same user's record five times in a row. Try again in a second.
    #[error("too many changes at once: try again")]
    Contention,
    /// The storage failed. Whether the write happened is unknown; nobody was let in.
    #[error("the storage failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The storage did not answer in time. Nobody was let in.
    #[error("the storage did not answer in time")]
    StorageTimeout,
    /// The stored record was changed, swapped or cut. Restore it, or `erase` the user after checking who they are.
    #[error("the stored record does not open: it was changed outside, or belongs to another user or namespace")]
    RecordTampered,
    /// The stored record is sealed with a key that the key ring lacks. Add that key behind the active one.
    #[error("the stored record is sealed with a key that is not in the key ring")]
    UnknownKey,
    /// A fault in Twinlock or its host. Refused.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::Configuration(message.into())
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::MalformedRequest(message.into())
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::Internal(message.into())
    }

    /// The stable code, the same in every language and in every HTTP answer.
    ///
    /// ```
    /// assert_eq!(twinlock::Error::NotEnabled.code().as_str(), "not_enabled");
    /// ```
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::InvalidCode => Code::InvalidCode,
            Self::MalformedCode => Code::MalformedCode,
            Self::Throttled { .. } => Code::Throttled,
            Self::MoreCodesRequired { .. } => Code::MoreCodesRequired,
            Self::ChallengeExpired => Code::ChallengeExpired,
            Self::SetupExpired => Code::SetupExpired,
            Self::AssuranceRequired => Code::AssuranceRequired,
            Self::NotEnabled => Code::NotEnabled,
            Self::AlreadyEnrolled => Code::AlreadyEnrolled,
            Self::TooManyAuthenticators => Code::TooManyAuthenticators,
            Self::LastAuthenticator => Code::LastAuthenticator,
            Self::NotFound => Code::NotFound,
            Self::InvalidSecret(_) => Code::InvalidSecret,
            Self::MalformedRequest(_) => Code::MalformedRequest,
            Self::Configuration(_) => Code::ConfigurationError,
            Self::Contention => Code::Contention,
            Self::Storage(_) => Code::StorageError,
            Self::StorageTimeout => Code::StorageTimeout,
            Self::RecordTampered => Code::RecordTampered,
            Self::UnknownKey => Code::UnknownKey,
            Self::Internal(_) => Code::InternalError,
        }
    }

    /// Seconds after which trying again makes sense, where that is known.
    ///
    /// ```
    /// assert_eq!(twinlock::Error::Throttled { retry_after: 30 }.retry_after(), Some(30));
    /// assert_eq!(twinlock::Error::Contention.retry_after(), Some(1));
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after } => Some(*retry_after),
            Self::Contention | Self::Storage(_) | Self::StorageTimeout => Some(1),
            _ => None,
        }
    }

    /// A fault of the world or of the set-up, whose decision must not be stored.
    pub(crate) fn is_fault(&self) -> bool {
        matches!(self.code().status_class(), StatusClass::Fault)
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Failed(source) => Self::Storage(source),
            StorageError::Timeout => Self::StorageTimeout,
        }
    }
}

/// Whether a code tells of a user's outcome or of a fault.
pub(crate) enum StatusClass {
    Outcome,
    Fault,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// Every stable code of the engine and of the HTTP contract, in one list.
        ///
        /// ```
        /// use twinlock::Code;
        ///
        /// assert!(Code::ALL.iter().any(|code| code.as_str() == "origin_refused"));
        /// assert_eq!(Code::parse("throttled"), Some(Code::Throttled));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name),+ }

        impl Code {
            /// All of them, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it stands in answers and logs.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

codes! {
    /// The code is wrong, used or unknown.
    InvalidCode = "invalid_code",
    /// That cannot be a code.
    MalformedCode = "malformed_code",
    /// Wait, or send three codes.
    Throttled = "throttled",
    /// Send three consecutive codes.
    MoreCodesRequired = "more_codes_required",
    /// Start again at the password.
    ChallengeExpired = "challenge_expired",
    /// Start the enrollment again.
    SetupExpired = "setup_expired",
    /// Prove the second factor again.
    AssuranceRequired = "assurance_required",
    /// No second factor.
    NotEnabled = "not_enabled",
    /// That secret is enrolled.
    AlreadyEnrolled = "already_enrolled",
    /// Remove one first.
    TooManyAuthenticators = "too_many_authenticators",
    /// Goes only by `disable`.
    LastAuthenticator = "last_authenticator",
    /// No such id.
    NotFound = "not_found",
    /// The secret cannot be used.
    InvalidSecret = "invalid_secret",
    /// An argument or body has the wrong form.
    MalformedRequest = "malformed_request",
    /// The engine is set up wrongly.
    ConfigurationError = "configuration_error",
    /// Too many changes at once.
    Contention = "contention",
    /// The storage failed.
    StorageError = "storage_error",
    /// The storage did not answer.
    StorageTimeout = "storage_timeout",
    /// The stored record does not open.
    RecordTampered = "record_tampered",
    /// The key ring lacks a key.
    UnknownKey = "unknown_key",
    /// A fault of ours.
    InternalError = "internal_error",
    /// HTTP: the one-call login needs the code.
    CodeRequired = "code_required",
    /// HTTP: the password is needed again.
    PasswordRequired = "password_required",
    /// HTTP: the password is wrong.
    WrongPassword = "wrong_password",
    /// HTTP: nobody is signed in; the only one on which a client refreshes its token.
    NotSignedIn = "not_signed_in",
    /// HTTP: the request comes from another site.
    OriginRefused = "origin_refused",
    /// HTTP: administrators only.
    NotAdministrator = "not_administrator",
    /// HTTP: this user must keep a second factor.
    RequiredByPolicy = "required_by_policy",
    /// HTTP: the body is over 10 kB.
    TooLarge = "too_large",
    /// HTTP: the body is not JSON.
    NotJson = "not_json",
}

impl Code {
    /// The code with that text.
    ///
    /// ```
    /// assert_eq!(twinlock::Code::parse("no_such_code"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    pub(crate) fn status_class(self) -> StatusClass {
        match self {
            Self::Contention
            | Self::StorageError
            | Self::StorageTimeout
            | Self::RecordTampered
            | Self::UnknownKey
            | Self::InternalError
            | Self::ConfigurationError => StatusClass::Fault,
            _ => StatusClass::Outcome,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

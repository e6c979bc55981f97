//! The one table (error, operation) → HTTP status and RFC 9457 problem, for every server in every language.

use serde::Serialize;

use crate::error::{Code, Error};

/// Where in the HTTP contract an error arose: some codes have another status there.
///
/// ```
/// use twinlock::{Code, Operation};
///
/// assert_eq!(Code::InvalidCode.status(Operation::Verify), 401);
/// assert_eq!(Code::InvalidCode.status(Operation::StepUp), 400);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// The second step of a sign-in: nobody is signed in yet.
    Verify,
    /// A code asked from a signed-in user.
    StepUp,
    /// Confirming an enrollment, by a signed-in user.
    Confirm,
    /// A guard in front of one of the application's own routes.
    Guard,
    /// The password step of a sign-in.
    Login,
    /// Everything else.
    #[default]
    Other,
}

impl Operation {
    /// The operation with that name: `verify`, `step_up`, `confirm`, `guard`, `login` or `other`.
    ///
    /// ```
    /// use twinlock::Operation;
    ///
    /// assert_eq!(Operation::parse("step_up"), Some(Operation::StepUp));
    /// ```
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "verify" => Self::Verify,
            "step_up" => Self::StepUp,
            "confirm" => Self::Confirm,
            "guard" => Self::Guard,
            "login" => Self::Login,
            "other" => Self::Other,
            _ => return None,
        })
    }
}

impl Code {
    /// The HTTP status of this code at that place of the contract.
    ///
    /// ```
    /// use twinlock::{Code, Operation};
    ///
    /// assert_eq!(Code::NotEnabled.status(Operation::Guard), 403);
    /// assert_eq!(Code::NotEnabled.status(Operation::Other), 409);
    /// ```
    #[must_use]
    pub fn status(self, operation: Operation) -> u16 {
        match self {
            Self::InvalidCode | Self::MoreCodesRequired => match operation {
                Operation::Verify | Operation::Login => 401,
                _ => 400,
            },
            Self::NotEnabled => match operation {
                Operation::Guard => 403,
                _ => 409,
            },
            Self::MalformedCode
            | Self::MalformedRequest
            | Self::CodeRequired
            | Self::PasswordRequired
            | Self::WrongPassword
            | Self::InvalidSecret => 400,
            Self::NotSignedIn | Self::AssuranceRequired => 401,
            Self::OriginRefused | Self::NotAdministrator | Self::RequiredByPolicy => 403,
            Self::NotFound => 404,
            Self::AlreadyEnrolled | Self::TooManyAuthenticators | Self::LastAuthenticator => 409,
            Self::ChallengeExpired | Self::SetupExpired => 410,
            Self::TooLarge => 413,
            Self::NotJson => 415,
            Self::Throttled => 429,
            Self::ConfigurationError | Self::RecordTampered | Self::UnknownKey | Self::InternalError => 500,
            Self::Contention | Self::StorageError | Self::StorageTimeout => 503,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::InvalidCode => "Wrong code",
            Self::MalformedCode => "Not a code",
            Self::Throttled => "Too many wrong codes",
            Self::MoreCodesRequired => "Three codes needed",
            Self::ChallengeExpired => "Sign-in expired",
            Self::SetupExpired => "Setup expired",
            Self::AssuranceRequired => "Second factor needed",
            Self::NotEnabled => "Two-factor authentication is off",
            Self::AlreadyEnrolled => "Already enrolled",
            Self::TooManyAuthenticators => "Too many authenticators",
            Self::LastAuthenticator => "Last authenticator",
            Self::NotFound => "Not found",
            Self::InvalidSecret => "Invalid secret",
            Self::MalformedRequest => "Malformed request",
            Self::CodeRequired => "Code needed",
            Self::PasswordRequired => "Password needed",
            Self::WrongPassword => "Wrong password",
            Self::NotSignedIn => "Not signed in",
            Self::OriginRefused => "Request from another site",
            Self::NotAdministrator => "Administrators only",
            Self::RequiredByPolicy => "Two-factor authentication is required",
            Self::TooLarge => "Body too large",
            Self::NotJson => "Not JSON",
            Self::Contention | Self::StorageError | Self::StorageTimeout => "Temporarily unavailable",
            Self::ConfigurationError | Self::RecordTampered | Self::UnknownKey | Self::InternalError => "Server error",
        }
    }

    /// What a stranger may read; details of faults go to the log, not into the answer.
    fn detail(self) -> &'static str {
        match self {
            Self::MalformedRequest => "the request does not have the form that this call takes",
            Self::InvalidSecret => "the secret cannot be used",
            Self::CodeRequired => "send the code of the second factor with the password",
            Self::PasswordRequired => "send the password with this request",
            Self::WrongPassword => "the password is not right",
            Self::NotSignedIn => "sign in first",
            Self::OriginRefused => "this call is only taken from the site itself",
            Self::NotAdministrator => "this call is for administrators",
            Self::RequiredByPolicy => "this account must keep two-factor authentication on",
            Self::TooLarge => "send at most 10 kB",
            Self::NotJson => "send the content type application/json",
            Self::Contention | Self::StorageError | Self::StorageTimeout => {
                "nothing was let through: try again in a moment"
            }
            Self::ConfigurationError | Self::RecordTampered | Self::UnknownKey | Self::InternalError => {
                "nothing was let through: the operator has to look at this"
            }
            Self::InvalidCode => "the code is not valid",
            Self::MalformedCode => "type the 6 to 8 digits of the app, or one backup code",
            Self::Throttled => "wait, or send three consecutive codes",
            Self::MoreCodesRequired => "send three consecutive codes of one authenticator",
            Self::ChallengeExpired => "the sign-in took too long or was already used: start again",
            Self::SetupExpired => "the setup took too long or was already used: start again",
            Self::AssuranceRequired => "enter a code of the second factor to go on",
            Self::NotEnabled => "switch two-factor authentication on first",
            Self::AlreadyEnrolled => "this authenticator is already enrolled",
            Self::TooManyAuthenticators => "remove an authenticator first",
            Self::LastAuthenticator => "the last authenticator goes only by switching two-factor authentication off",
            Self::NotFound => "there is no such entry",
        }
    }

    /// The problem body of this code at that place of the contract.
    ///
    /// ```
    /// use twinlock::{Code, Operation};
    ///
    /// let problem = Code::NotSignedIn.problem(Operation::Other);
    /// assert_eq!((problem.status, problem.code), (401, "not_signed_in"));
    /// ```
    #[must_use]
    pub fn problem(self, operation: Operation) -> Problem {
        Problem {
            type_: format!("urn:twinlock:problem:{self}"),
            title: self.title(),
            status: self.status(operation),
            code: self.as_str(),
            detail: self.detail(),
            retry_after: None,
            count: None,
        }
    }
}

impl Error {
    /// The RFC 9457 problem of this error at that place of the contract.
    ///
    /// ```
    /// use twinlock::{Error, Operation};
    ///
    /// let problem = Error::Throttled { retry_after: 15 }.problem(Operation::Verify);
    /// assert_eq!((problem.status, problem.retry_after), (429, Some(15)));
    /// assert!(problem.to_json().contains("\"code\":\"throttled\""));
    /// ```
    #[must_use]
    pub fn problem(&self, operation: Operation) -> Problem {
        let count = match self {
            Self::MoreCodesRequired { count } => Some(*count),
            _ => None,
        };
        Problem { retry_after: self.retry_after(), count, ..self.code().problem(operation) }
    }
}

/// An RFC 9457 problem, sent as `application/problem+json`.
///
/// ```
/// use twinlock::{Error, Operation};
///
/// assert_eq!(Error::NotFound.problem(Operation::Other).title, "Not found");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A URN that names the kind of problem.
    #[serde(rename = "type")]
    pub type_: String,
    /// A short title in English.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What to do, in English.
    pub detail: &'static str,
    /// Seconds to wait, also sent as `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// How many consecutive codes are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u8>,
}

impl Problem {
    /// The body as JSON text.
    ///
    /// ```
    /// use twinlock::{Code, Operation};
    ///
    /// assert!(Code::NotFound.problem(Operation::Other).to_json().starts_with("{\"type\":\"urn:twinlock"));
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        crate::json::text(self)
    }
}

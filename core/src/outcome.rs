//! What operations give, and the bodies of the HTTP contract made of it.

use serde::{Serialize, Serializer};
use serde_json::json;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::json;
use crate::otp::Parameters;
use crate::qr::QrCode;

/// How a second factor was proved.
///
/// ```
/// assert_eq!(twinlock::Method::BackupCode.as_str(), "backup_code");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// A code of an authenticator, or three of them.
    Totp,
    /// A backup code.
    BackupCode,
}

impl Method {
    /// The name in answers and events.
    ///
    /// ```
    /// assert_eq!(twinlock::Method::Totp.as_str(), "totp");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::BackupCode => "backup_code",
        }
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A begun enrollment. The secret leaves the engine here and nowhere else: show it once, over a connection nobody reads,
/// and store nothing but `setup`, at the client.
///
/// ```
/// use twinlock::testing::example;
///
/// let (two_factor, _) = example();
/// let enrollment = two_factor.begin_enrollment("42", "ada@example.com", Default::default())?;
/// assert!(enrollment.uri.starts_with("otpauth://totp/Acme:ada%40example.com?"));
/// assert!(enrollment.qr_svg()?.starts_with("<svg"));
/// # Ok::<(), twinlock::Error>(())
/// ```
pub struct Enrollment {
    /// Sealed: to be sent back with the first code.
    pub setup: String,
    /// Base32, to be typed where no QR code can be read.
    pub secret: Zeroizing<String>,
    /// The `otpauth://` URI that the QR code holds.
    pub uri: Zeroizing<String>,
    /// Unix seconds until which `setup` can be confirmed.
    pub expires_at: u64,
    /// The account as the app will show it.
    pub account_name: String,
    /// The issuer as the app will show it.
    pub issuer: String,
    /// Algorithm, digits and period.
    pub parameters: Parameters,
}

impl Enrollment {
    /// The QR code of the URI as SVG.
    ///
    /// # Errors
    /// [`Error::Internal`] when the URI is too long for a QR code, which the limits on its parts exclude.
    ///
    /// ```
    /// # let (two_factor, _) = twinlock::testing::example();
    /// # let enrollment = two_factor.begin_enrollment("42", "ada", Default::default())?;
    /// assert!(enrollment.qr_svg()?.contains("</svg>"));
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn qr_svg(&self) -> Result<String> {
        Ok(self.qr()?.svg())
    }

    /// The QR code as half-block text for a terminal.
    ///
    /// # Errors
    /// As [`Enrollment::qr_svg`].
    ///
    /// ```
    /// # let (two_factor, _) = twinlock::testing::example();
    /// # let enrollment = two_factor.begin_enrollment("42", "ada", Default::default())?;
    /// assert!(enrollment.qr_text()?.lines().count() > 10);
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn qr_text(&self) -> Result<String> {
        Ok(self.qr()?.text())
    }

    /// The QR code as a PNG file.
    ///
    /// # Errors
    /// As [`Enrollment::qr_svg`].
    ///
    /// ```
    /// # let (two_factor, _) = twinlock::testing::example();
    /// # let enrollment = two_factor.begin_enrollment("42", "ada", Default::default())?;
    /// assert_eq!(&enrollment.qr_png()?[1..4], b"PNG");
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[cfg(feature = "png")]
    pub fn qr_png(&self) -> Result<Vec<u8>> {
        self.qr()?.png().map_err(internal)
    }

    /// The PNG as a `data:` URI for an `<img>`.
    ///
    /// # Errors
    /// As [`Enrollment::qr_svg`].
    ///
    /// ```
    /// # let (two_factor, _) = twinlock::testing::example();
    /// # let enrollment = two_factor.begin_enrollment("42", "ada", Default::default())?;
    /// assert!(enrollment.qr_data_uri()?.starts_with("data:image/png;base64,"));
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[cfg(feature = "png")]
    pub fn qr_data_uri(&self) -> Result<String> {
        self.qr()?.data_uri().map_err(internal)
    }

    /// The body of `POST /setup`, as JSON text.
    ///
    /// # Errors
    /// As [`Enrollment::qr_svg`].
    ///
    /// ```
    /// # let (two_factor, _) = twinlock::testing::example();
    /// # let enrollment = two_factor.begin_enrollment("42", "ada", Default::default())?;
    /// assert!(enrollment.body()?.contains("\"otpauth_uri\""));
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[cfg(feature = "png")]
    pub fn body(&self) -> Result<Zeroizing<String>> {
        let qr = self.qr()?;
        let body = json!({
            "setup": self.setup,
            "secret": *self.secret,
            "otpauth_uri": *self.uri,
            "qr_svg": qr.svg(),
            "qr_png": qr.data_uri().map_err(internal)?,
            "expires_at": self.expires_at,
            "account_name": self.account_name,
            "issuer": self.issuer,
            "digits": self.parameters.digits,
            "period": self.parameters.period,
        });
        Ok(Zeroizing::new(json::text(&body)))
    }

    fn qr(&self) -> Result<QrCode> {
        QrCode::new(&self.uri).map_err(internal)
    }
}

fn internal(error: crate::qr::QrError) -> Error {
    Error::internal(error.to_string())
}

impl std::fmt::Debug for Enrollment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Enrollment").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A confirmed enrollment.
///
/// ```
/// # let (two_factor, clock) = twinlock::testing::example();
/// let (phone, enrolled) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
/// assert_eq!(enrolled.backup_codes.len(), 10);
/// # let _ = phone;
/// # Ok::<(), twinlock::Error>(())
/// ```
pub struct Enrolled {
    /// The new authenticator, for renaming and removing.
    pub authenticator_id: String,
    /// With the first authenticator: to be shown once. Empty with further ones.
    pub backup_codes: Vec<Zeroizing<String>>,
    /// A fresh proof: confirming is one.
    pub assurance: String,
    /// The token of this browser, now known.
    pub device: Option<String>,
    /// Unix seconds of the proof.
    pub verified_at: u64,
}

impl Enrolled {
    /// The body of `POST /setup/confirm`, as JSON text.
    ///
    /// ```
    /// # let (two_factor, clock) = twinlock::testing::example();
    /// # let (_, enrolled) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
    /// assert!(enrolled.body().starts_with("{\"authenticator_id\":"));
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn body(&self) -> Zeroizing<String> {
        let codes: Vec<&str> = self.backup_codes.iter().map(|code| code.as_str()).collect();
        let body = json!({ "authenticator_id": self.authenticator_id, "backup_codes": codes });
        Zeroizing::new(json::text(&body))
    }
}

impl std::fmt::Debug for Enrolled {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Enrolled").field("authenticator_id", &self.authenticator_id).finish_non_exhaustive()
    }
}

/// What stands between the password and the session.
///
/// ```
/// # let (two_factor, _) = twinlock::testing::example();
/// let step = two_factor.after_first_factor("42", Default::default())?;
/// assert_eq!(step.status.as_str(), "not_required");
/// # Ok::<(), twinlock::Error>(())
/// ```
pub struct NextStep {
    /// Which of the four.
    pub status: StepStatus,
    /// With [`StepStatus::Challenge`]: to be sent back with the code.
    pub challenge: Option<String>,
    /// What the user can answer with; clients tolerate unknown ones.
    pub methods: Vec<Method>,
    /// How many consecutive codes of an authenticator are needed: 1, or 3 under attack. A backup code is always one.
    pub codes_required: u8,
    /// With [`StepStatus::Trusted`]: the proof, dated when the device last gave one.
    pub assurance: Option<String>,
    /// Unix seconds until which the challenge can be answered.
    pub expires_at: Option<u64>,
    /// The same in seconds from now.
    pub expires_in: Option<u64>,
}

impl NextStep {
    /// The part of a login's answer that asks for the second factor, as JSON text.
    ///
    /// ```
    /// # let (two_factor, _) = twinlock::testing::example();
    /// let step = two_factor.after_first_factor("42", Default::default())?;
    /// assert_eq!(step.body(), "{}");
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn body(&self) -> String {
        let body = match self.status {
            StepStatus::Challenge => json!({
                "two_factor_required": true,
                "challenge": self.challenge,
                "expires_in": self.expires_in,
                "methods": self.methods,
                "codes_required": self.codes_required,
            }),
            StepStatus::EnrollmentRequired => json!({ "enrollment_required": true }),
            StepStatus::NotRequired | StepStatus::Trusted => json!({}),
        };
        json::text(&body)
    }
}

impl std::fmt::Debug for NextStep {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NextStep").field("status", &self.status).finish_non_exhaustive()
    }
}

/// See [`NextStep`].
///
/// ```
/// assert_eq!(twinlock::StepStatus::Trusted.as_str(), "trusted");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepStatus {
    /// The user has no second factor and needs none: sign in.
    NotRequired,
    /// The user has none and must have one: lead to the enrollment.
    EnrollmentRequired,
    /// This browser is trusted: sign in, with the older proof.
    Trusted,
    /// Ask for a code.
    Challenge,
}

impl StepStatus {
    /// The name in every language.
    ///
    /// ```
    /// assert_eq!(twinlock::StepStatus::NotRequired.as_str(), "not_required");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRequired => "not_required",
            Self::EnrollmentRequired => "enrollment_required",
            Self::Trusted => "trusted",
            Self::Challenge => "challenge",
        }
    }
}

/// A proved second factor. **The account to sign in is `user_id` and nothing else.**
///
/// ```
/// # let (two_factor, clock) = twinlock::testing::example();
/// # let (phone, _) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
/// # clock.advance(30);
/// let challenge = two_factor.after_first_factor("42", Default::default())?.challenge.unwrap();
/// let verification = two_factor.verify(&challenge, &phone.code(), Default::default())?;
/// assert_eq!(verification.user_id, "42");
/// # Ok::<(), twinlock::Error>(())
/// ```
pub struct Verification {
    /// Whom to sign in.
    pub user_id: String,
    /// How it was proved.
    pub method: Method,
    /// Which authenticator, where one was used.
    pub authenticator_id: Option<String>,
    /// Backup codes left.
    pub backup_codes_left: u8,
    /// The proof, for guards and sensitive operations.
    pub assurance: String,
    /// The token of this browser, now known or trusted.
    pub device: Option<String>,
    /// What `after_first_factor` was given to carry.
    pub carry: Option<String>,
    /// Unix seconds of the proof.
    pub verified_at: u64,
}

impl Verification {
    /// What `POST /verify` adds to the host's own answer, as JSON text.
    ///
    /// ```
    /// # let (two_factor, clock) = twinlock::testing::example();
    /// # let (phone, _) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
    /// # clock.advance(30);
    /// # let challenge = two_factor.after_first_factor("42", Default::default())?.challenge.unwrap();
    /// # let verification = two_factor.verify(&challenge, &phone.code(), Default::default())?;
    /// assert_eq!(verification.body(), r#"{"backup_codes_left":10,"method":"totp"}"#);
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn body(&self) -> String {
        json::text(&json!({ "method": self.method, "backup_codes_left": self.backup_codes_left }))
    }
}

impl std::fmt::Debug for Verification {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Verification").field("method", &self.method).finish_non_exhaustive()
    }
}

/// A new set of backup codes, to be shown once.
///
/// ```
/// # let (two_factor, clock) = twinlock::testing::example();
/// # let (phone, enrolled) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
/// let codes = two_factor.regenerate_backup_codes("42", &enrolled.assurance, None)?;
/// assert_eq!(codes[0].len(), "XXXX-XXXX-XXXX-XXXX".len());
/// # Ok::<(), twinlock::Error>(())
/// ```
pub type NewBackupCodes = Vec<Zeroizing<String>>;

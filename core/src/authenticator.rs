//! The other side: an account that shows codes, for mobile apps, desktop tools and tests.

use zeroize::Zeroizing;

use crate::{
    otp::{CodeGenerator, Parameters},
    otpauth::{OtpauthUri, UriError, migration},
};

/// One account of an authenticator app.
///
/// `Debug` shows neither secret nor code.
///
/// ```
/// use twinlock::AuthenticatorAccount;
///
/// let account = AuthenticatorAccount::from_uri(
///     "otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme",
/// )?;
/// assert_eq!(*account.code_at(59), "287082"); // RFC 6238, appendix B
/// assert_eq!(account.seconds_left(59), 1);
/// # Ok::<(), twinlock::otpauth::UriError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AuthenticatorAccount {
    issuer: Option<String>,
    account_name: String,
    generator: CodeGenerator,
    parameters: Parameters,
}

impl AuthenticatorAccount {
    /// Takes what a QR code of an enrollment says.
    ///
    /// # Errors
    /// [`UriError`] names what is wrong with the URI.
    ///
    /// ```
    /// use twinlock::AuthenticatorAccount;
    ///
    /// assert!(AuthenticatorAccount::from_uri("https://example.com").is_err());
    /// ```
    pub fn from_uri(uri: &str) -> Result<Self, UriError> {
        OtpauthUri::parse(uri).map(Self::from)
    }

    /// Takes the usable accounts of one QR code of an authenticator app's export. Who wants to know
    /// how many were not usable, or which batch this is, calls [`migration::import`].
    ///
    /// # Errors
    /// [`UriError`] names what is wrong with the URI.
    ///
    /// ```
    /// use twinlock::AuthenticatorAccount;
    ///
    /// let accounts = AuthenticatorAccount::from_migration(
    ///     "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC",
    /// )?;
    /// assert_eq!(accounts.len(), 1);
    /// # Ok::<(), twinlock::otpauth::UriError>(())
    /// ```
    pub fn from_migration(uri: &str) -> Result<Vec<Self>, UriError> {
        let batch = migration::import(uri)?;
        Ok(batch.accounts.into_iter().map(Self::from).collect())
    }

    /// The service, if the URI named one.
    ///
    /// ```
    /// # use twinlock::AuthenticatorAccount;
    /// let account = AuthenticatorAccount::from_uri("otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQ")?;
    /// assert_eq!(account.issuer(), Some("Acme"));
    /// # Ok::<(), twinlock::otpauth::UriError>(())
    /// ```
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The account at that service.
    ///
    /// ```
    /// # use twinlock::AuthenticatorAccount;
    /// let account = AuthenticatorAccount::from_uri("otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQ")?;
    /// assert_eq!(account.account_name(), "ada");
    /// # Ok::<(), twinlock::otpauth::UriError>(())
    /// ```
    #[must_use]
    pub fn account_name(&self) -> &str {
        &self.account_name
    }

    /// Algorithm, digits and period.
    ///
    /// ```
    /// # use twinlock::AuthenticatorAccount;
    /// let account = AuthenticatorAccount::from_uri("otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQ&digits=8")?;
    /// assert_eq!(account.parameters().digits, 8);
    /// # Ok::<(), twinlock::otpauth::UriError>(())
    /// ```
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// The code to show at a Unix time, in seconds.
    ///
    /// ```
    /// # use twinlock::AuthenticatorAccount;
    /// let account = AuthenticatorAccount::from_uri("otpauth://totp/ada?secret=JBSWY3DPEHPK3PXP")?;
    /// assert_eq!(*account.code_at(1_700_000_000), "324550");
    /// # Ok::<(), twinlock::otpauth::UriError>(())
    /// ```
    #[must_use]
    pub fn code_at(&self, now: u64) -> Zeroizing<String> {
        self.generator.code(self.parameters.step_at(now))
    }

    /// The code that follows it, for apps that show it when little time is left.
    ///
    /// ```
    /// # use twinlock::AuthenticatorAccount;
    /// let account = AuthenticatorAccount::from_uri("otpauth://totp/ada?secret=JBSWY3DPEHPK3PXP")?;
    /// assert_eq!(account.next_code_at(1_700_000_000), account.code_at(1_700_000_030));
    /// # Ok::<(), twinlock::otpauth::UriError>(())
    /// ```
    #[must_use]
    pub fn next_code_at(&self, now: u64) -> Zeroizing<String> {
        self.generator.code(self.parameters.step_at(now).wrapping_add(1))
    }

    /// How long the current code stays current: 1 to `period` seconds.
    ///
    /// ```
    /// # use twinlock::AuthenticatorAccount;
    /// let account = AuthenticatorAccount::from_uri("otpauth://totp/ada?secret=JBSWY3DPEHPK3PXP")?;
    /// assert_eq!(account.seconds_left(60), 30);
    /// assert_eq!(account.seconds_left(89), 1);
    /// # Ok::<(), twinlock::otpauth::UriError>(())
    /// ```
    #[must_use]
    pub fn seconds_left(&self, now: u64) -> u32 {
        let period = self.parameters.period;
        let passed = now.checked_rem(u64::from(period)).unwrap_or(0);
        period.saturating_sub(u32::try_from(passed).unwrap_or(0))
    }
}

impl From<OtpauthUri> for AuthenticatorAccount {
    fn from(uri: OtpauthUri) -> Self {
        Self {
            generator: CodeGenerator::new(&uri.secret, uri.parameters),
            parameters: uri.parameters,
            issuer: uri.issuer,
            account_name: uri.account_name,
        }
    }
}

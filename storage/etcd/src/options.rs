//! What can be chosen.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::error::ConnectError;

/// How [`EtcdStorage::connect`](crate::EtcdStorage::connect) behaves.
///
/// ```
/// use std::time::Duration;
/// use twinlock_etcd::Options;
///
/// let options = Options::new().prefix("apps/shop/twinlock").credentials("shop", "secret").timeout(Duration::from_secs(2));
/// assert!(!format!("{options:?}").contains("secret"));
/// ```
#[derive(Clone)]
pub struct Options {
    pub(crate) prefix: String,
    pub(crate) timeout: Duration,
    pub(crate) credentials: Option<Credentials>,
    #[cfg(feature = "tls")]
    pub(crate) tls: tonic::transport::ClientTlsConfig,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// The prefix `twinlock`, five seconds, nobody's credentials.
    ///
    /// ```
    /// let options = twinlock_etcd::Options::new();
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            prefix: "twinlock".to_owned(),
            timeout: Duration::from_secs(5),
            credentials: None,
            #[cfg(feature = "tls")]
            tls: tonic::transport::ClientTlsConfig::new().with_native_roots(),
        }
    }

    /// What all keys begin with, without the slash that follows; services that share records set the same. 1 to 200 of the
    /// characters a–z, A–Z, 0–9, `_`, `-`, `.`, `:` and `/`.
    ///
    /// ```
    /// let options = twinlock_etcd::Options::new().prefix("apps/shop/twinlock");
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a call may take, all nodes and tries together, before it is
    /// [`StorageError::Timeout`](twinlock::StorageError::Timeout). More than zero. An election of etcd's takes one to two seconds
    /// with its usual settings; a shorter time refuses sign-ins meanwhile.
    ///
    /// ```
    /// let options = twinlock_etcd::Options::new().timeout(std::time::Duration::from_secs(2));
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A user of etcd's and the password, where accounts are enabled. Over `http` both are sent in clear.
    ///
    /// ```
    /// let options = twinlock_etcd::Options::new().credentials("shop", "secret");
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn credentials(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials { user: user.into(), password: Zeroizing::new(password.into()) });
        self
    }

    /// For `https` endpoints: whom to trust, which certificate to show. Unless set, what the system trusts and none.
    ///
    /// ```
    /// use twinlock_etcd::tls::{Certificate, ClientTlsConfig, Identity};
    ///
    /// # let (authority, certificate, key) = ("", "", "");
    /// let tls = ClientTlsConfig::new()
    ///     .ca_certificate(Certificate::from_pem(authority))
    ///     .identity(Identity::from_pem(certificate, key));
    /// let options = twinlock_etcd::Options::new().tls(tls);
    /// # let _ = options;
    /// ```
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: tonic::transport::ClientTlsConfig) -> Self {
        self.tls = tls;
        self
    }

    pub(crate) fn checked(self) -> Result<Self, ConnectError> {
        if self.timeout.is_zero() {
            return Err(ConnectError::Timeout);
        }
        let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte);
        // One slash may lead. A part called `record` would put these keys among those of the prefix before it.
        let mut parts = self.prefix.strip_prefix('/').unwrap_or(&self.prefix).split('/');
        let sound = self.prefix.len() <= 200
            && self.prefix.bytes().all(usual)
            && parts.all(|part| !["", "record", "event"].contains(&part));
        if sound { Ok(self) } else { Err(ConnectError::Prefix) }
    }
}

/// Neither the password nor the key of a certificate.
impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut options = formatter.debug_struct("Options");
        options.field("prefix", &self.prefix).field("timeout", &self.timeout);
        options.field("user", &self.credentials.as_ref().map(|credentials| &credentials.user)).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: Zeroizing<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_that_could_meet_another_is_refused() {
        for prefix in ["twinlock", "/registry/twinlock", "apps/shop:eu/2fa_v1.0", "records", &"p".repeat(200)] {
            assert!(Options::new().prefix(prefix).checked().is_ok(), "{prefix}");
        }
        let long = "p".repeat(201);
        for prefix in ["", "/", "a/", "a//b", "//a", "app/record", "event/x", "a b", "ä", "a%", "a\0", &long] {
            assert!(matches!(Options::new().prefix(prefix).checked(), Err(ConnectError::Prefix)), "{prefix}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn the_key_of_a_certificate_is_not_shown() {
        let identity = tonic::transport::Identity::from_pem("certificate", "kkkkkk");
        let shown = format!("{:?}", Options::new().tls(tonic::transport::ClientTlsConfig::new().identity(identity)));
        assert!(!shown.contains("kkkkkk") && !shown.contains("107, 107"), "{shown}");
    }

    #[test]
    fn no_time_at_all_is_refused() {
        assert!(matches!(Options::new().timeout(Duration::ZERO).checked(), Err(ConnectError::Timeout)));
    }
}

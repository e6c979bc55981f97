//! A clock that stands still and a pretend phone that reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use zeroize::Zeroizing;

use crate::authenticator::AuthenticatorAccount;
use crate::driver::{Clock, TwoFactor};
use crate::engine::{Engine, FirstFactorOptions};
use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::outcome::Enrolled;
use crate::policy::Policy;
use crate::seal::KeyRing;
use crate::storage::{MemoryStorage, Storage};
use crate::time::Timestamp;

/// A clock that moves only when told; clones show the same time.
///
/// ```
/// use twinlock::testing::VirtualClock;
///
/// let clock = VirtualClock::default();
/// let before = clock.seconds();
/// clock.advance(30);
/// assert_eq!(clock.seconds(), before + 30);
/// ```
#[derive(Clone, Debug)]
pub struct VirtualClock(Arc<AtomicI64>);

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new(1_700_000_000)
    }
}

impl VirtualClock {
    /// A clock that shows that many Unix seconds.
    ///
    /// ```
    /// assert_eq!(twinlock::testing::VirtualClock::new(60).seconds(), 60);
    /// ```
    #[must_use]
    pub fn new(seconds: i64) -> Self {
        Self(Arc::new(AtomicI64::new(seconds)))
    }

    /// Moves by that many seconds, back when negative.
    ///
    /// ```
    /// let clock = twinlock::testing::VirtualClock::new(60);
    /// clock.advance(-30);
    /// assert_eq!(clock.seconds(), 30);
    /// ```
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Shows another time.
    ///
    /// ```
    /// let clock = twinlock::testing::VirtualClock::default();
    /// clock.set(90);
    /// assert_eq!(clock.seconds(), 90);
    /// ```
    pub fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    /// The time shown; 0 before 1970.
    ///
    /// ```
    /// assert_eq!(twinlock::testing::VirtualClock::new(-5).seconds(), 0);
    /// ```
    #[must_use]
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.0.load(Ordering::SeqCst)).unwrap_or(0)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Result<Timestamp> {
        Timestamp::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// A phone with one account, on the clock of the test.
///
/// ```
/// use twinlock::testing::{FakePhone, VirtualClock};
///
/// let clock = VirtualClock::new(59);
/// let phone = FakePhone::scan("otpauth://totp/ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8", &clock)?;
/// assert_eq!(*phone.code(), "94287082"); // RFC 6238, appendix B
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FakePhone {
    account: AuthenticatorAccount,
    clock: VirtualClock,
}

impl FakePhone {
    /// Scans an `otpauth://` URI.
    ///
    /// # Errors
    /// [`Error::InvalidSecret`] when it is none.
    ///
    /// ```
    /// use twinlock::testing::{FakePhone, VirtualClock};
    ///
    /// assert!(FakePhone::scan("https://example.com", &VirtualClock::default()).is_err());
    /// ```
    pub fn scan(uri: &str, clock: &VirtualClock) -> Result<Self> {
        let account = AuthenticatorAccount::from_uri(uri).map_err(|error| Error::InvalidSecret(error.to_string()))?;
        Ok(Self { account, clock: clock.clone() })
    }

    /// The code shown now.
    ///
    /// ```
    /// # let (two_factor, clock) = twinlock::testing::example();
    /// # let (phone, _) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
    /// assert_eq!(phone.code().len(), 6);
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn code(&self) -> Zeroizing<String> {
        self.code_after(0)
    }

    /// The code shown that many steps from now, before now when negative.
    ///
    /// ```
    /// # let (two_factor, clock) = twinlock::testing::example();
    /// # let (phone, _) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
    /// let next = phone.code_after(1);
    /// clock.advance(30);
    /// assert_eq!(phone.code(), next);
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn code_after(&self, steps: i64) -> Zeroizing<String> {
        let seconds = steps.saturating_mul(self.account.parameters().period.into());
        self.account.code_at(self.clock.seconds().saturating_add_signed(seconds))
    }

    /// Three consecutive codes, the newest shown now.
    ///
    /// ```
    /// # let (two_factor, clock) = twinlock::testing::example();
    /// # let (phone, _) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
    /// assert_eq!(phone.three_codes()[2], phone.code());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn three_codes(&self) -> [Zeroizing<String>; 3] {
        [self.code_after(-2), self.code_after(-1), self.code_after(0)]
    }
}

/// A driver over [`MemoryStorage`] on a virtual clock, with a fresh key.
///
/// ```
/// let (two_factor, clock) = twinlock::testing::example();
/// assert!(!two_factor.status("42", Default::default())?.enabled);
/// # let _ = clock;
/// # Ok::<(), twinlock::Error>(())
/// ```
///
/// # Panics
/// When the operating system gives no randomness.
#[must_use]
#[allow(clippy::expect_used)] // a test without randomness has nothing to test
pub fn example() -> (TwoFactor<MemoryStorage, VirtualClock>, VirtualClock) {
    let clock = VirtualClock::default();
    let keys = KeyRing::generate("test").expect("randomness");
    let engine = Engine::new("Acme", &keys, Policy::default(), "").expect("valid settings");
    (TwoFactor::new(engine, MemoryStorage::new()).with_clock(clock.clone()), clock)
}

/// Enrolls a pretend phone for that user. The code it shows now is used: advance the clock before signing in.
///
/// # Errors
/// Those of the two operations.
///
/// ```
/// # let (two_factor, clock) = twinlock::testing::example();
/// let (phone, enrolled) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
/// assert!(two_factor.status("42", Default::default())?.enabled);
/// # let _ = (phone, enrolled);
/// # Ok::<(), twinlock::Error>(())
/// ```
pub fn enroll<S: Storage>(
    two_factor: &TwoFactor<S, VirtualClock>,
    user_id: &str,
    clock: &VirtualClock,
) -> Result<(FakePhone, Enrolled)> {
    let enrollment = two_factor.begin_enrollment(user_id, "ada@example.com", crate::BeginOptions::default())?;
    let phone = FakePhone::scan(&enrollment.uri, clock)?;
    let enrolled =
        two_factor.confirm_enrollment(user_id, &enrollment.setup, &phone.code(), crate::ConfirmOptions::default())?;
    Ok((phone, enrolled))
}

/// A fresh proof for that user, by the code the phone shows now.
///
/// # Errors
/// Those of the two operations; [`Error::InvalidCode`] when that code was used already.
///
/// ```
/// # let (two_factor, clock) = twinlock::testing::example();
/// # let (phone, _) = twinlock::testing::enroll(&two_factor, "42", &clock)?;
/// clock.advance(30);
/// let assurance = twinlock::testing::proof(&two_factor, "42", &phone)?;
/// assert!(two_factor.check_assurance("42", &assurance, Some(300)).is_ok());
/// # Ok::<(), twinlock::Error>(())
/// ```
pub fn proof<S: Storage>(two_factor: &TwoFactor<S, VirtualClock>, user_id: &str, phone: &FakePhone) -> Result<String> {
    let options = FirstFactorOptions { fresh: true, ..FirstFactorOptions::default() };
    let challenge = two_factor.after_first_factor(user_id, options)?.challenge.ok_or(Error::NotEnabled)?;
    Ok(two_factor.verify(&challenge, &phone.code(), crate::VerifyOptions::default())?.assurance)
}

/// An event as a storage meets it.
///
/// ```
/// assert_eq!(twinlock::testing::example_event().kind, "verified");
/// ```
#[must_use]
pub fn example_event() -> Event {
    Event {
        id: *b"\x01\x8b\xcf\xe5\x68\x00\x70\x00\x80\x00\x00\x00\x00\x00\x00\x01",
        user_id: "42".to_owned(),
        kind: EventKind::Verified.as_str().into(),
        at: 1_700_000_000,
        success: true,
        method: Some("totp".into()),
        actor: None,
        context: Some("192.0.2.1".to_owned()),
        detail: crate::Detail::new(),
    }
}

//! Time as an argument: the core never reads a clock.

use crate::error::Error;

/// A moment in Unix seconds, between 1970 and the year 9999.
///
/// ```
/// use twinlock::Timestamp;
///
/// assert_eq!(Timestamp::from_secs(1_700_000_000)?.as_secs(), 1_700_000_000);
/// assert!(Timestamp::from_secs(-1).is_err());
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(u64);

/// 9999-12-31T23:59:59Z. A clock beyond it is broken, and seconds stay exact in a double up to here.
const LATEST: u64 = 253_402_300_799;

/// Something that grants may lie this far in the future (two servers' clocks differ); further, it grants nothing.
pub(crate) const TOLERANCE: u64 = 60;

impl Timestamp {
    /// Reads whole Unix seconds.
    ///
    /// # Errors
    /// [`Error::Configuration`] before 1970 or after the year 9999: the host's clock is broken.
    ///
    /// ```
    /// assert!(twinlock::Timestamp::from_secs(i64::MAX).is_err());
    /// ```
    pub fn from_secs(seconds: i64) -> Result<Self, Error> {
        match u64::try_from(seconds) {
            Ok(seconds) if seconds <= LATEST => Ok(Self(seconds)),
            _ => Err(Error::configuration("the clock gives a time outside 1970 to 9999: it must return Unix seconds")),
        }
    }

    /// Reads Unix seconds with a fraction, as `time.time()` in Python gives them; the fraction is dropped.
    ///
    /// # Errors
    /// [`Error::Configuration`] for NaN, infinities and times outside 1970 to 9999.
    ///
    /// ```
    /// use twinlock::Timestamp;
    ///
    /// assert_eq!(Timestamp::from_secs_f64(59.9)?.as_secs(), 59);
    /// assert!(Timestamp::from_secs_f64(f64::NAN).is_err());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[allow(clippy::cast_possible_truncation)] // `as` saturates; NaN, which becomes 0, is refused before
    pub fn from_secs_f64(seconds: f64) -> Result<Self, Error> {
        if seconds.is_finite() && seconds >= 0.0 { Self::from_secs(seconds as i64) } else { Self::from_secs(-1) }
    }

    /// Whole Unix seconds.
    ///
    /// ```
    /// assert_eq!(twinlock::Timestamp::from_secs(7)?.as_secs(), 7);
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn as_secs(self) -> u64 {
        self.0
    }

    /// Milliseconds since 1970, the unit of a budget's heat.
    pub(crate) fn as_millis(self) -> u64 {
        self.0.saturating_mul(1000)
    }

    /// Whether that second has come, give or take what two servers' clocks may differ.
    pub(crate) fn reaches(self, second: u64) -> bool {
        second <= self.0.saturating_add(TOLERANCE)
    }

    /// Whether something made at `start` that grants for `seconds` still grants now.
    pub(crate) fn grants(self, start: u64, seconds: u64) -> bool {
        self.reaches(start) && self.0 < start.saturating_add(seconds)
    }
}

//! Every number of the policy, with its reason and source, and the bound that follows from them.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::otp::{Algorithm, Parameters};

/// The settings of a [`Policy`]; [`Default`] gives the recommended ones. In JSON a missing field keeps its default.
///
/// ```
/// use twinlock::{Policy, PolicySettings};
///
/// let policy = Policy::new(PolicySettings { digits: 8, ..PolicySettings::default() })?;
/// assert!(policy.yearly_guess_probability() < 1e-4);
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySettings {
    /// `SHA1`, `SHA256` or `SHA512`. Default SHA1: what authenticator apps support (RFC 6238 §1.2 allows all three).
    pub algorithm: String,
    /// 6 to 8. Default 6: what authenticator apps show.
    pub digits: u8,
    /// Seconds, 1 to 300. Default 30 (RFC 6238 §5.2).
    pub period: u32,
    /// Steps taken on each side of now, 0 to 2. Default 1 (RFC 6238 §5.2); 2 is priced by the budget.
    pub window: u8,
    /// Length of new secrets in bytes, 16 to 64. Default 20: RFC 4226 §4 R6 recommends 160 bits.
    pub secret_bytes: u8,
    /// Backup codes in a set, 0 to 20. Default 10, of 80 bits each (SP 800-63B-4 asks for 64).
    pub backup_codes: u8,
    /// Whether pages insist that the user says the backup codes are saved. Default false; `status` tells it.
    pub require_saved_codes: bool,
    /// Unforgiven failures an account or a device may have, in units of 3/10^6. Default 8.
    pub budget: f64,
    /// Days after which one of them is returned. Default 21: 17.4 a year beside the first 8 keep the bound.
    pub budget_return_days: f64,
    /// Seconds to wait after the 1st, 2nd, … unforgiven failure; the last counts for all further ones.
    /// Default 0, 0, 0, 15, 30, 60, 120, 240: three typos cost the owner nothing.
    pub backoff: Vec<u32>,
    /// Consecutive-code tries a second that the bound assumes an attacker can send all year. Default 10,000.
    pub flood_rate: f64,
    /// Seconds in which a begun enrollment may be confirmed, 60 to 86,400. Default 600.
    pub setup_ttl: u32,
    /// Seconds between first and second factor, 30 to 3,600. Default 300.
    pub challenge_ttl: u32,
    /// Counted failures that end a challenge, 1 to 100. Default 5.
    pub challenge_failures: u8,
    /// Seconds that a proof counts as fresh for sensitive operations, 30 to 86,400. Default 300.
    pub assurance_max_age: u32,
    /// Days that a browser keeps its own budget after its last proof, 1 to 365. Default 90.
    pub device_known_days: u16,
    /// Days that a browser the user trusts skips the code, 0 (never) to 365. Default 30; off until the user asks.
    pub device_trusted_days: u16,
    /// Authenticators per user, 1 to 5. Default 3.
    pub max_authenticators: u8,
    /// Devices per user, 0 to 20. Default 10.
    pub max_devices: u8,
    /// Accepts a policy whose yearly guess probability is above 1e-4.
    pub accept_risk: bool,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            algorithm: "SHA1".to_owned(),
            digits: 6,
            period: 30,
            window: 1,
            secret_bytes: 20,
            backup_codes: 10,
            require_saved_codes: false,
            budget: 8.0,
            budget_return_days: 21.0,
            backoff: vec![0, 0, 0, 15, 30, 60, 120, 240],
            flood_rate: 10_000.0,
            setup_ttl: 600,
            challenge_ttl: 300,
            challenge_failures: 5,
            assurance_max_age: 300,
            device_known_days: 90,
            device_trusted_days: 30,
            max_authenticators: 3,
            max_devices: 10,
            accept_risk: false,
        }
    }
}

impl PolicySettings {
    /// What many sites do: after `attempts` wrong codes nothing is taken for `minutes`. It locks the owner out and lets a
    /// patient guesser in, so [`Policy::new`] takes it only with `accept_risk`. Triples and backup codes stay open in it.
    ///
    /// ```
    /// use twinlock::{Policy, PolicySettings};
    ///
    /// assert!(Policy::new(PolicySettings::fixed_lockout(5, 15)).is_err());
    /// let accepted = PolicySettings { accept_risk: true, ..PolicySettings::fixed_lockout(5, 15) };
    /// assert!(Policy::new(accepted)?.yearly_guess_probability() > 0.4);
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn fixed_lockout(attempts: u8, minutes: u32) -> Self {
        let before_the_last = usize::from(attempts.saturating_sub(1));
        let mut backoff = vec![0; before_the_last];
        backoff.push(minutes.saturating_mul(60));
        Self {
            // One more than ever gets used: the back-off answers first, with the time to wait.
            budget: f64::from(attempts) + 1.0,
            budget_return_days: f64::from(minutes) / f64::from(attempts.max(1)) / MINUTES_A_DAY,
            backoff,
            ..Self::default()
        }
    }
}

/// A checked set of numbers.
///
/// ```
/// let policy = twinlock::Policy::default();
/// assert_eq!(policy.settings().digits, 6);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    settings: PolicySettings,
    parameters: Parameters,
}

/// Above this the constructor wants `accept_risk`.
const ACCEPTABLE: f64 = 1e-4;
const DAYS_A_YEAR: f64 = 365.25;
const MINUTES_A_DAY: f64 = 1440.0;
const SECONDS_A_DAY: f64 = 86_400.0;
/// The unit of the budget: one code of six digits against a window of three steps.
const UNIT: f64 = 3e-6;
/// Prices are counted in steps of an eight-digit code, 10^-8 each; a unit of the budget holds 300.
const PRICES_PER_UNIT: u64 = 300;
/// The farthest that three consecutive codes are searched, in steps; shared by the account's authenticators.
pub(crate) const RESYNC_STEPS: u8 = 20;

impl Policy {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Configuration`] names the setting that is out of range, or the bound that is above 1e-4.
    ///
    /// ```
    /// use twinlock::{Policy, PolicySettings};
    ///
    /// assert!(Policy::new(PolicySettings { window: 3, ..PolicySettings::default() }).is_err());
    /// ```
    pub fn new(settings: PolicySettings) -> Result<Self> {
        check_ranges(&settings)?;
        let algorithm: Algorithm = settings
            .algorithm
            .parse()
            .map_err(|_| Error::configuration("policy: algorithm must be SHA1, SHA256 or SHA512"))?;
        let parameters = Parameters::new(algorithm, settings.digits, settings.period)
            .map_err(|_| Error::configuration("policy: digits must be 6 to 8 and period 1 to 300"))?;
        let policy = Self { settings, parameters };
        policy.check_budget()?;
        policy.check_bound()?;
        Ok(policy)
    }

    /// Reads settings from a JSON object; a missing field keeps its default.
    ///
    /// # Errors
    /// As [`Policy::new`], and for a name that is no setting.
    ///
    /// ```
    /// use twinlock::Policy;
    ///
    /// assert_eq!(Policy::from_json(r#"{"digits": 8}"#)?.settings().digits, 8);
    /// assert!(Policy::from_json(r#"{"digit": 8}"#).is_err());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn from_json(json: &str) -> Result<Self> {
        let settings = serde_json::from_str(json).map_err(|error| Error::configuration(format!("policy: {error}")))?;
        Self::new(settings)
    }

    /// The numbers.
    ///
    /// ```
    /// assert_eq!(twinlock::Policy::default().settings().budget, 8.0);
    /// ```
    #[must_use]
    pub fn settings(&self) -> &PolicySettings {
        &self.settings
    }

    /// An upper bound of the probability that somebody who knows the password, but has none of the user's devices, gets past
    /// the second factor within a year of trying all day: single codes within the budget, and floods of three consecutive
    /// codes at `flood_rate`; the worst over every allowed number of authenticators.
    ///
    /// A stolen device token adds a lane of its own: with `n` of them the single codes count `1 + n` times.
    ///
    /// ```
    /// let bound = twinlock::Policy::default().yearly_guess_probability();
    /// assert!((8.8e-5..8.9e-5).contains(&bound));
    /// ```
    #[must_use]
    pub fn yearly_guess_probability(&self) -> f64 {
        let evaluations = self.settings.budget + DAYS_A_YEAR / self.settings.budget_return_days;
        let triples = (1..=self.settings.max_authenticators).map(triples_searched).max().unwrap_or(0);
        // Imported authenticators may have six digits whatever the policy says.
        let flood = self.settings.flood_rate * DAYS_A_YEAR * SECONDS_A_DAY * f64::from(triples) * 1e-18;
        -f64::exp_m1(-(evaluations * UNIT + flood))
    }

    /// Algorithm, digits and period of new authenticators.
    pub(crate) fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// Steps that a single code is compared with, for each authenticator.
    pub(crate) fn window_steps(&self) -> u64 {
        u64::from(self.settings.window).saturating_mul(2).saturating_add(1)
    }

    /// Milliseconds until a price (in 10^-8) is returned: the unit in which a budget keeps its heat.
    pub(crate) fn heat(&self, price: u64) -> u64 {
        price.saturating_mul(self.return_millis()).div_ceil(PRICES_PER_UNIT)
    }

    /// The heat that a budget can hold, in milliseconds.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // ranges are checked
    pub(crate) fn capacity(&self) -> u64 {
        (self.settings.budget * self.return_millis() as f64).round() as u64
    }

    /// Seconds to wait after that many unforgiven failures.
    pub(crate) fn wait_after(&self, failures: u64) -> u64 {
        let Some(index) = failures.checked_sub(1) else { return 0 };
        let backoff = &self.settings.backoff;
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        backoff.get(index).or(backoff.last()).copied().map_or(0, u64::from)
    }

    /// The longest back-off, in seconds.
    pub(crate) fn longest_wait(&self) -> u64 {
        self.settings.backoff.iter().copied().max().map_or(0, u64::from)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // ranges are checked
    fn return_millis(&self) -> u64 {
        ((self.settings.budget_return_days * SECONDS_A_DAY * 1000.0).round() as u64).max(1)
    }

    /// One try against all authenticators must fit the empty budget, else no single code would ever be evaluated.
    fn check_budget(&self) -> Result<()> {
        let dearest =
            price(self.settings.digits, self.window_steps().saturating_mul(self.settings.max_authenticators.into()));
        if self.heat(dearest) > self.capacity() {
            return Err(Error::configuration(
                "policy: the budget is smaller than one try: raise budget, or lower window or max_authenticators",
            ));
        }
        Ok(())
    }

    fn check_bound(&self) -> Result<()> {
        let bound = self.yearly_guess_probability();
        if bound > ACCEPTABLE && !self.settings.accept_risk {
            return Err(Error::configuration(format!(
                "policy: a guesser who knows the password would get in with probability {bound:.1e} a year, above 1e-4: \
                 lower budget or raise budget_return_days, or set accept_risk"
            )));
        }
        Ok(())
    }
}

/// The price of evaluating a code of that many digits against `steps` steps, in 10^-8.
pub(crate) fn price(digits: u8, steps: u64) -> u64 {
    let spare = u32::from(8_u8.saturating_sub(digits));
    steps.saturating_mul(10_u64.saturating_pow(spare))
}

/// How far from now three consecutive codes are searched when the account has that many authenticators.
pub(crate) fn resync_radius(authenticators: u8) -> u8 {
    RESYNC_STEPS.checked_div(authenticators).unwrap_or(RESYNC_STEPS)
}

/// How many triples one try is compared with.
fn triples_searched(authenticators: u8) -> u32 {
    let per_authenticator = u32::from(resync_radius(authenticators)).saturating_mul(2).saturating_sub(1);
    per_authenticator.saturating_mul(authenticators.into())
}

fn check_ranges(settings: &PolicySettings) -> Result<()> {
    fn within<T: PartialOrd + std::fmt::Display>(name: &str, value: T, least: T, most: T) -> Result<()> {
        if value >= least && value <= most {
            return Ok(()); // NaN is not within anything
        }
        Err(Error::configuration(format!("policy: {name} must be {least} to {most}")))
    }
    within("window", settings.window, 0, 2)?;
    within("secret_bytes", settings.secret_bytes, 16, 64)?;
    within("backup_codes", settings.backup_codes, 0, 20)?;
    within("budget", settings.budget, 0.01, 1e6)?;
    within("budget_return_days", settings.budget_return_days, 1e-6, 36_500.0)?;
    within("flood_rate", settings.flood_rate, 0.0, 1e9)?;
    within("setup_ttl", settings.setup_ttl, 60, 86_400)?;
    within("challenge_ttl", settings.challenge_ttl, 30, 3_600)?;
    within("challenge_failures", settings.challenge_failures, 1, 100)?;
    within("assurance_max_age", settings.assurance_max_age, 30, 86_400)?;
    within("device_known_days", settings.device_known_days, 1, 365)?;
    within("device_trusted_days", settings.device_trusted_days, 0, 365)?;
    within("max_authenticators", settings.max_authenticators, 1, 5)?;
    within("max_devices", settings.max_devices, 0, 20)?;
    within("backoff length", settings.backoff.len(), 1, 100)?;
    settings.backoff.iter().try_for_each(|&seconds| within("backoff", seconds, 0, 86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut PolicySettings)) -> Result<Policy> {
        let mut settings = PolicySettings::default();
        change(&mut settings);
        Policy::new(settings)
    }

    #[test]
    fn the_default_is_a_policy_and_keeps_the_bound() {
        assert_eq!(Policy::new(PolicySettings::default()).unwrap(), Policy::default());
        assert!((Policy::default().yearly_guess_probability() - 8.85e-5).abs() < 1e-7);
    }

    #[test]
    fn a_fixed_lockout_lets_a_guesser_in() {
        let bound = |window| {
            let settings = PolicySettings { accept_risk: true, window, ..PolicySettings::fixed_lockout(5, 15) };
            Policy::new(settings).unwrap().yearly_guess_probability()
        };
        assert!((bound(1) - 0.41).abs() < 0.005);
    }

    #[test]
    fn a_policy_above_the_bound_is_refused_unless_the_risk_is_accepted() {
        let daring = |settings: &mut PolicySettings| settings.budget_return_days = 7.0;
        assert!(matches!(with(daring), Err(Error::Configuration(_))));
        assert!(
            with(|settings| {
                daring(settings);
                settings.accept_risk = true
            })
            .is_ok()
        );
    }

    #[test]
    fn settings_out_of_range_are_refused_by_name() {
        type Change = fn(&mut PolicySettings);
        let refused: [(&str, Change); 8] = [
            ("algorithm", |s| s.algorithm = "MD5".into()),
            ("digits", |s| s.digits = 9),
            ("window", |s| s.window = 3),
            ("secret_bytes", |s| s.secret_bytes = 10),
            ("budget", |s| s.budget = f64::NAN),
            ("budget", |s| {
                s.budget = 0.5;
            }),
            ("backoff", |s| s.backoff.clear()),
            ("flood_rate", |s| s.flood_rate = f64::INFINITY),
        ];
        for (name, change) in refused {
            let Err(Error::Configuration(message)) = with(change) else { panic!("{name} was accepted") };
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn one_unit_is_a_six_digit_code_against_three_steps() {
        let policy = Policy::default();
        assert_eq!(policy.heat(price(6, 3)), 21 * 86_400_000);
        assert_eq!(policy.heat(price(8, 3)) * 100, 21 * 86_400_000);
        assert_eq!(policy.capacity(), 8 * 21 * 86_400_000);
    }

    #[test]
    fn at_most_39_triples_are_searched() {
        assert_eq!((1..=5).map(triples_searched).collect::<Vec<_>>(), [39, 38, 33, 36, 35]);
    }
}

//! The parts of the model: a lane with its budget, a phone with its steps.

use twinlock::AuthenticatorAccount;

pub(crate) const MINUTE: i64 = 60;
/// A step's worth of a code of six digits comes back in so many milliseconds: 21 days for three of them.
pub(crate) const STEP: i64 = 7 * 86_400_000;
pub(crate) const FULL: i64 = 3 * STEP;
const CAPACITY: i64 = 8 * FULL;
const WAITS: [i64; 8] = [0, 0, 0, 15, 30, 60, 120, 240];

/// What an operation answers: the stable code of a refusal and the seconds to wait, if any.
pub(crate) type Answer<T> = Result<T, (&'static str, Option<i64>)>;

pub(crate) fn no<T>(code: &'static str) -> Answer<T> {
    Err((code, None))
}

#[derive(Clone, Default)]
pub(crate) struct Lane {
    pub(crate) whole_at: i64,
    pub(crate) retry_at: i64,
}

#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) key: usize,
    account: AuthenticatorAccount,
    last: Option<i64>,
    pub(crate) drift: i64,
    pub(crate) recent: Vec<i64>,
}

impl Lane {
    pub(crate) fn debt(&self, now: i64) -> i64 {
        (self.whole_at - now * 1000).clamp(0, CAPACITY)
    }

    pub(crate) fn wait(&self, now: i64, full: i64) -> i64 {
        let failures = (self.debt(now) + full - 1) / full;
        let row = usize::try_from(failures.min(8)).unwrap();
        if row == 0 { 0 } else { WAITS[row - 1] }
    }

    pub(crate) fn ask(&self, now: i64, full: i64) -> Answer<()> {
        let retry_at = self.retry_at.min(now + 240);
        match () {
            () if self.debt(now) + full > CAPACITY => no("more_codes_required"),
            () if retry_at > now => Err(("throttled", Some(retry_at - now))),
            () => Ok(()),
        }
    }

    pub(crate) fn settle(&mut self, now: i64) {
        self.whole_at = self.whole_at.min(now * 1000 + CAPACITY);
        self.retry_at = self.retry_at.min(now + 240);
    }
}

impl Phone {
    pub(crate) fn step(now: i64) -> i64 {
        now / 30
    }

    pub(crate) fn code(&self, step: i64) -> String {
        u64::try_from(step * 30).map_or_else(|_| "none".to_owned(), |at| self.account.code_at(at).to_string())
    }

    pub(crate) fn is_ahead(&self, now: i64) -> bool {
        self.last.is_some_and(|last| last > Self::step(now) + self.drift + 1)
    }

    pub(crate) fn window(&self, now: i64) -> impl Iterator<Item = i64> + use<> {
        let centre = Self::step(now) + self.drift;
        centre - 1..=centre + 1
    }

    pub(crate) fn is_fresh(&self, step: i64) -> bool {
        self.last.is_none_or(|last| step > last) && !self.recent.contains(&step)
    }

    pub(crate) fn accept(&mut self, steps: &[i64]) {
        self.recent.extend(steps);
        self.recent = self.recent.split_off(self.recent.len().saturating_sub(8));
        self.last = steps.last().copied();
    }
}

impl Phone {
    pub(crate) fn new(key: usize, account: AuthenticatorAccount) -> Self {
        Self { key, account, last: None, drift: 0, recent: Vec::new() }
    }

    /// The code shown now, or its later twin within the window, is burned.
    pub(crate) fn confirm(&mut self, now: i64) {
        let code = self.code(Self::step(now));
        let highest = self.window(now).filter(|step| self.code(*step) == code).max();
        self.accept(&[highest.unwrap_or(Self::step(now))]);
    }

    pub(crate) fn burn_window(&mut self, now: i64) {
        self.last = Some(Self::step(now) + 1);
    }
}

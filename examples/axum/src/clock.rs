//! One clock for everything; tests hand in one that they can move.

use std::sync::Arc;

use twinlock::{Clock, Result, SystemClock, Timestamp};

/// Where the application's `now` comes from.
#[derive(Clone)]
pub struct AppClock(Arc<dyn Clock>);

impl AppClock {
    /// That clock.
    pub fn new(clock: impl Clock + 'static) -> Self {
        Self(Arc::new(clock))
    }

    /// Unix seconds; a broken clock stands at the end of time, where every session has ended.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.0.now().map_or(u64::MAX, Timestamp::as_secs)
    }
}

impl Default for AppClock {
    fn default() -> Self {
        Self::new(SystemClock)
    }
}

impl Clock for AppClock {
    fn now(&self) -> Result<Timestamp> {
        self.0.now()
    }
}

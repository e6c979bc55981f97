//! The engine: two crossings for a whole operation.

use std::sync::Arc;

use twinlock::{Policy, Timestamp};

use crate::call::Call;
use crate::errors::{Result, caught, guarded};
use crate::keys::KeyRing;
use crate::narrow;
use crate::policy::PolicySettings;
use crate::step::{Step, StoredRecord};

/// Decides; stores nothing, reads no clock.
#[derive(uniffi::Object)]
pub struct Engine {
    engine: Arc<twinlock::Engine>,
    number: u64,
}

#[uniffi::export]
impl Engine {
    /// An engine of that issuer, those keys, that policy and namespace.
    #[uniffi::constructor]
    pub fn new(issuer: String, keys: Arc<KeyRing>, policy: PolicySettings, namespace: String) -> Result<Self> {
        guarded(|| {
            let policy = Policy::new(policy.settings()?)?;
            let engine = Arc::new(twinlock::Engine::new(&issuer, &keys.0, policy, &namespace)?);
            let number = narrow::register(&engine);
            Ok(Self { engine, number })
        })
    }

    /// The id of the key that seals.
    pub fn active_key_id(&self) -> String {
        self.engine.active_key_id().to_owned()
    }

    /// By which the narrow crossings know it, as long as it lives; see `narrow.rs`.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Parses a call before anything is loaded; gives the user whose record `decide` needs.
    pub fn open(&self, call: Call) -> Result<String> {
        opened(&self.engine, call)
    }

    /// Decides a call on what was loaded, now (Unix seconds). Refusals are outcomes: their write comes first.
    pub fn decide(&self, call: Call, row: Option<StoredRecord>, now: f64) -> Step {
        decided(&self.engine, call, row, now)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        narrow::forget(self.number);
    }
}

pub(crate) fn opened(engine: &twinlock::Engine, call: Call) -> Result<String> {
    guarded(|| call.parse(engine).map(|call| call.user_id().to_owned()))
}

pub(crate) fn decided(engine: &twinlock::Engine, call: Call, row: Option<StoredRecord>, now: f64) -> Step {
    let row = row.map(twinlock::StoredRecord::from);
    let decided = caught(|| {
        let call = call.parse(engine)?;
        Ok(engine.decide(&call, row.as_ref(), Timestamp::from_secs_f64(now)?))
    });
    decided.map_or_else(|error| Step::refusing(error.into()), Step::from)
}

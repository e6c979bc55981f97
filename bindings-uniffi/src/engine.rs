//! The engine: two crossings for a whole operation.

use std::sync::Arc;

use twinlock::{Policy, Timestamp};

use crate::call::Call;
use crate::errors::{Result, caught, guarded};
use crate::keys::KeyRing;
use crate::policy::PolicySettings;
use crate::step::{Step, StoredRecord};

/// Decides; stores nothing, reads no clock.
#[derive(uniffi::Object)]
pub struct Engine(twinlock::Engine);

#[uniffi::export]
impl Engine {
    /// An engine of that issuer, those keys, that policy and namespace.
    #[uniffi::constructor]
    pub fn new(issuer: String, keys: Arc<KeyRing>, policy: PolicySettings, namespace: String) -> Result<Self> {
        guarded(|| {
            let policy = Policy::new(policy.settings()?)?;
            twinlock::Engine::new(&issuer, &keys.0, policy, &namespace).map(Self)
        })
    }

    /// The id of the key that seals.
    pub fn active_key_id(&self) -> String {
        self.0.active_key_id().to_owned()
    }

    /// Parses a call before anything is loaded; gives the user whose record `decide` needs.
    pub fn open(&self, call: Call) -> Result<String> {
        guarded(|| call.parse(&self.0).map(|call| call.user_id().to_owned()))
    }

    /// Decides a call on what was loaded, now (Unix seconds). Refusals are outcomes: their write comes first.
    pub fn decide(&self, call: Call, row: Option<StoredRecord>, now: f64) -> Step {
        let row = row.map(twinlock::StoredRecord::from);
        let decided = caught(|| {
            let call = call.parse(&self.0)?;
            Ok(self.0.decide(&call, row.as_ref(), Timestamp::from_secs_f64(now)?))
        });
        decided.map_or_else(|error| Step::refusing(error.into()), Step::from)
    }
}

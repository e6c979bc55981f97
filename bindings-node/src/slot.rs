//! The engine, and the slots in which its operations run: `open` by one of `operations.rs`, then `decide` once per round.

use std::sync::Arc;

use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;
use twinlock::{Effect, Error, Policy, StoredRecord, Timestamp};

use crate::errors::{Result, guarded};
use crate::keys::KeyRing;
use crate::layout;
use crate::outcome::Outcome;

/// Decides; stores nothing, reads no clock.
#[napi]
pub struct Engine(Arc<twinlock::Engine>);

#[napi]
impl Engine {
    /// An engine of that issuer, those keys, that policy (JSON text) and namespace.
    #[napi(constructor)]
    pub fn new(issuer: String, keys: &KeyRing, policy: String, namespace: String) -> Result<Self> {
        guarded(|| {
            let policy = Policy::from_json(&policy)?;
            twinlock::Engine::new(&issuer, &keys.0, policy, &namespace).map(|engine| Self(Arc::new(engine)))
        })
    }

    /// The id of the key that seals.
    #[napi(getter)]
    pub fn active_key_id(&self) -> &str {
        self.0.active_key_id()
    }

    /// A slot for one operation at a time.
    #[napi]
    pub fn slot(&self) -> Slot {
        Slot { engine: Arc::clone(&self.0), call: None, step: Vec::new() }
    }
}

/// One operation, from its arguments to its outcome.
#[napi]
pub struct Slot {
    pub(crate) engine: Arc<twinlock::Engine>,
    pub(crate) call: Option<twinlock::Call<Outcome>>,
    /// The last step, until it is copied.
    step: Vec<u8>,
}

#[napi]
impl Slot {
    /// Decides on what was loaded (a version below 0: nothing was there) and writes the step into `out`. Gives its length; below 0
    /// when `out` is too small, and the step then waits for `copy`.
    #[napi]
    pub fn decide(
        &mut self,
        version: f64,
        enabled: bool,
        key_id: String,
        data: Uint8ArraySlice<'_>,
        now: f64,
        mut out: Uint8ArraySlice<'_>,
    ) -> Result<f64> {
        let Self { engine, call, step } = self;
        guarded(|| {
            let decided = {
                let call = call.as_ref().ok_or_else(|| Error::Internal("no operation is open".to_owned()))?;
                let row = (version >= 0.0).then(|| StoredRecord {
                    version: version as u64,
                    enabled,
                    key_id,
                    data: data.to_vec(),
                });
                engine.decide(call, row.as_ref(), Timestamp::from_secs_f64(now)?)
            };
            if !matches!(decided.effect, Effect::Save { .. }) {
                *call = None; // it cannot lose a race
            }
            layout::write(decided, engine.active_key_id(), step)
        })?;
        Ok(self.take(&mut out))
    }

    /// Moves the step into `out`, as `decide` does.
    #[napi]
    pub fn copy(&mut self, mut out: Uint8ArraySlice<'_>) -> f64 {
        self.take(&mut out)
    }
}

impl Slot {
    fn take(&mut self, out: &mut Uint8ArraySlice<'_>) -> f64 {
        // SAFETY: JavaScript made this buffer for this slot and waits for this call; nothing else has it.
        let out = unsafe { out.as_mut() };
        let length = self.step.len() as f64;
        let Some(out) = out.get_mut(..self.step.len()) else { return -length };
        out.copy_from_slice(&self.step);
        // It may hold a secret, codes and tokens.
        self.step.fill(0);
        self.step.clear();
        length
    }
}

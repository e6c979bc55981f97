//! The engine, and the slots in which its operations run: `open` by one of `operations.rs`, then `decide` once per round.
//!
//! Slots are numbers to JavaScript, not objects: to find out what stands behind a native object costs more than to open a token.

use std::cell::RefCell;
use std::sync::Arc;

use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;
use twinlock::{Call, Effect, Error, Policy, StoredRecord, Timestamp};

use crate::errors::{Result, guarded};
use crate::keys::KeyRing;
use crate::layout::{self, Loaded};
use crate::outcome::Outcome;
use crate::text::Text;

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

    /// A slot for one operation at a time. It is there until `release`, or until the engine is collected.
    #[napi]
    pub fn slot(&self) -> u32 {
        let row = StoredRecord { version: 0, enabled: false, key_id: String::new(), data: Vec::new() };
        let slot = Slot { engine: Arc::clone(&self.0), call: None, row, step: Vec::new() };
        SLOTS.with_borrow_mut(|slots| {
            let place = slots.iter().position(Option::is_none).unwrap_or(slots.len());
            match slots.get_mut(place) {
                Some(empty) => *empty = Some(slot),
                None => slots.push(Some(slot)),
            }
            u32::try_from(place).unwrap_or(u32::MAX)
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let others = |slot: Option<Slot>| slot.filter(|slot| !Arc::ptr_eq(&slot.engine, &self.0));
        // Where the thread ends, they have ended already.
        let _ = SLOTS.try_with(|slots| slots.borrow_mut().iter_mut().for_each(|slot| *slot = others(slot.take())));
    }
}

/// Memory for a record that is kept for the next one.
const MOST: usize = 1 << 16;

thread_local! {
    /// The slots of this thread's engines, by number: JavaScript threads share nothing.
    static SLOTS: RefCell<Vec<Option<Slot>>> = const { RefCell::new(Vec::new()) };
}

/// One operation, from its arguments to its outcome.
struct Slot {
    engine: Arc<twinlock::Engine>,
    call: Option<Call<Outcome>>,
    /// What was loaded; its memory is used again.
    row: StoredRecord,
    /// The last step, until it is copied.
    step: Vec<u8>,
}

fn with<T>(slot: u32, work: impl FnOnce(&mut Slot) -> twinlock::Result<T>) -> Result<T> {
    guarded(|| {
        SLOTS.with_borrow_mut(|slots| {
            let slot = slots.get_mut(slot as usize).and_then(Option::as_mut);
            work(slot.ok_or_else(|| Error::Internal("there is no such slot".to_owned()))?)
        })
    })
}

/// Opens a call in that slot; gives whose record to load.
pub(crate) fn open<T: 'static>(
    slot: u32,
    outcome: fn(T) -> Outcome,
    parse: impl FnOnce(&twinlock::Engine) -> twinlock::Result<Call<T>>,
) -> Result<()> {
    with(slot, |slot| slot.open(outcome, parse).map(|_| ()))
}

/// The same, and gives whose record to load.
pub(crate) fn open_for<T: 'static>(
    slot: u32,
    outcome: fn(T) -> Outcome,
    parse: impl FnOnce(&twinlock::Engine) -> twinlock::Result<Call<T>>,
) -> Result<String> {
    with(slot, |slot| slot.open(outcome, parse).map(|call| call.user_id().to_owned()))
}

/// Gives a slot back.
#[napi]
pub fn release(slot: u32) {
    SLOTS.with_borrow_mut(|slots| slots.get_mut(slot as usize).into_iter().for_each(|slot| *slot = None));
}

/// Decides on what was loaded, which stands in `buffer` as `layout.rs` says (no key id: the active key), and writes the step over
/// it. Gives its length; below 0 when `buffer` is too small, and the step then waits for `copy`.
pub(crate) fn decide(slot: u32, key_id: Option<Text>, buffer: &mut [u8]) -> Result<f64> {
    with(slot, |slot| {
        let loaded = layout::read(buffer)?;
        slot.keep(&loaded, key_id.as_deref());
        slot.decide(loaded.version.is_some(), Timestamp::from_secs_f64(loaded.now)?)?;
        Ok(slot.take(buffer))
    })
}

/// Moves the step into `out`, as `decide` does.
#[napi]
pub fn copy(slot: u32, mut out: Uint8ArraySlice<'_>) -> Result<f64> {
    // SAFETY: JavaScript made this buffer for this slot and waits for this call; nothing else has it.
    with(slot, |slot| Ok(slot.take(unsafe { out.as_mut() })))
}

impl Slot {
    fn open<T: 'static>(
        &mut self,
        outcome: fn(T) -> Outcome,
        parse: impl FnOnce(&twinlock::Engine) -> twinlock::Result<Call<T>>,
    ) -> twinlock::Result<&Call<Outcome>> {
        self.call = None;
        let call = parse(&self.engine)?.map(outcome);
        Ok(self.call.insert(call))
    }

    /// Keeps what was loaded.
    fn keep(&mut self, loaded: &Loaded<'_>, key_id: Option<&str>) {
        let row = &mut self.row;
        (row.version, row.enabled) = (loaded.version.unwrap_or(0), loaded.enabled);
        row.key_id.clear();
        row.key_id.push_str(key_id.unwrap_or_else(|| self.engine.active_key_id()));
        row.data.clear();
        row.data.shrink_to(MOST);
        row.data.extend_from_slice(loaded.data);
    }

    fn decide(&mut self, loaded: bool, now: Timestamp) -> twinlock::Result<()> {
        let call = self.call.as_ref().ok_or_else(|| Error::Internal("no operation is open".to_owned()))?;
        let decided = self.engine.decide(call, loaded.then_some(&self.row), now);
        if !matches!(decided.effect, Effect::Save { .. }) {
            self.call = None; // it cannot lose a race
        }
        layout::write(decided, self.engine.active_key_id(), &mut self.step)
    }

    fn take(&mut self, out: &mut [u8]) -> f64 {
        let length = self.step.len() as f64;
        let Some(out) = out.get_mut(..self.step.len()) else { return -length };
        out.copy_from_slice(&self.step);
        // It may hold a secret, codes and tokens.
        self.step.fill(0);
        self.step.clear();
        length
    }
}

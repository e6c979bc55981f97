//! The frame around every operation: open the record, decide on a copy, seal what changed.
//!
//! An operation is a function of a [`Decision`]. It reads and changes the record, notes events and returns an outcome; whether
//! that becomes a write, with which version and under which seal, is settled here and nowhere else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::Engine;
use crate::entropy::Entropy;
use crate::error::{Error, Result};
use crate::event::{Draft, Event};
use crate::input::UserId;
use crate::policy::Policy;
use crate::record::{Epoch, Record, codec};
use crate::seal::{Purpose, Unsealable};
use crate::storage::StoredRecord;
use crate::time::Timestamp;
use crate::token::{Assurance, DeviceToken, Token};
use crate::wire::Writer;

/// An operation whose input is parsed and whose tokens are open: load the record of `user_id()`, then
/// [`Engine::decide`] it. May be decided again after a lost race.
///
/// ```
/// use twinlock::{Engine, KeyRing, Policy, Timestamp};
///
/// let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
/// let call = engine.status("42", None, None)?;
/// assert_eq!(call.user_id(), "42");
/// let step = engine.decide(&call, None, Timestamp::from_secs(1_700_000_000)?);
/// assert!(!step.outcome?.enabled);
/// # Ok::<(), twinlock::Error>(())
/// ```
pub struct Call<T> {
    pub(crate) user_id: UserId,
    pub(crate) context: Option<String>,
    pub(crate) run: Run<T>,
    /// Deletes without looking: an unreadable record must be erasable.
    pub(crate) erases: bool,
}

type Run<T> = Box<dyn Fn(&mut Decision<'_>) -> Result<T> + Send + Sync>;

impl<T> Call<T> {
    /// Whose record to load.
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// assert_eq!(engine.erase("42")?.user_id(), "42");
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn user_id(&self) -> &str {
        self.user_id.as_str()
    }
}

impl<T: 'static> Call<T> {
    pub(crate) fn new(
        user_id: UserId,
        context: Option<String>,
        run: impl Fn(&mut Decision<'_>) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        Self { user_id, context, run: Box::new(run), erases: false }
    }

    /// The same call with another form of outcome, as binding crates need it.
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// let call = engine.status("42", None, None)?.map(|status| status.enabled);
    /// assert_eq!(call.user_id(), "42");
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    #[must_use]
    pub fn map<U: 'static>(self, form: impl Fn(T) -> U + Send + Sync + 'static) -> Call<U> {
        let run = self.run;
        Call {
            user_id: self.user_id,
            context: self.context,
            run: Box::new(move |decision| run(decision).map(&form)),
            erases: self.erases,
        }
    }
}

/// What to do with the storage before the outcome may be told.
///
/// ```
/// # use twinlock::{Effect, Engine, KeyRing, Policy, Timestamp};
/// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
/// let step = engine.decide(&engine.erase("42")?, None, Timestamp::from_secs(0)?);
/// assert!(matches!(step.effect, Effect::Erase));
/// # Ok::<(), twinlock::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Nothing changed.
    None,
    /// Save, if the stored version is still `expected`.
    Save {
        /// The version that was loaded; `None` = there was no record.
        expected: Option<u64>,
        /// The new record.
        record: StoredRecord,
        /// To be written in the same commit.
        events: Vec<Event>,
    },
    /// Erase record and events.
    Erase,
}

/// A decision: what to store, then what to tell. The outcome, good or bad, leaves the driver only after the effect is done.
///
/// ```
/// # use twinlock::{Effect, Engine, KeyRing, Policy, Timestamp};
/// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
/// let step = engine.decide(&engine.status("42", None, None)?, None, Timestamp::from_secs(0)?);
/// assert_eq!(step.effect, Effect::None);
/// # Ok::<(), twinlock::Error>(())
/// ```
#[must_use = "a step that is not carried out loses its write"]
pub struct Step<T> {
    /// What to store.
    pub effect: Effect,
    /// Events that are told but not stored: refusals that a flood could repeat at will.
    pub notices: Vec<Event>,
    /// What to tell.
    pub outcome: Result<T>,
}

pub(crate) struct Decision<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) user_id: &'a UserId,
    pub(crate) context: Option<&'a str>,
    pub(crate) now: Timestamp,
    pub(crate) entropy: Entropy,
    /// `None` = the user never had a second factor.
    pub(crate) record: Option<Record>,
    /// The record must be written. Whoever changes it says so with [`Decision::change`].
    changed: bool,
    /// Whether what is stored has the active key and the newest format.
    pub(crate) current: bool,
    /// Their ids are drawn at the end, when the version is known.
    events: Vec<Event>,
    notices: Vec<Event>,
}

impl Engine {
    /// Decides a call on the record as loaded (`None` = there is none) at `now`. Pure but for randomness.
    ///
    /// ```
    /// # use twinlock::{Engine, KeyRing, Policy, Timestamp};
    /// # let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    /// let call = engine.password_changed("42", None)?;
    /// assert!(engine.decide(&call, None, Timestamp::from_secs(0)?).outcome.is_ok());
    /// # Ok::<(), twinlock::Error>(())
    /// ```
    pub fn decide<T>(&self, call: &Call<T>, row: Option<&StoredRecord>, now: Timestamp) -> Step<T> {
        // A panic in the core refuses; it never takes the host down and never lets anybody in.
        catch_unwind(AssertUnwindSafe(|| self.try_decide(call, row, now)))
            .unwrap_or_else(|_| Err(Error::internal("the engine panicked")))
            .unwrap_or_else(|error| Step { effect: Effect::None, notices: Vec::new(), outcome: Err(error) })
    }

    fn try_decide<T>(&self, call: &Call<T>, row: Option<&StoredRecord>, now: Timestamp) -> Result<Step<T>> {
        let row = if call.erases { None } else { row };
        let mut decision = Decision {
            engine: self,
            user_id: &call.user_id,
            context: call.context.as_deref(),
            now,
            entropy: Entropy::new(self.entropy.clone()),
            record: row.map(|row| self.open_record(&call.user_id, row)).transpose()?,
            changed: false,
            current: row.is_none_or(|row| self.is_current(row)),
            events: Vec::new(),
            notices: Vec::new(),
        };
        match (call.run)(&mut decision) {
            Err(error) if error.is_fault() => Err(error),
            outcome => decision.finish(outcome, row.map(|row| row.version), call.erases),
        }
    }

    fn open_record(&self, user_id: &UserId, row: &StoredRecord) -> Result<Record> {
        let (&format, sealed) = row.data.split_first().ok_or(Error::RecordTampered)?;
        if format != codec::FORMAT {
            return Err(Error::RecordTampered);
        }
        let associated = associated(format, user_id, row.version, row.enabled, &row.key_id);
        let plain =
            self.sealer.open(Purpose::Record, &row.key_id, &associated, sealed).map_err(|error| match error {
                Unsealable::UnknownKey => Error::UnknownKey,
                Unsealable::Tampered => Error::RecordTampered,
            })?;
        codec::decode(&plain).map_err(|_| Error::RecordTampered)
    }

    fn is_current(&self, row: &StoredRecord) -> bool {
        row.key_id == self.sealer.active_id() && row.data.first() == Some(&codec::FORMAT)
    }
}

/// What the seal binds beside the content: nobody can swap rows or edit the columns that stand in clear.
fn associated(format: u8, user_id: &UserId, version: u64, enabled: bool, key_id: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    let mut writer = Writer(&mut bytes);
    writer.byte(format);
    writer.bytes(user_id.as_str().as_bytes());
    writer.number(version);
    writer.byte(enabled.into());
    writer.bytes(key_id.as_bytes());
    bytes
}

impl<'a> Decision<'a> {
    pub(crate) fn policy(&self) -> &'a Policy {
        &self.engine.policy
    }

    /// The record of a user who has a second factor.
    pub(crate) fn active(&self) -> Option<&Record> {
        self.record.as_ref().filter(|record| record.enabled)
    }

    /// As [`Decision::active`], to be changed: it will be written, so ask only when nothing can refuse any more but a fault.
    pub(crate) fn change(&mut self) -> Result<&mut Record> {
        let record = self.record.as_mut().filter(|record| record.enabled).ok_or(Error::NotEnabled)?;
        self.changed = true;
        Ok(record)
    }

    /// The record, made if there is none, to be changed.
    pub(crate) fn change_or_make(&mut self) -> Result<&mut Record> {
        self.changed = true;
        let record = match self.record.take() {
            Some(record) => record,
            None => Record::new(self.entropy.take()?),
        };
        Ok(self.record.insert(record))
    }

    pub(crate) fn new_epoch(&mut self) -> Result<Epoch> {
        self.entropy.take()
    }

    pub(crate) fn note(&mut self, draft: Draft) {
        let events = if draft.durable { &mut self.events } else { &mut self.notices };
        events.push(Event {
            id: [0; 16],
            user_id: self.user_id.as_str().to_owned(),
            kind: draft.kind.as_str().into(),
            at: self.now.as_secs(),
            success: draft.success,
            method: draft.method.map(Into::into),
            actor: draft.actor,
            context: self.context.map(str::to_owned),
            detail: draft.detail,
        });
    }

    /// A token that says this user proved a second factor now.
    pub(crate) fn assurance(&mut self, proved_at: u64) -> Result<String> {
        let epoch = self.active().ok_or(Error::NotEnabled)?.epoch;
        Assurance { user_id: self.user_id.clone(), epoch, proved_at }.seal(&self.engine.sealer, &mut self.entropy)
    }

    /// When the second factor was proved, if the token is this user's, of this epoch, at most `max_age` old and not from the future.
    pub(crate) fn proved_at(&self, token: &str, max_age: Option<u64>) -> Option<u64> {
        let epoch = self.active()?.epoch;
        let assurance = Assurance::open(&self.engine.sealer, token)?;
        let fits = assurance.user_id == *self.user_id && assurance.epoch == epoch;
        // A proof of exactly `max_age` seconds ago still counts.
        let lasts = max_age.map_or(u64::MAX, |age| age.saturating_add(1));
        (fits && self.now.grants(assurance.proved_at, lasts)).then_some(assurance.proved_at)
    }

    /// Refuses unless the token is a fresh proof; the door of every sensitive operation.
    pub(crate) fn require_fresh_proof(&self, token: Option<&str>) -> Result<()> {
        let max_age = u64::from(self.policy().settings().assurance_max_age);
        match token.and_then(|token| self.proved_at(token, Some(max_age))) {
            Some(_) => Ok(()),
            None => Err(Error::AssuranceRequired),
        }
    }

    /// The id of the device whose token this is, if it is this user's and still known.
    pub(crate) fn known_device(&self, token: Option<&str>) -> Option<crate::input::Id> {
        let token = DeviceToken::open(&self.engine.sealer, token?)?;
        let device = self.active()?.device(token.id)?;
        (token.user_id == *self.user_id && device.is_known(self.policy(), self.now)).then_some(device.id)
    }

    fn finish<T>(&mut self, outcome: Result<T>, loaded: Option<u64>, erases: bool) -> Result<Step<T>> {
        let version = match loaded {
            None => u64::from(u32::from_le_bytes(self.entropy.take()?).max(1)),
            Some(version) => version.saturating_add(1),
        };
        let (mut events, mut notices) = (std::mem::take(&mut self.events), std::mem::take(&mut self.notices));
        self.stamp(&mut events, version)?;
        self.stamp(&mut notices, version)?;
        if erases {
            let notices = events.into_iter().chain(notices).collect();
            return Ok(Step { effect: Effect::Erase, notices, outcome });
        }
        let effect = match (self.changed, self.record.as_mut()) {
            (true, Some(record)) => {
                record.settle(&self.engine.policy, self.now);
                let nonce = self.entropy.nonce()?;
                let record = self.engine.seal_record(self.user_id, version, record, &nonce)?;
                Effect::Save { expected: loaded, record, events }
            }
            _ => Effect::None,
        };
        Ok(Step { effect, notices, outcome })
    }

    fn stamp(&mut self, events: &mut [Event], version: u64) -> Result<()> {
        for (event, index) in events.iter_mut().zip(0_u8..) {
            event.id = self.event_id(version, index)?;
        }
        Ok(())
    }

    /// A UUIDv7 (RFC 9562 §5.7). The record's version and the place within the commit stand where sub-second time may, so
    /// that the events of one user within one second keep their order.
    fn event_id(&mut self, version: u64, index: u8) -> Result<[u8; 16]> {
        let [a, b, ..] = self.now.as_millis().to_be_bytes();
        debug_assert_eq!([a, b], [0, 0]);
        let mut random: [u8; 10] = self.entropy.take()?;
        let place = (version << 4 | u64::from(index & 15)).to_be_bytes();
        random[0] = place[6];
        random[1] = place[7];
        Ok(uuid::Builder::from_unix_timestamp_millis(self.now.as_millis(), &random).into_uuid().into_bytes())
    }
}

impl Engine {
    fn seal_record(&self, user_id: &UserId, version: u64, record: &Record, nonce: &[u8; 24]) -> Result<StoredRecord> {
        if version >= 1 << 53 {
            return Err(Error::internal("the record's version is out of range"));
        }
        let key_id = self.sealer.active_id().to_owned();
        let associated = associated(codec::FORMAT, user_id, version, record.enabled, &key_id);
        let write = |writer: &mut Writer<'_>| codec::encode(record, writer);
        let data =
            self.sealer.seal(Purpose::Record, nonce, &associated, &[codec::FORMAT], codec::bound(record), write)?;
        Ok(StoredRecord { version, enabled: record.enabled, key_id, data })
    }
}

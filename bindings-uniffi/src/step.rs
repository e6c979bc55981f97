//! What is stored, and what a decision wants done before its outcome is told.

use twinlock::{Detail, Effect, Event};

use crate::errors::Refusal;
use crate::outcome::Outcome;

/// A row of the storage.
#[derive(uniffi::Record)]
pub struct StoredRecord {
    /// Below 2^53; chosen by the engine.
    pub version: u64,
    /// Whether the user has a second factor.
    pub enabled: bool,
    /// The key that sealed it.
    pub key_id: String,
    /// The sealed bytes.
    pub data: Vec<u8>,
}

impl From<twinlock::StoredRecord> for StoredRecord {
    fn from(record: twinlock::StoredRecord) -> Self {
        let twinlock::StoredRecord { version, enabled, key_id, data } = record;
        Self { version, enabled, key_id, data }
    }
}

impl From<StoredRecord> for twinlock::StoredRecord {
    fn from(record: StoredRecord) -> Self {
        let StoredRecord { version, enabled, key_id, data } = record;
        Self { version, enabled, key_id, data }
    }
}

/// An audit event. It holds no code, no digit of one, no secret and no token.
#[derive(uniffi::Record)]
pub struct StoredEvent {
    /// 16 bytes that sort by time (UUIDv7).
    pub id: Vec<u8>,
    /// Whose event.
    pub user_id: String,
    /// What happened.
    pub kind: String,
    /// When, in Unix seconds.
    pub at: u64,
    /// Whether it went well for the user.
    pub success: bool,
    /// `totp` or `backup_code`.
    pub method: Option<String>,
    /// Who did it, when not the user.
    pub actor: Option<String>,
    /// What the host gave: address, agent.
    pub context: Option<String>,
    /// More, as JSON text of one object.
    pub detail: String,
}

impl From<Event> for StoredEvent {
    fn from(event: Event) -> Self {
        let Event { id, user_id, kind, at, success, method, actor, context, detail } = event;
        Self {
            id: id.to_vec(),
            user_id,
            kind: kind.into_owned(),
            at,
            success,
            method: method.map(Into::into),
            actor,
            context,
            detail: detail.to_json(),
        }
    }
}

impl StoredEvent {
    /// The core's form; nothing when the id or the detail has not the form that the engine gave it.
    pub(crate) fn event(self) -> Option<Event> {
        let Self { id, user_id, kind, at, success, method, actor, context, detail } = self;
        Some(Event {
            id: id.try_into().ok()?,
            user_id,
            kind: kind.into(),
            at,
            success,
            method: method.map(Into::into),
            actor,
            context,
            detail: Detail::from_json(&detail)?,
        })
    }
}

/// What to do in the storage before the outcome may be told.
#[derive(uniffi::Enum)]
pub enum Todo {
    /// Nothing.
    Nothing,
    /// Save, if the stored version still is the expected one (none: if there is no record).
    Save {
        /// The version that was loaded.
        expected: Option<u64>,
        /// What to store.
        record: StoredRecord,
        /// What to store with it, in the same commit.
        events: Vec<StoredEvent>,
    },
    /// Delete record and events.
    Erase,
}

/// A decision.
#[derive(uniffi::Record)]
pub struct Step {
    /// First this.
    pub todo: Todo,
    /// Events that are told and not stored.
    pub notices: Vec<StoredEvent>,
    /// Then this may be told.
    pub outcome: Outcome,
}

impl From<twinlock::Step<Outcome>> for Step {
    fn from(step: twinlock::Step<Outcome>) -> Self {
        let events = |events: Vec<Event>| events.into_iter().map(StoredEvent::from).collect();
        let todo = match step.effect {
            Effect::None => Todo::Nothing,
            Effect::Save { expected, record, events: stored } => {
                Todo::Save { expected, record: record.into(), events: events(stored) }
            }
            Effect::Erase => Todo::Erase,
        };
        let outcome = step.outcome.unwrap_or_else(Outcome::refused);
        Self { todo, notices: events(step.notices), outcome }
    }
}

impl Step {
    /// Nothing is done, nobody is let in.
    pub(crate) fn refusing(refusal: Refusal) -> Self {
        Self { todo: Todo::Nothing, notices: Vec::new(), outcome: Outcome::Refused { refusal } }
    }
}

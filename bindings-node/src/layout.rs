//! What was loaded, and then a step, as bytes in a buffer that JavaScript owns; `ts/slot.ts` is the other side, and both files
//! change together.
//!
//! All numbers are little-endian. What was loaded:
//!
//! ```text
//!  0 f64 version; -1 nothing was there            12 u32 length of the data, which stands at 96
//!  8 u32 enabled                                  16 f64 now
//! ```
//!
//! The header of a step:
//!
//! ```text
//!  0 u32 effect: 0 nothing, 1 save, 2 erase      36 u32 outcome: 0 refused, 1 done
//!  4 u32 record: enabled                         40 f64 first number; -1 none
//!  8 f64 record: version                         48 u32 three words
//! 16 u32 record: length of the data              64 f64 second number; -1 none
//! 20 u32 events: count, 24 u32 length            72 u32 lengths of five texts; u32::MAX none
//! 28 u32 notices: count, 32 u32 length           92 u32 1: all behind the data is ASCII
//! ```
//!
//! Behind it stand the data of the record, the events, the notices and the five texts (UTF-8). Events are lists of JSON rows
//! without names and without the user, whom JavaScript knows: `[id, type, at, success, method, actor, context, detail]`.

use data_encoding::HEXLOWER;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use twinlock::{Effect, Error, Event, Result, Step};

use crate::outcome::{Outcome, tell_error};

const HEADER: usize = 96;
const TEXTS: usize = 72;

/// What was loaded, and when.
pub(crate) struct Loaded<'a> {
    /// `None` = nothing was there.
    pub(crate) version: Option<u64>,
    pub(crate) enabled: bool,
    pub(crate) data: &'a [u8],
    pub(crate) now: f64,
}

/// Reads what was loaded.
pub(crate) fn read(bytes: &[u8]) -> Result<Loaded<'_>> {
    let cut = || Error::Internal("the buffer is cut".to_owned());
    let float = |place: usize| bytes.get(place..).and_then(<[u8]>::first_chunk).map(|eight| f64::from_le_bytes(*eight));
    let word = |place: usize| bytes.get(place..).and_then(<[u8]>::first_chunk).map(|four| u32::from_le_bytes(*four));
    let length = word(12).ok_or_else(cut)? as usize;
    let version = float(0).ok_or_else(cut)?;
    Ok(Loaded {
        version: (version >= 0.0).then_some(version as u64),
        enabled: word(8).ok_or_else(cut)? == 1,
        data: bytes.get(HEADER..).and_then(|data| data.get(..length)).ok_or_else(cut)?,
        now: float(16).ok_or_else(cut)?,
    })
}

/// Writes a step. Every record is sealed by the active key, whose id JavaScript knows.
pub(crate) fn write(step: Step<Outcome>, active_key_id: &str, bytes: &mut Vec<u8>) -> Result<()> {
    bytes.clear();
    bytes.resize(HEADER, 0);
    let mut told = HEADER;
    match step.effect {
        Effect::None => {}
        Effect::Save { record, events, .. } => {
            if record.key_id != active_key_id {
                return Err(Error::Internal("a record was sealed by another key".to_owned()));
            }
            word(bytes, 0, 1);
            word(bytes, 4, record.enabled.into());
            number(bytes, 8, record.version as f64);
            word(bytes, 16, length(record.data.len())?);
            bytes.extend_from_slice(&record.data);
            told = bytes.len();
            list(bytes, 20, &events)?;
        }
        Effect::Erase => word(bytes, 0, 2),
    }
    list(bytes, 28, &step.notices)?;
    tell(step.outcome, bytes);
    let plain = bytes.get(told..).is_some_and(<[u8]>::is_ascii);
    word(bytes, 92, plain.into());
    Ok(())
}

fn tell(outcome: Result<Outcome>, bytes: &mut Vec<u8>) {
    bytes.get_mut(TEXTS..TEXTS + 20).into_iter().flatten().for_each(|byte| *byte = 0xff);
    word(bytes, 36, outcome.is_ok().into());
    let mut told = Told { bytes };
    match outcome {
        Ok(outcome) => outcome.tell(&mut told),
        Err(error) => tell_error(&error, &mut told),
    }
}

/// Where an outcome goes. Its texts are told in the order of their places.
pub(crate) struct Told<'a> {
    bytes: &'a mut Vec<u8>,
}

impl Told<'_> {
    pub(crate) fn words(&mut self, words: [u32; 3]) {
        words.into_iter().zip((48..).step_by(4)).for_each(|(value, place)| word(self.bytes, place, value));
    }

    pub(crate) fn numbers(&mut self, first: f64, second: f64) {
        number(self.bytes, 40, first);
        number(self.bytes, 64, second);
    }

    pub(crate) fn text(&mut self, place: usize, text: &str) {
        word(self.bytes, TEXTS + 4 * place, u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn optional(&mut self, place: usize, text: Option<&str>) {
        if let Some(text) = text {
            self.text(place, text);
        }
    }
}

fn list(bytes: &mut Vec<u8>, place: usize, events: &[Event]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let start = bytes.len();
    let mut list = serde_json::Serializer::new(&mut *bytes);
    list.collect_seq(events.iter().map(EventRow)).map_err(|error| Error::Internal(error.to_string()))?;
    word(bytes, place, length(events.len())?);
    let written = length(bytes.len() - start)?;
    word(bytes, place + 4, written);
    Ok(())
}

/// Names would double the text of events, which is read when somebody looks and otherwise for nothing.
struct EventRow<'a>(&'a Event);

impl Serialize for EventRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Event { id, user_id: _, kind, at, success, method, actor, context, detail } = self.0;
        let mut hex = [0; 32];
        HEXLOWER.encode_mut(id, &mut hex);
        let id = std::str::from_utf8(&hex).map_err(S::Error::custom)?;
        (id, kind, at, success, method, actor, context, detail).serialize(serializer)
    }
}

fn length(length: usize) -> Result<u32> {
    u32::try_from(length).map_err(|error| Error::Internal(error.to_string()))
}

// INVARIANT: every place lies in the header, which `write` makes first.

fn word(bytes: &mut [u8], place: usize, value: u32) {
    if let Some(header) = bytes.get_mut(place..place + 4) {
        header.copy_from_slice(&value.to_le_bytes());
    }
}

fn number(bytes: &mut [u8], place: usize, value: f64) {
    if let Some(header) = bytes.get_mut(place..place + 8) {
        header.copy_from_slice(&value.to_le_bytes());
    }
}

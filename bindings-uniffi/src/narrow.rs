//! The two crossings of an operation, narrowed to numbers for the JVM.
//!
//! Through UniFFI's own functions an operation is about eighteen calls of JNA, most of them to pass structures by value: some hundred
//! microseconds. These two take the same bytes as those (`Call`, `Option<StoredRecord>`, `Step`), in a room that the caller owns: it
//! writes the question there and finds the answer there.
//!
//! | they give | which means |
//! |---|---|
//! | 0 or more | so many bytes of answer stand in the room |
//! | [`CLOSED`] | there is no such engine, or no more |
//! | [`UNREADABLE`] | the question does not read, or the engine panicked |
//! | less | the answer needs a room of so many bytes: ask again, nothing has happened |

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use uniffi::{Lift, Lower};
use zeroize::{Zeroize, Zeroizing};

use crate::UniFfiTag;
use crate::call::Call;
use crate::engine::{decided, opened};
use crate::errors::RefusalError;
use crate::step::StoredRecord;

/// There is no such engine.
pub const CLOSED: i32 = -1;
/// What was asked does not read.
pub const UNREADABLE: i32 = -2;

/// Enough for any step of an account with a phone or two.
const USUAL: usize = 4096;

/// Engines by number, so that a number that is none refuses: an address that is none would not.
static ENGINES: RwLock<Option<Table>> = RwLock::new(None);

#[derive(Default)]
struct Table {
    last: u64,
    engines: HashMap<u64, Weak<twinlock::Engine>>,
}

/// Gives an engine its number.
pub(crate) fn register(engine: &Arc<twinlock::Engine>) -> u64 {
    let mut table = ENGINES.write().unwrap_or_else(PoisonError::into_inner);
    let table = table.get_or_insert_default();
    table.last = table.last.wrapping_add(1);
    table.engines.insert(table.last, Arc::downgrade(engine));
    table.last
}

/// Forgets it.
pub(crate) fn forget(number: u64) {
    let mut table = ENGINES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(table) = table.as_mut() {
        table.engines.remove(&number);
    }
}

fn engine(number: u64) -> Option<Arc<twinlock::Engine>> {
    let table = ENGINES.read().unwrap_or_else(PoisonError::into_inner);
    table.as_ref()?.engines.get(&number)?.upgrade()
}

type Written = Option<Zeroizing<Vec<u8>>>;

fn open(engine: &twinlock::Engine, mut question: &[u8]) -> Written {
    let call = read::<Call>(&mut question)?;
    if !question.is_empty() {
        return None;
    }
    let mut answer = Zeroizing::new(Vec::with_capacity(512));
    match opened(engine, call) {
        Ok(user_id) => {
            answer.push(0);
            <String as Lower<UniFfiTag>>::write(user_id, &mut answer);
        }
        Err(RefusalError::Refused { refusal }) => {
            answer.push(1);
            Lower::<UniFfiTag>::write(refusal, &mut answer);
        }
    }
    Some(answer)
}

fn decide(engine: &twinlock::Engine, mut question: &[u8], now: f64) -> Written {
    let call = read::<Call>(&mut question)?;
    let row = read::<Option<StoredRecord>>(&mut question)?;
    if !question.is_empty() {
        return None;
    }
    let mut answer = Zeroizing::new(Vec::with_capacity(USUAL));
    Lower::<UniFfiTag>::write(decided(engine, call, row, now), &mut answer);
    Some(answer)
}

fn read<T: Lift<UniFfiTag>>(question: &mut &[u8]) -> Option<T> {
    T::try_read(question).ok()
}

/// Reads the question out of the room, wipes it there, and leaves the answer.
fn answer(room: &mut [u8], asked: i32, work: impl FnOnce(&[u8]) -> Option<Written>) -> i32 {
    let answered = catch_unwind(AssertUnwindSafe(|| {
        let question = room.get(..usize::try_from(asked).ok()?)?;
        Some(work(question))
    }));
    room.zeroize();
    let written = match answered {
        Ok(Some(Some(Some(written)))) => written,
        Ok(Some(None)) => return CLOSED,
        _ => return UNREADABLE,
    };
    let Ok(length) = i32::try_from(written.len()) else { return UNREADABLE };
    match room.get_mut(..written.len()) {
        Some(place) => {
            place.copy_from_slice(&written);
            length
        }
        None => -length,
    }
}

/// The room as bytes; no room at all is an empty one.
///
/// # Safety
/// `address` is that of `capacity` bytes that may be written and that nobody else touches as long as the slice lives.
unsafe fn room<'a>(address: u64, capacity: i32) -> &'a mut [u8] {
    let length = usize::try_from(capacity).unwrap_or(0);
    let start = usize::try_from(address).unwrap_or(0) as *mut u8;
    if start.is_null() || length == 0 {
        return &mut [];
    }
    // SAFETY: not null, and the caller vouches for the rest; bytes have no alignment and no invalid values.
    unsafe { std::slice::from_raw_parts_mut(start, length) }
}

/// `Engine::open`: a `Call` of `asked` bytes in, 0 and the user id or 1 and a `Refusal` out.
///
/// # Safety
/// `address` is that of `capacity` bytes that may be written and that nobody else touches during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn twinlock_open(number: u64, address: u64, capacity: i32, asked: i32) -> i32 {
    // SAFETY: the caller of this function vouches for it.
    let room = unsafe { room(address, capacity) };
    answer(room, asked, |question| Some(open(engine(number)?.as_ref(), question)))
}

/// `Engine::decide`: a `Call` and an `Option<StoredRecord>` of together `asked` bytes in, a `Step` out.
///
/// # Safety
/// As [`twinlock_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn twinlock_decide(number: u64, address: u64, capacity: i32, asked: i32, now: f64) -> i32 {
    // SAFETY: the caller of this function vouches for it.
    let room = unsafe { room(address, capacity) };
    answer(room, asked, |question| Some(decide(engine(number)?.as_ref(), question, now)))
}

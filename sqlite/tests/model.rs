//! The same calls on this store and on the one in memory give the same answers.

mod common;

use common::{Place, event};
use proptest::prelude::*;
use twinlock::{Event, EventKind, MemoryStorage, Reports, Storage, StoredRecord};

const START: u64 = 1_700_000_000;
const DAY: u64 = 86_400;

#[derive(Clone, Debug)]
enum Call {
    Save { user: &'static str, expected: Expected, record: StoredRecord, events: Vec<(usize, u64, bool)> },
    Load { user: &'static str },
    Erase { user: &'static str },
    Events { user: &'static str, before: Option<usize>, limit: usize },
    Stats { day: u64 },
    Stale { key: &'static str, after: Option<&'static str>, limit: usize },
    Purge { day: u64 },
}

#[derive(Clone, Copy, Debug)]
enum Expected {
    Nothing,
    Current,
    Other,
}

fn user() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["ada", "Ada", "ada ", "zoë", "zoe", "42", "\u{1F511}"])
}

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["2024a", "2025a", "2026a"])
}

fn record() -> impl Strategy<Value = StoredRecord> {
    (0_u64..1 << 53, any::<bool>(), key(), prop::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(version, enabled, key_id, data)| StoredRecord { version, enabled, key_id: key_id.to_owned(), data })
}

fn call() -> impl Strategy<Value = Call> {
    let expected = prop::sample::select(vec![Expected::Nothing, Expected::Current, Expected::Current, Expected::Other]);
    let noted = prop::collection::vec((0..EventKind::ALL.len(), 0_u64..90, any::<bool>()), 0..4);
    prop_oneof![
        6 => (user(), expected, record(), noted)
            .prop_map(|(user, expected, record, events)| Call::Save { user, expected, record, events }),
        2 => user().prop_map(|user| Call::Load { user }),
        1 => user().prop_map(|user| Call::Erase { user }),
        3 => (user(), prop::option::of(0_usize..60), 0_usize..6)
            .prop_map(|(user, before, limit)| Call::Events { user, before, limit }),
        2 => (0_u64..120).prop_map(|day| Call::Stats { day }),
        2 => (key(), prop::option::of(user()), 0_usize..6)
            .prop_map(|(key, after, limit)| Call::Stale { key, after, limit }),
        1 => (0_u64..90).prop_map(|day| Call::Purge { day }),
    ]
}

/// What happened when, with every optional part there or not.
fn noted(user: &str, &(kind, day, whole): &(usize, u64, bool)) -> Event {
    let mut noted = event(user);
    noted.kind = EventKind::ALL[kind].as_str().into();
    noted.at = START + day * DAY;
    noted.success = whole;
    noted.method = whole.then(|| "backup_code".into());
    noted.actor = (!whole).then(|| "help desk".to_owned());
    noted.context = whole.then(|| "192.0.2.1 \u{201C}agent\u{201D}".to_owned());
    if whole {
        noted.detail.insert("reason", "it's \"quoted\"\n");
        noted.detail.insert("left", 3);
    }
    noted
}

struct Pair<A, B> {
    sqlite: A,
    memory: B,
    /// All events ever noted, for the cursors.
    ids: Vec<[u8; 16]>,
}

impl<A: Storage + Reports, B: Storage + Reports> Pair<A, B> {
    fn same<T: PartialEq + std::fmt::Debug>(&self, ask: impl Fn(&dyn Both) -> T) {
        assert_eq!(ask(&self.sqlite), ask(&self.memory));
    }

    fn make(&mut self, call: &Call) {
        match call {
            Call::Save { user, expected, record, events } => self.save(user, *expected, record, events),
            Call::Load { user } => self.same(|store| store.load(user).unwrap()),
            Call::Erase { user } => self.same(|store| store.erase(user).unwrap()),
            Call::Events { user, before, limit } => {
                let before = before.and_then(|before| self.ids.get(before).copied());
                self.same(|store| store.events(user, before, *limit).unwrap());
            }
            Call::Stats { day } => self.same(|store| store.stats(START + day * DAY).unwrap()),
            Call::Stale { key, after, limit } => self.same(|store| store.stale(key, *after, *limit).unwrap()),
            Call::Purge { day } => self.same(|store| store.purge(START + day * DAY).unwrap()),
        }
    }

    fn save(&mut self, user: &str, expected: Expected, record: &StoredRecord, events: &[(usize, u64, bool)]) {
        let current = self.memory.load(user).unwrap().map(|record| record.version);
        let expected = match expected {
            Expected::Nothing => None,
            Expected::Current => current,
            Expected::Other => Some(current.map_or(5, |current| current + 1)),
        };
        let events: Vec<Event> = events.iter().map(|facts| noted(user, facts)).collect();
        self.ids.extend(events.iter().map(|event| event.id));
        self.same(|store| store.save(user, expected, record, &events).unwrap());
    }
}

trait Both: Storage + Reports {}
impl<S: Storage + Reports> Both for S {}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_that_of_the_store_in_memory(calls in prop::collection::vec(call(), 1..60)) {
        let place = Place::new();
        let mut pair = Pair { sqlite: place.open(), memory: MemoryStorage::new(), ids: Vec::new() };
        calls.iter().for_each(|call| pair.make(call));
    }
}

#[test]
fn figures_of_nothing_and_of_the_end_of_time_are_figures() {
    let place = Place::new();
    let mut pair = Pair { sqlite: place.open(), memory: MemoryStorage::new(), ids: Vec::new() };
    let record = StoredRecord { version: 1, enabled: true, key_id: "2026a".to_owned(), data: Vec::new() };
    for now in [0, START, u64::MAX] {
        pair.same(|store| store.stats(now).unwrap());
        pair.save("ada", Expected::Current, &record, &[(0, 0, true), (5, 89, false)]);
    }
    pair.same(|store| store.events("ada", None, usize::MAX).unwrap());
    pair.same(|store| store.stale("2026a", None, usize::MAX).unwrap());
    pair.same(|store| store.stale("another", None, usize::MAX).unwrap());
    pair.same(|store| store.purge(u64::MAX).unwrap());
}

#[test]
fn a_sweep_by_pages_meets_every_stale_user_once() {
    let place = Place::new();
    let storage = place.open();
    for user in 0..250 {
        let key_id = ["2024a", "2025a", "2026a"][user % 3].to_owned();
        let record = StoredRecord { version: 1, enabled: true, key_id, data: Vec::new() };
        assert!(storage.save(&user.to_string(), None, &record, &[]).unwrap());
    }
    let (mut met, mut after) = (Vec::new(), None);
    loop {
        let page = storage.stale("2026a", after.as_deref(), 7).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        met.extend(page);
    }
    let mut expected: Vec<String> = (0..250).filter(|user| user % 3 != 2).map(|user: usize| user.to_string()).collect();
    expected.sort();
    assert_eq!(met, expected);
}

//! Where everything lies, and how a record is written: the table stands at the head of the crate.
//!
//! The version stands first so that etcd itself can compare it; the user of a record stands last and as it is, so that the order
//! of the keys is the order of the ids.

use data_encoding::HEXLOWER;
use twinlock::{Event, StorageError, StoredRecord};

use crate::error::Unreadable;
use crate::wire::{Compare, Relation};

const FORMAT: u8 = 1;

/// A half-open range of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
}

/// The keys below one prefix.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    prefix: String,
}

impl Layout {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    pub(crate) fn record(&self, user_id: &str) -> Vec<u8> {
        format!("{}/record/{user_id}", self.prefix).into_bytes()
    }

    /// The records of all users whose ids are greater than `after`.
    pub(crate) fn records(&self, after: Option<&str>) -> Keys {
        let mut from = self.record(after.unwrap_or_default());
        if after.is_some() {
            from.push(0);
        }
        Keys { from, to: below(self.record("")) }
    }

    /// Whose record that is.
    pub(crate) fn user(&self, key: &[u8]) -> Result<String, StorageError> {
        let user = key.strip_prefix(self.record("").as_slice()).ok_or(Unreadable::Key)?;
        Ok(String::from_utf8(user.to_vec()).map_err(|_| Unreadable::Key)?)
    }

    pub(crate) fn event(&self, user_id: &str, id: [u8; 16]) -> Vec<u8> {
        format!("{}{}", self.events_of(user_id), HEXLOWER.encode(&id)).into_bytes()
    }

    /// The events of that user, those older than `before` where given.
    pub(crate) fn events(&self, user_id: &str, before: Option<[u8; 16]>) -> Keys {
        let from = self.events_of(user_id).into_bytes();
        let to = before.map_or_else(|| below(from.clone()), |before| self.event(user_id, before));
        Keys { from, to }
    }

    /// The events of everybody.
    pub(crate) fn all_events(&self) -> Keys {
        let from = format!("{}/event/", self.prefix).into_bytes();
        Keys { to: below(from.clone()), from }
    }

    /// Ends in a slash, and no escaped id holds one: so none of another user's keys begins like this.
    fn events_of(&self, user_id: &str) -> String {
        format!("{}/event/{}/", self.prefix, user_id.replace('%', "%25").replace('/', "%2F"))
    }
}

/// Where the keys end that begin with `prefix`, whose last byte is a slash.
fn below(mut prefix: Vec<u8>) -> Vec<u8> {
    if let Some(last) = prefix.last_mut() {
        *last = last.saturating_add(1);
    }
    prefix
}

/// What must hold of the record's key for a save to be done: it holds that version, or there is none.
pub(crate) fn unchanged(key: &[u8], expected: Option<u64>) -> Result<Vec<Compare>, StorageError> {
    let Some(version) = expected else { return Ok(vec![Compare::absent(key)]) };
    let next = version.checked_add(1).ok_or(Unreadable::Version)?;
    // A value begins with its version and is longer, so it lies between the two versions alone if and only if that is its own.
    Ok(vec![
        Compare::value(key, Relation::Greater, version.to_be_bytes().to_vec()),
        Compare::value(key, Relation::Less, next.to_be_bytes().to_vec()),
    ])
}

pub(crate) fn written(record: &StoredRecord) -> Result<Vec<u8>, StorageError> {
    let StoredRecord { version, enabled, key_id, data } = record;
    let length = u16::try_from(key_id.len()).map_err(|_| Unreadable::KeyId)?;
    let mut value = version.to_be_bytes().to_vec();
    value.extend([FORMAT, u8::from(*enabled)]);
    value.extend(length.to_be_bytes());
    value.extend(key_id.as_bytes());
    value.extend(data);
    Ok(value)
}

/// Anything but what [`written`] writes is an error, never a missing record.
pub(crate) fn read(value: &[u8]) -> Result<StoredRecord, StorageError> {
    let parts = || {
        let (version, rest) = value.split_first_chunk::<8>()?;
        let (head, rest) = rest.split_first_chunk::<2>()?;
        let enabled = match head {
            [FORMAT, 0] => false,
            [FORMAT, 1] => true,
            _ => return None,
        };
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (key_id, data) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let key_id = std::str::from_utf8(key_id).ok()?.to_owned();
        Some(StoredRecord { version: u64::from_be_bytes(*version), enabled, key_id, data: data.to_vec() })
    };
    Ok(parts().ok_or(Unreadable::Record)?)
}

pub(crate) fn read_event(value: &[u8]) -> Result<Event, StorageError> {
    let event = std::str::from_utf8(value).ok().and_then(Event::from_json);
    Ok(event.ok_or(Unreadable::Event)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(keys: &Keys, key: &[u8]) -> bool {
        keys.from.as_slice() <= key && key < keys.to.as_slice()
    }

    fn record(version: u64) -> StoredRecord {
        StoredRecord { version, enabled: true, key_id: "2026a".to_owned(), data: vec![0, 255, 7] }
    }

    #[test]
    fn no_users_range_holds_a_key_of_another() {
        let layout = Layout::new("twinlock");
        let users = ["a", "a/", "a/b", "a%2Fb", "a%252Fb", "a0", "a!", "A", "%", "/", "//", "ab", "event", "ä"];
        for user in users {
            for other in users {
                let keys = layout.events(user, None);
                assert_eq!(holds(&keys, &layout.event(other, [9; 16])), user == other, "{user} and {other}");
                assert!(!holds(&keys, &layout.record(other)), "{user}'s events and {other}'s record");
                assert_eq!(layout.record(user) == layout.record(other), user == other);
            }
            assert!(holds(&layout.all_events(), &layout.event(user, [0; 16])));
            assert!(holds(&layout.records(None), &layout.record(user)));
            assert!(!holds(&layout.records(Some(user)), &layout.record(user)), "after means after");
            assert_eq!(layout.user(&layout.record(user)).unwrap(), user);
        }
    }

    #[test]
    fn keys_sort_as_ids_do() {
        let layout = Layout::new("twinlock");
        let mut users = ["a/b", "a", "a!", "a0", "é", "Z", "%", "a%"].map(str::to_owned);
        let mut keys = users.clone().map(|user| layout.record(&user));
        users.sort();
        keys.sort();
        assert_eq!(keys.map(|key| layout.user(&key).unwrap()), users);
    }

    #[test]
    fn older_events_end_before_the_one_that_is_named() {
        let keys = Layout::new("twinlock").events("a", Some([5; 16]));
        let key = |id| Layout::new("twinlock").event("a", id);
        assert!(holds(&keys, &key([4; 16])) && !holds(&keys, &key([5; 16])) && !holds(&keys, &key([6; 16])));
    }

    #[test]
    fn a_record_comes_back_and_anything_else_is_refused() {
        for data in [vec![], vec![0; 70_000]] {
            for enabled in [true, false] {
                let record = StoredRecord { enabled, data: data.clone(), ..record((1 << 53) - 1) };
                assert_eq!(read(&written(&record).unwrap()).unwrap(), record);
            }
        }
        let whole = written(&record(1)).unwrap();
        let head = whole.len() - record(1).data.len();
        assert!((0..head).all(|length| read(&whole[..length]).is_err()), "cut short");
        for (place, byte) in [(8, 2), (9, 2), (12, 255)] {
            let mut value = whole.clone();
            value[place] = byte;
            assert!(read(&value).is_err(), "byte {place}");
        }
        assert!(written(&StoredRecord { key_id: "k".repeat(65_536), ..record(1) }).is_err());
    }

    #[test]
    fn what_etcd_compares_is_the_version_and_nothing_behind_it() {
        let holds = |value: &[u8], expected| {
            let compares = unchanged(b"k", Some(expected)).unwrap();
            compares.iter().all(|compare| match (compare.relation(), compare.with.clone()) {
                (Relation::Greater, Some(crate::wire::With::Value(bound))) => value > bound.as_slice(),
                (Relation::Less, Some(crate::wire::With::Value(bound))) => value < bound.as_slice(),
                other => panic!("{other:?}"),
            })
        };
        for version in [0, 1, 255, 256, 65_535, (1 << 53) - 2, u64::MAX - 1] {
            let value = written(&record(version)).unwrap();
            assert!(holds(&value, version));
            for other in [0, 1, 2, 254, 255, 256, 257, 65_535, 65_536, (1 << 53) - 2, u64::MAX - 1] {
                assert_eq!(holds(&value, other), version == other, "{version} and {other}");
            }
        }
        assert!(unchanged(b"k", Some(u64::MAX)).is_err());
    }
}

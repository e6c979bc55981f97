//! Keys and values as `contract/redis.md` has them, the same in every language.

use data_encoding::BASE64;
use redis::{FromRedisValue, Value};
use twinlock::{Event, StoredRecord};

use crate::error::Refusal;

/// How many of a user's events are kept.
pub(crate) const KEPT: usize = 200;

/// Where a user's record is. The braces make a cluster keep all of a user's keys in one slot.
pub(crate) fn record_key(prefix: &str, user: &str) -> String {
    format!("{prefix}:{{{}}}:record", tag(user))
}

/// Where a user's events are.
pub(crate) fn events_key(prefix: &str, user: &str) -> String {
    format!("{prefix}:{{{}}}:events", tag(user))
}

/// Redis takes what stands before the first `}`, so there must be no other one.
fn tag(user: &str) -> String {
    user.replace('%', "%25").replace('}', "%7D")
}

/// Whose record that key is; `None` for a key of somebody else.
pub(crate) fn user_of(prefix: &str, key: &str) -> Option<String> {
    let tag = key.strip_prefix(prefix)?.strip_prefix(":{")?.strip_suffix("}:record")?;
    (!tag.contains('}')).then(|| tag.replace("%7D", "}").replace("%25", "%"))
}

/// What `HMGET` of the four fields gave; four times nothing = there never was a record.
pub(crate) fn record(answer: Value) -> Result<Option<StoredRecord>, Refusal> {
    let fields: [Option<String>; 4] = list(answer, "record")?.try_into().map_err(|_| Refusal::Unreadable("record"))?;
    match fields {
        [None, None, None, None] => Ok(None),
        [Some(version), Some(enabled), Some(key_id), Some(data)] => Ok(Some(StoredRecord {
            version: digits(&version)?,
            enabled: yes(&enabled)?,
            key_id,
            data: BASE64.decode(data.as_bytes()).map_err(|_| Refusal::Unreadable("data"))?,
        })),
        _ => Err(Refusal::Unreadable("record")),
    }
}

/// A record in the order of the script's arguments.
pub(crate) fn fields(record: &StoredRecord) -> [String; 4] {
    let StoredRecord { version, enabled, key_id, data } = record;
    [version.to_string(), u8::from(*enabled).to_string(), key_id.clone(), BASE64.encode(data)]
}

/// What `LRANGE` gave, in its order.
pub(crate) fn events(answer: Value) -> Result<Vec<Event>, Refusal> {
    let texts: Vec<String> = list(answer, "events")?;
    texts.iter().map(|text| Event::from_json(text).ok_or(Refusal::Unreadable("events"))).collect()
}

/// Several of something.
pub(crate) fn list<T: FromRedisValue>(answer: Value, what: &'static str) -> Result<Vec<T>, Refusal> {
    match answer {
        Value::Array(_) => redis::from_redis_value(answer).map_err(|_| Refusal::Unreadable(what)),
        _ => Err(Refusal::Unreadable(what)),
    }
}

pub(crate) fn yes(enabled: &str) -> Result<bool, Refusal> {
    match enabled {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Refusal::Unreadable("enabled")),
    }
}

fn digits(version: &str) -> Result<u64, Refusal> {
    let plain = version.bytes().all(|byte| byte.is_ascii_digit());
    version.parse().ok().filter(|_| plain).ok_or(Refusal::Unreadable("version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(fields: [Option<&str>; 4]) -> Value {
        let value = |field: Option<&str>| field.map_or(Value::Nil, |text| Value::BulkString(text.into()));
        Value::Array(fields.map(value).to_vec())
    }

    #[test]
    fn a_users_keys_lie_in_one_slot_whatever_the_id() {
        assert_eq!(record_key("twinlock", "42"), "twinlock:{42}:record");
        assert_eq!(events_key("acme", "a}b%{"), "acme:{a%7Db%25{}:events");
        for user in ["42", "}", "{}", "%7D", "%", "a:b", "ä", "%257D"] {
            assert_eq!(user_of("twinlock", &record_key("twinlock", user)).as_deref(), Some(user));
        }
    }

    #[test]
    fn keys_of_others_are_nobodys() {
        for key in ["twinlock:{42}:events", "other:{42}:record", "twinlock:{4}2}:record", "twinlock:42:record", ""] {
            assert_eq!(user_of("twinlock", key), None, "{key}");
        }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let stored = StoredRecord { version: 7, enabled: true, key_id: "2026a".to_owned(), data: vec![0, 255, 10] };
        let [version, enabled, key_id, data] = fields(&stored);
        assert_eq!(record(answer([Some(&version), Some(&enabled), Some(&key_id), Some(&data)])).unwrap(), Some(stored));
        assert_eq!(record(answer([None; 4])).unwrap(), None);
    }

    #[test]
    fn anything_else_is_refused_and_not_taken_for_no_record() {
        let good = [Some("7"), Some("1"), Some("2026a"), Some("AP8K")];
        let spoilt =
            [(0, None), (0, Some("")), (0, Some("+7")), (0, Some("x")), (1, Some("2")), (3, Some("AP8")), (3, None)];
        for (field, value) in spoilt {
            let mut fields = good;
            fields[field] = value;
            assert!(record(answer(fields)).is_err(), "{fields:?}");
        }
        for answer in [Value::Nil, Value::Okay, Value::Array(vec![]), Value::Int(0)] {
            assert!(record(answer).is_err());
        }
    }
}

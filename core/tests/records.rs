//! Stored bytes of every released format must open for ever: status, codes, tokens, backup codes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::Value;
use twinlock::testing::{FakePhone, VirtualClock};
use twinlock::{
    Engine, FirstFactorOptions, KeyRing, MemoryStorage, Policy, Presenting, Storage, StoredRecord, TwoFactor,
    VerifyOptions,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frozen {
    format: u8,
    source: String,
    keys: String,
    namespace: String,
    records: Vec<FrozenRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrozenRecord {
    name: String,
    user_id: String,
    version: u64,
    enabled: bool,
    key_id: String,
    data: String,
    at: i64,
    status: Value,
    opens: Opens,
}

/// What still works with the record; each only where it is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opens {
    device: Option<String>,
    assurance: Option<String>,
    uri: Option<String>,
    backup_code: Option<String>,
    spent_backup_code: Option<String>,
}

type Driver = TwoFactor<Arc<MemoryStorage>, VirtualClock>;

fn driver(frozen: &Frozen, record: &FrozenRecord) -> (Driver, VirtualClock) {
    let (storage, clock) = (Arc::new(MemoryStorage::new()), VirtualClock::new(record.at));
    let row = StoredRecord {
        version: record.version,
        enabled: record.enabled,
        key_id: record.key_id.clone(),
        data: BASE64.decode(record.data.as_bytes()).unwrap(),
    };
    assert_eq!(row.data[0], frozen.format, "{}", record.name);
    assert!(Storage::save(&storage, &record.user_id, None, &row, &[]).unwrap());
    let keys = KeyRing::parse(&frozen.keys).unwrap();
    let engine = Engine::new("Acme", &keys, Policy::default(), &frozen.namespace).unwrap();
    (TwoFactor::new(engine, storage).with_clock(clock.clone()), clock)
}

fn check(frozen: &Frozen, record: &FrozenRecord) {
    let (name, user, opens) = (&record.name, record.user_id.as_str(), &record.opens);
    let (two_factor, clock) = driver(frozen, record);
    let presenting = Presenting { device: opens.device.as_deref(), assurance: None };
    let status = serde_json::to_value(two_factor.status(user, presenting).unwrap()).unwrap();
    contains(&record.status, &status, name);
    if let Some(assurance) = &opens.assurance {
        assert!(two_factor.check_assurance(user, assurance, None).is_ok(), "{name}: the proof");
    }
    let challenge = || {
        let options = FirstFactorOptions { device: opens.device.as_deref(), fresh: true, ..Default::default() };
        two_factor.after_first_factor(user, options).unwrap().challenge.unwrap()
    };
    let verify = |code: &str| two_factor.verify(&challenge(), code, VerifyOptions::default());
    if let Some(code) = &opens.spent_backup_code {
        assert!(verify(code).is_err(), "{name}: the spent backup code");
    }
    if let Some(code) = &opens.backup_code {
        assert!(verify(code).is_ok(), "{name}: the backup code");
    }
    if let Some(uri) = &opens.uri {
        clock.advance(60);
        let phone = FakePhone::scan(uri, &clock).unwrap();
        assert!(verify(&phone.code()).is_ok(), "{name}: the phone");
    }
}

/// Later releases may tell more, never less or otherwise.
fn contains(expected: &Value, actual: &Value, at: &str) {
    match (expected, actual) {
        (Value::Object(fields), Value::Object(others)) => {
            for (name, value) in fields {
                contains(value, others.get(name).unwrap_or(&Value::Null), &format!("{at}.{name}"));
            }
        }
        (Value::Array(items), Value::Array(others)) => {
            assert_eq!(items.len(), others.len(), "{at}");
            items.iter().zip(others).for_each(|(item, other)| contains(item, other, at));
        }
        _ => assert_eq!(expected, actual, "{at}"),
    }
}

#[test]
fn every_record_of_every_released_format_opens() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let manifest: Value = serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    let mut expected: BTreeMap<String, usize> = serde_json::from_value(manifest["records"].clone()).unwrap();
    for entry in fs::read_dir(folder.join("records")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let frozen: Frozen = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(!frozen.source.is_empty(), "{file} names no source");
        let least = expected.remove(&file).unwrap_or_else(|| panic!("{file} is not in the manifest"));
        assert!(frozen.records.len() >= least, "{file} has {} records", frozen.records.len());
        frozen.records.iter().for_each(|record| check(&frozen, record));
    }
    assert!(expected.is_empty(), "missing: {expected:?}");
}

//! Stored records that somebody changed (DESIGN §4, sealing): every byte, every column, swapped, cut.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{Kit, USER, engine, keys, refusal};
use twinlock::{Code, Engine, FirstFactorOptions, Policy, Storage, StoredRecord};

/// What every operation that loads answers when the record does not open; nobody is let in, nothing written.
fn refusals(kit: &Kit, challenge: &str, code: &str, proof: &str) -> Vec<Code> {
    let two_factor = &kit.two_factor;
    vec![
        refusal(two_factor.after_first_factor(USER, FirstFactorOptions::default())),
        refusal(two_factor.begin_enrollment(USER, "ada", Default::default())),
        refusal(kit.verify(challenge, code)),
        refusal(two_factor.check_assurance(USER, proof, None)),
        refusal(two_factor.status(USER, Default::default())),
        refusal(two_factor.reset(USER, "help desk", "lost phone", None)),
        refusal(two_factor.unlock(USER, "help desk", None)),
        refusal(two_factor.password_changed(USER, None)),
        refusal(two_factor.reseal(USER)),
        refusal(kit.import(common::SECRET)),
    ]
}

fn assert_refused(kit: &Kit, row: &StoredRecord, expected: Code, what: &str) {
    let (good, challenge) = (kit.row(), kit.challenge());
    kit.replace(USER, row);
    let (refused, writes) = kit.writes(|| refusals(kit, &challenge, "123456", "token"));
    assert_eq!((refused, writes), (vec![expected; 10], 0), "{what}");
    kit.replace(USER, &good);
}

#[test]
fn every_flipped_byte_is_found() {
    let (kit, _, _) = Kit::enrolled();
    let row = kit.row();
    let challenge = kit.challenge();
    for index in 0..row.data.len() {
        for bit in 0..8 {
            let mut flipped = row.clone();
            flipped.data[index] ^= 1 << bit;
            kit.replace(USER, &flipped);
            assert_eq!(refusal(kit.verify(&challenge, "123456")), Code::RecordTampered, "byte {index}, bit {bit}");
        }
    }
    kit.replace(USER, &row);
    let mut flipped = row.clone();
    flipped.data[40] ^= 1;
    assert_refused(&kit, &flipped, Code::RecordTampered, "a flipped byte");
}

#[test]
fn a_record_that_is_cut_or_lengthened_is_found() {
    let (kit, _, _) = Kit::enrolled();
    let row = kit.row();
    for length in 0..row.data.len() {
        let cut = StoredRecord { data: row.data[..length].to_vec(), ..row.clone() };
        kit.replace(USER, &cut);
        let refused = kit.two_factor.after_first_factor(USER, FirstFactorOptions::default());
        assert_eq!(refusal(refused), Code::RecordTampered, "{length} bytes");
    }
    kit.replace(USER, &row);
    let mut longer = row.clone();
    longer.data.push(0);
    assert_refused(&kit, &longer, Code::RecordTampered, "one byte more");
    let mut format = row.clone();
    format.data[0] = 2;
    assert_refused(&kit, &format, Code::RecordTampered, "a format that does not exist");
}

#[test]
fn a_record_of_another_user_is_found() {
    let (kit, _, _) = Kit::enrolled();
    kit.enroll("43");
    let bobs = Storage::load(&kit.storage, "43").unwrap().unwrap();
    assert_refused(&kit, &bobs, Code::RecordTampered, "bob's record in ada's row");
}

#[test]
fn every_edited_column_is_found() {
    let (kit, _, _) = Kit::enrolled();
    let row = kit.row();
    for version in [0, row.version - 1, row.version + 1, (1 << 53) - 1] {
        assert_refused(&kit, &StoredRecord { version, ..row.clone() }, Code::RecordTampered, "version");
    }
    assert_refused(&kit, &StoredRecord { enabled: false, ..row.clone() }, Code::RecordTampered, "enabled");
    for key_id in ["", "k2", "K1", "k1 "] {
        assert_refused(&kit, &StoredRecord { key_id: key_id.into(), ..row.clone() }, Code::UnknownKey, "key id");
    }
}

#[test]
fn a_key_id_edited_to_another_known_key_is_found() {
    let (kit, _, _) = Kit::enrolled();
    let both = Engine::new("Acme", &keys("k1,k2"), Policy::default(), "").unwrap();
    let kit = kit.redeployed(both);
    let row = StoredRecord { key_id: "k2".into(), ..kit.row() };
    assert_refused(&kit, &row, Code::RecordTampered, "the id of another key of the ring");
}

#[test]
fn a_tombstone_cannot_be_brought_back_by_its_column() {
    let (kit, _, enrolled) = Kit::enrolled();
    kit.two_factor.disable(USER, &enrolled.assurance, None).unwrap();
    let row = kit.row();
    assert!(!row.enabled);
    kit.replace(USER, &StoredRecord { enabled: true, ..row });
    assert_eq!(refusal(kit.two_factor.status(USER, Default::default())), Code::RecordTampered);
}

#[test]
fn a_record_of_another_namespace_or_another_key_of_the_same_id_is_found() {
    let (kit, _, _) = Kit::enrolled();
    let staging = kit.redeployed(Engine::new("Acme", &keys("k1"), Policy::default(), "staging").unwrap());
    assert_eq!(refusal(staging.two_factor.status(USER, Default::default())), Code::RecordTampered);
    let ring = twinlock::KeyRing::new([("k1", *b"another key, also thirty-two byt")]).unwrap();
    let other = kit.redeployed(Engine::new("Acme", &ring, Policy::default(), "").unwrap());
    assert_eq!(refusal(other.two_factor.status(USER, Default::default())), Code::RecordTampered);
    let same = kit.redeployed(engine(Policy::default()));
    assert!(same.status().enabled);
}

#[test]
fn the_first_version_is_random_and_each_save_adds_one() {
    let version = || {
        let (kit, _, _) = Kit::enrolled();
        kit.row().version
    };
    let first: Vec<u64> = (0..8).map(|_| version()).collect();
    assert!(first.iter().all(|&version| 0 < version && version < 1 << 32));
    assert!(first.iter().any(|&version| version > 1 << 20), "{first:?}");
    let (kit, phone, _) = Kit::enrolled();
    let before = kit.row().version;
    kit.sign_in(&phone).unwrap();
    assert_eq!(kit.row().version, before + 1);
}

#[test]
fn a_version_at_the_end_of_its_range_refuses_to_grow() {
    // Only a record sealed with that version gets there, so it is made by saving 2^53 - 1 as if it were the first.
    let (kit, _, _) = Kit::enrolled();
    let row = StoredRecord { version: u64::MAX, ..kit.row() };
    kit.replace(USER, &row);
    assert_eq!(refusal(kit.two_factor.status(USER, Default::default())), Code::RecordTampered);
}

#[test]
fn nothing_secret_stands_in_the_clear() {
    let kit = Kit::new();
    let begun = kit.two_factor.begin_enrollment(USER, "ada@example.com", Default::default()).unwrap();
    let phone = twinlock::testing::FakePhone::scan(&begun.uri, &kit.clock).unwrap();
    let options = twinlock::ConfirmOptions { name: Some("Ada's phone"), ..Default::default() };
    let enrolled = kit.two_factor.confirm_enrollment(USER, &begun.setup, &phone.code(), options).unwrap();
    let data = kit.row().data;
    let secret = twinlock::secret::Secret::from_base32(&begun.secret).unwrap();
    let within = |needle: &[u8]| data.windows(needle.len()).any(|window| window == needle);
    assert!(!within(secret.as_bytes()) && !within(b"Ada's phone"));
    assert!(!within(enrolled.backup_codes[0].as_bytes()));
    assert!(data.len() < 1024, "{} bytes", data.len());
}

#[test]
fn a_full_record_stays_below_what_a_row_should_hold() {
    let (kit, phone, enrolled) = Kit::enrolled();
    kit.add(&enrolled.assurance);
    kit.add(&enrolled.assurance);
    for _ in 0..12 {
        kit.clock.advance(30);
        let context = "a browser with a long name ".repeat(4);
        let options = twinlock::VerifyOptions { trust_device: true, context: Some(&context), ..Default::default() };
        let _ = kit.two_factor.verify(&kit.challenge(), &phone.code(), options);
    }
    assert!(kit.row().data.len() < 3072, "{} bytes", kit.row().data.len());
}

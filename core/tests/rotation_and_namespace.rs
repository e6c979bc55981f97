//! Keys and namespaces over time (DESIGN §4, sealing).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{Kit, USER, keys, refusal};
use twinlock::{Code, Engine, KeyRing, Policy, Reports};

fn engine(ids: &str) -> Engine {
    Engine::new("Acme", &keys(ids), Policy::default(), "").unwrap()
}

#[test]
fn rotation_in_three_deploys_is_noticed_by_nobody() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let home = enrolled.device.unwrap();
    // 1: the new key behind. Nothing is stale, the old one still seals.
    let behind = kit.redeployed(engine("k1,k2"));
    assert!(!behind.two_factor.reseal(USER).unwrap());
    let challenge = behind.challenge();
    // 2: the new key in front. Tokens of the old one still open; records move one by one.
    let front = kit.redeployed(engine("k2,k1"));
    assert_eq!(Reports::stale(front.storage.inner(), "k2", None, 10).unwrap(), [USER]);
    assert!(front.proves(&enrolled.assurance));
    front.verify(&challenge, &phone.code()).unwrap();
    assert_eq!(front.row().key_id, "k2", "a sign-in moves the record by itself");
    let sleeping = kit.redeployed(engine("k1"));
    sleeping.enroll("43");
    assert!(front.two_factor.reseal("43").unwrap());
    assert!(!front.two_factor.reseal("43").unwrap(), "once");
    assert!(Reports::stale(front.storage.inner(), "k2", None, 10).unwrap().is_empty());
    // 3: the old key is gone. Its tokens are none; the record opens.
    let after = kit.redeployed(engine("k2"));
    assert!(!after.proves(&enrolled.assurance));
    assert!(after.status_at(Some(&home)).devices.iter().all(|device| !device.current));
    after.clock.advance(30);
    assert!(after.sign_in(&phone).is_ok());
}

#[test]
fn resealing_changes_nothing_but_the_seal() {
    let (kit, phone, _) = Kit::enrolled();
    kit.fail(&phone);
    let before = kit.status();
    let front = kit.redeployed(engine("k2,k1"));
    let (moved, writes) = front.writes(|| front.two_factor.reseal(USER).unwrap());
    assert!(moved && writes == 1 && front.row().key_id == "k2");
    assert_eq!(front.status(), before);
    assert_eq!(front.told().0, ["resealed"]);
}

#[test]
fn a_tombstone_is_resealed_too() {
    let (kit, _, enrolled) = Kit::enrolled();
    kit.two_factor.disable(USER, &enrolled.assurance, None).unwrap();
    let front = kit.redeployed(engine("k2,k1"));
    assert!(front.two_factor.reseal(USER).unwrap());
    assert_eq!((front.row().key_id.as_str(), front.row().enabled), ("k2", false));
}

#[test]
fn a_missing_key_refuses_until_it_is_back() {
    let (kit, phone, _) = Kit::enrolled();
    let row = kit.row();
    let lost = kit.redeployed(engine("k2"));
    let refused = lost.two_factor.after_first_factor(USER, Default::default());
    assert_eq!(refusal(refused), Code::UnknownKey);
    assert_eq!(refusal(lost.two_factor.reset(USER, "a", "r", None)), Code::UnknownKey);
    assert_eq!(kit.row(), row);
    assert!(kit.redeployed(engine("k2,k1")).sign_in(&phone).is_ok());
}

#[test]
fn namespaces_share_keys_but_nothing_else() {
    let storage = Kit::new();
    let kit =
        |namespace: &str| storage.redeployed(Engine::new("Acme", &keys("k1"), Policy::default(), namespace).unwrap());
    let (production, staging) = (kit(""), kit("staging"));
    let (phone, enrolled) = production.enroll(USER);
    let challenge = production.challenge();
    assert_eq!(refusal(staging.verify(&challenge, &phone.code())), Code::ChallengeExpired);
    assert_eq!(refusal(staging.two_factor.status(USER, Default::default())), Code::RecordTampered);
    assert_eq!(refusal(staging.two_factor.check_assurance(USER, &enrolled.assurance, None)), Code::RecordTampered);
    assert!(production.verify(&challenge, &phone.code()).is_ok());
    assert!(Engine::new("Acme", &keys("k1"), Policy::default(), &"n".repeat(65)).is_err());
}

#[test]
fn a_ring_is_read_from_text_and_written_back() {
    let ring = KeyRing::parse(
        " 2026b:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,\n2026a:uW4LFfKUJvUI6d1vUhqfM2eu9HT3cbXvEzwpp2mhmYU ",
    )
    .unwrap();
    assert_eq!(ring.active_id(), "2026b");
    assert_eq!(*KeyRing::parse(&ring.to_text()).unwrap().to_text(), *ring.to_text());
    assert_eq!(format!("{ring:?}"), r#"["2026b", "2026a"]"#);
    for bad in ["", ",", "a", "a:", ":AAAA", "a:AAAA", "a b:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="] {
        assert_eq!(refusal(KeyRing::parse(bad)), Code::ConfigurationError, "{bad:?}");
    }
}

//! Audit events (DESIGN §4, events; §5, `attack_suspected` and `hardened`).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use std::collections::BTreeSet;

use common::{Kit, OTHER_SECRET, SECRET, START, USER, refusal, three, wrong};
use twinlock::{Code, Event, EventKind, VerifyOptions};

fn kinds(kit: &Kit) -> Vec<String> {
    let (stored, passing) = kit.told();
    stored.into_iter().chain(passing).collect()
}

#[test]
fn an_attack_is_suspected_at_the_third_failure_from_two_challenges() {
    let (kit, phone, _) = Kit::enrolled();
    let (one, two) = (kit.challenge(), kit.challenge());
    for challenge in [&one, &one] {
        assert_eq!(refusal(kit.verify(challenge, &wrong(&[&phone]))), Code::InvalidCode);
    }
    assert_eq!(kit.told().0, ["failed", "failed"]);
    assert_eq!(refusal(kit.verify(&two, &wrong(&[&phone]))), Code::InvalidCode);
    assert_eq!(kit.told().0, ["failed", "attack_suspected"]);
    kit.fail(&phone);
    assert_eq!(kit.told().0, ["failed"], "told once");
}

#[test]
fn an_attack_is_suspected_at_the_fourth_failure_of_one_challenge() {
    let (kit, phone, _) = Kit::enrolled();
    let challenge = kit.challenge();
    for _ in 0..3 {
        assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode);
    }
    assert_eq!(kit.told().0, ["failed"; 3]);
    assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode);
    assert_eq!(kit.told().0, ["failed", "attack_suspected"]);
}

#[test]
fn an_attack_is_told_again_when_the_first_is_forgiven() {
    let (kit, phone, _) = Kit::enrolled();
    for _ in 0..2 {
        let challenge = kit.challenge();
        for _ in 0..4 {
            assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode);
        }
        assert!(kit.told().0.contains(&"attack_suspected".to_owned()));
        kit.clock.advance(60);
        kit.verify(&challenge, &phone.code()).unwrap();
        kit.clock.advance(60);
        kit.events();
    }
}

#[test]
fn hardened_is_told_once_when_the_budget_is_spent() {
    let (kit, phone, _) = Kit::enrolled();
    kit.spend(&phone);
    let stored = kit.stored_events();
    let hardened: Vec<_> = stored.iter().filter(|event| event.kind == "hardened").collect();
    assert_eq!(hardened.len(), 1);
    assert_eq!(stored[0].kind, "hardened", "with the eighth failure");
    assert!(kit.verify(&kit.challenge(), &phone.code()).is_err());
    let notice = kit.events().pop().unwrap();
    assert_eq!(
        (notice.0.kind.as_ref(), notice.0.detail["reason"].as_str(), notice.1),
        ("failed", Some("hardened"), false)
    );
}

#[test]
fn failures_of_a_known_browser_say_so() {
    let (kit, phone, enrolled) = Kit::enrolled();
    kit.fail_at(enrolled.device.as_deref(), &phone);
    assert_eq!(kit.events()[0].0.detail["known_device"].as_bool(), Some(true));
    kit.fail(&phone);
    assert!(kit.events()[0].0.detail.get("known_device").is_none());
}

#[test]
fn refusals_that_a_flood_could_repeat_are_told_but_not_stored() {
    let (kit, phone, enrolled) = Kit::enrolled();
    kit.verify(&kit.challenge(), &enrolled.backup_codes[0]).unwrap();
    for _ in 0..4 {
        kit.fail(&phone);
    }
    kit.events();
    let stored = kit.stored_events().len();
    let challenge = kit.challenge();
    let tries = [phone.code().to_string(), "0000-0000-0000-0000".to_owned(), enrolled.backup_codes[0].to_string()];
    for code in &tries {
        assert!(kit.verify(&challenge, code).is_err());
        assert_eq!(kit.told(), (vec![], vec!["failed".to_owned()]));
    }
    assert!(kit.verify_three(&challenge, ["000000"; 3]).is_err());
    assert_eq!(kit.told(), (vec![], vec!["failed".to_owned()]));
    assert_eq!(kit.stored_events().len(), stored);
}

#[test]
fn events_say_who_when_how_and_what_the_host_said() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let options = VerifyOptions { context: Some("192.0.2.1\r\nAgent"), ..Default::default() };
    kit.two_factor.verify(&kit.challenge(), &phone.code(), options).unwrap();
    let event = kit.events().remove(0).0;
    assert_eq!((event.user_id.as_str(), event.at, event.success), (USER, START + 60, true));
    assert_eq!((event.kind.as_ref(), event.method.as_deref()), ("verified", Some("totp")));
    assert_eq!(event.context.as_deref(), Some("192.0.2.1  Agent"), "no line breaks for the log");
    assert_eq!(event.detail["authenticator_id"].as_str(), Some(enrolled.authenticator_id.as_str()));
    assert_eq!(event.actor, None);
}

#[test]
fn ids_are_uuids_that_sort_as_the_events_happened() {
    let (kit, phone, _) = Kit::enrolled();
    let mut ids = Vec::new();
    for second in 0..3 {
        kit.clock.advance(second);
        let challenge = kit.challenge();
        for _ in 0..2 {
            assert!(kit.verify(&challenge, &wrong(&[&phone])).is_err());
        }
        ids.extend(kit.events().iter().filter(|(_, durable)| *durable).map(|(event, _)| event.id));
    }
    assert!(ids.is_sorted(), "{ids:?}");
    for id in ids {
        assert_eq!((id[6] >> 4, id[8] >> 6), (7, 0b10), "RFC 9562, version 7");
    }
}

/// Does everything once, so that every kind of event is told.
fn a_whole_life() -> (Kit, Vec<String>) {
    let (kit, phone, enrolled) = Kit::enrolled();
    let proof = enrolled.assurance.as_str();
    let mut secrets: Vec<String> = enrolled.backup_codes.iter().map(|code| code.to_string()).collect();
    let id = kit.import(SECRET).unwrap();
    kit.add(proof);
    kit.two_factor.rename_authenticator(USER, proof, &id, "Tablet", None).unwrap();
    kit.two_factor.backup_codes_saved(USER, None).unwrap();
    for code in &enrolled.backup_codes[..7] {
        kit.verify(&kit.challenge(), code).unwrap();
    }
    for code in kit.two_factor.regenerate_backup_codes(USER, proof, None).unwrap() {
        secrets.push(code.to_string());
    }
    kit.two_factor.remove_authenticator(USER, proof, &id, None).unwrap();
    let known = kit.phone_of(SECRET);
    secrets.extend([wrong(&[&phone, &known]), phone.code().to_string(), SECRET.to_owned(), OTHER_SECRET.to_owned()]);
    for _ in 0..100 {
        if kit.status().throttle.codes_required == 3 {
            break;
        }
        kit.clock.advance(kit.status().throttle.retry_after.unwrap_or(0).cast_signed());
        assert!(kit.verify(&kit.challenge(), &wrong(&[&phone])).is_err());
    }
    kit.clock.advance(90);
    secrets.extend(three(&phone, 0));
    let verification = kit.sign_in_with_three(&phone).unwrap();
    kit.two_factor.unlock(USER, "operator", None).unwrap();
    kit.clock.advance(common::DECADE);
    kit.verify_trusting(&kit.challenge(), &phone.code()).unwrap();
    kit.clock.advance(30 - common::DECADE);
    kit.clock.advance(90);
    kit.sign_in_with_three(&phone).unwrap();
    kit.two_factor.revoke_all_devices(USER, None).unwrap();
    kit.two_factor.password_changed(USER, None).unwrap();
    kit.clock.advance(30);
    let proof = kit.sign_in(&phone).unwrap().assurance;
    let rotated = twinlock::Engine::new("Acme", &common::keys("k2,k1"), Default::default(), "").unwrap();
    kit.redeployed(rotated).two_factor.reseal(USER).unwrap();
    secrets.extend([verification.assurance, proof.clone(), kit.challenge_after_rotation()]);
    (kit, secrets)
}

impl Kit {
    fn challenge_after_rotation(&self) -> String {
        let rotated = twinlock::Engine::new("Acme", &common::keys("k2,k1"), Default::default(), "").unwrap();
        self.redeployed(rotated).challenge()
    }
}

#[test]
fn no_event_holds_a_code_a_secret_or_a_token_and_every_kind_is_told() {
    let (kit, secrets) = a_whole_life();
    let rotated = twinlock::Engine::new("Acme", &common::keys("k2,k1"), Default::default(), "").unwrap();
    let last = kit.redeployed(rotated);
    last.two_factor.reset(USER, "help desk 7", "lost phone", None).unwrap();
    let (_, enrolled) = last.enroll(USER);
    last.two_factor.disable(USER, &enrolled.assurance, None).unwrap();
    let mut events = last.stored_events();
    last.two_factor.erase(USER).unwrap();
    events.extend(last.events().into_iter().map(|(event, _)| event));
    let text: String = events.iter().map(twinlock::Event::to_json).collect();
    for secret in secrets {
        assert!(!text.contains(&format!("\"{secret}\"")), "{secret} stands in an event");
        assert!(secret.len() < 10 || !text.contains(&secret), "{secret} stands in an event");
    }
    let told: BTreeSet<&str> = events.iter().map(|event| event.kind.as_ref()).collect();
    let all: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(told, all);
    assert!(kinds(&last).is_empty());
}

#[test]
fn an_event_reads_as_json() {
    let (kit, phone, _) = Kit::enrolled();
    kit.fail(&phone);
    let event: serde_json::Value = serde_json::from_str(&kit.events()[0].0.to_json()).unwrap();
    assert_eq!(event["type"], "failed");
    assert_eq!(event["id"].as_str().unwrap().len(), 32);
    assert_eq!((event["at"].as_u64(), event["detail"]["reason"].as_str()), (Some(START + 60), Some("wrong")));
}

#[test]
fn the_id_of_a_kept_event_reads_as_it_was_written_and_that_of_a_cursor_in_capitals_too() {
    let event = twinlock::testing::example_event();
    let (text, id) = (event.to_json(), event.id_text());
    let shouted = text.replace(&id, &id.to_uppercase());
    assert_ne!(shouted, text);
    assert_eq!(Event::from_json(&shouted), None);
    assert_eq!(Event::parse_id(&id.to_uppercase()), Some(event.id));
}

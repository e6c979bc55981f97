//! The laws as properties: for any times, codes and orders of calls.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{Kit, SECRET, USER, engine, refusal, three, wrong};
use proptest::prelude::*;
use twinlock::{Code, Effect, Error, FirstFactorOptions, Policy, Storage, StoredRecord, Timestamp, VerifyOptions};

/// An account with a known secret at some time.
fn at(now: i64) -> (Kit, twinlock::testing::FakePhone) {
    let kit = Kit::new();
    kit.clock.set(now);
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    (kit, phone)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_code_gets_in_once_whatever_the_time_and_the_way(now in 3_000_i64..200_000_000_000, offset in -1_i64..=1, later in 0_i64..90) {
        let (kit, phone) = at(now);
        let code = phone.code_after(offset);
        prop_assert!(kit.verify(&kit.challenge(), &code).is_ok());
        kit.clock.advance(later);
        // Unless the code has come up again by chance, one in a million.
        if (-1..=1).all(|step| phone.code_after(step) != code || phone.code_after(step) == code && step + later / 30 <= offset + 1) {
            prop_assert!(kit.verify(&kit.challenge(), &code).is_err());
        }
    }

    #[test]
    fn steps_are_accepted_in_rising_order_only(now in 3_000_i64..200_000_000_000, tries in prop::collection::vec((-1_i64..=1, 0_i64..60), 1..20)) {
        let (kit, phone) = at(now);
        let mut last = None;
        for (offset, wait) in tries {
            kit.clock.advance(wait);
            let step = kit.clock.seconds().cast_signed() / 30 + offset;
            let accepted = kit.verify(&kit.challenge(), &phone.code_after(offset)).is_ok();
            let shared = (-1..=1).any(|other| other != offset && phone.code_after(other) == phone.code_after(offset));
            prop_assert!(shared || accepted == last.is_none_or(|last| step > last));
            last = if accepted { Some(step) } else { last };
        }
    }

    #[test]
    fn a_refusal_never_changes_what_is_known_but_for_its_price(
        code in "\\PC{0,40}", next in prop::collection::vec("[0-9]{6}", 0..4), token in "\\PC{0,80}",
    ) {
        let (kit, _, enrolled) = Kit::enrolled();
        let before = kit.status();
        let next: Vec<&str> = next.iter().map(String::as_str).collect();
        let options = VerifyOptions { next_codes: &next, ..Default::default() };
        let challenge = kit.challenge();
        // A guess of six digits may be right, once in 300,000.
        prop_assume!(!code.chars().all(|letter| letter.is_ascii_digit()));
        prop_assert!(kit.two_factor.verify(&challenge, &code, options).is_err());
        prop_assert!(kit.two_factor.verify(&token, "123456", options).is_err());
        prop_assert!(!kit.proves(&token));
        prop_assert!(kit.two_factor.disable(USER, &token, None).is_err());
        prop_assert_eq!(kit.status(), before);
        prop_assert!(kit.verify(&kit.challenge(), &enrolled.backup_codes[0]).is_ok());
    }

    #[test]
    fn any_bytes_in_the_place_of_a_record_refuse(version: u64, enabled: bool, key in "(k1|k2|\\PC{0,20})", data in prop::collection::vec(any::<u8>(), 0..400)) {
        let engine = engine(Policy::default());
        let row = StoredRecord { version, enabled, key_id: key, data };
        let call = engine.after_first_factor(USER, FirstFactorOptions::default()).unwrap();
        let step = engine.decide(&call, Some(&row), Timestamp::from_secs(0).unwrap());
        prop_assert_eq!(step.effect, Effect::None);
        prop_assert!(matches!(step.outcome, Err(Error::RecordTampered | Error::UnknownKey)));
    }

    #[test]
    fn three_codes_get_the_owner_in_whatever_an_attacker_did(attack in prop::collection::vec((0_u8..5, 0_i64..400), 0..60)) {
        let (kit, phone, _) = Kit::enrolled();
        for (what, wait) in attack {
            kit.clock.advance(wait);
            let guess = wrong(&[&phone]);
            let challenge = kit.challenge();
            match what {
                0 => drop(kit.verify(&challenge, &guess)),
                1 => drop(kit.verify(&challenge, "0000-0000-0000-0000")),
                2 => drop(kit.verify_three(&challenge, [&guess, &guess, &guess])),
                3 => kit.two_factor.password_changed(USER, None).unwrap(),
                _ => for _ in 0..5 { drop(kit.verify(&challenge, &guess)) },
            }
        }
        kit.clock.advance(90);
        prop_assert!(kit.sign_in_with_three(&phone).is_ok());
    }

    #[test]
    fn evaluated_failures_never_pass_the_budget(waits in prop::collection::vec(0_i64..2_000_000, 1..120)) {
        let (kit, phone, _) = Kit::enrolled();
        let start = kit.clock.seconds();
        let mut evaluated = 0_u64;
        for wait in waits {
            kit.clock.advance(wait);
            let (_, writes) = kit.writes(|| kit.verify(&kit.challenge(), &wrong(&[&phone])));
            evaluated += writes as u64;
        }
        let returned = (kit.clock.seconds() - start) as f64 / (21.0 * 86_400.0);
        prop_assert!(evaluated as f64 <= 8.0 + returned + 1e-6, "{evaluated} after {returned} returns");
    }

    #[test]
    fn a_lost_race_decides_again_on_what_won(first in 0_usize..3, second in 0_usize..3) {
        // Two requests decided on the same record: the second is saved only as decided on the first's.
        let (kit, phone, enrolled) = Kit::enrolled();
        let codes = [phone.code().to_string(), enrolled.backup_codes[0].to_string(), enrolled.backup_codes[1].to_string()];
        let (one, two) = (kit.challenge(), kit.challenge());
        let engine = kit.two_factor.engine();
        let now = Timestamp::from_secs(kit.clock.seconds().cast_signed()).unwrap();
        let row = kit.row();
        let decided = |challenge: &str, code: &str, row: &StoredRecord| {
            engine.decide(&engine.verify(challenge, code, Default::default()).unwrap(), Some(row), now)
        };
        let (a, b) = (decided(&one, &codes[first], &row), decided(&two, &codes[second], &row));
        let mut saved = 0;
        for step in [&a, &b] {
            if let Effect::Save { expected, record, events } = &step.effect {
                saved += usize::from(Storage::save(&kit.storage, USER, *expected, record, events).unwrap());
            }
        }
        prop_assert_eq!(saved, 1);
        let again = decided(&two, &codes[second], &kit.row());
        if first == second {
            prop_assert_eq!(refusal(again.outcome), Code::InvalidCode);
        } else {
            prop_assert!(again.outcome.is_ok());
        }
    }

    #[test]
    fn three_codes_in_a_row_teach_where_the_phone_is(offset in -18_i64..=20, wait in 60_i64..600) {
        let (kit, phone) = at(1_700_000_000);
        kit.verify_three(&kit.challenge(), three(&phone, offset)).unwrap();
        kit.clock.advance(wait);
        prop_assert!(kit.verify(&kit.challenge(), &phone.code_after(offset)).is_ok());
    }
}

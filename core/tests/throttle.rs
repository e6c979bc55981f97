//! Budget, back-off, consecutive codes, lanes of devices (DESIGN §5), through the public API.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{DAY, Kit, OTHER_SECRET, RETURN, SECRET, USER, by, refusal, three, wait_of, wrong};
use twinlock::{BeginOptions, Code, ConfirmOptions, ImportOptions, Imported, PolicySettings};

#[test]
fn the_back_off_table_row_by_row() {
    let (kit, phone, _) = Kit::enrolled();
    for (failures, expected) in [0, 0, 0, 0, 15, 30, 60, 120].into_iter().enumerate() {
        let throttle = kit.status().throttle;
        assert_eq!((throttle.retry_after.unwrap_or(0), throttle.codes_required), (expected, 1), "{failures} failures");
        if expected > 0 {
            assert_eq!(wait_of(kit.sign_in(&phone)), expected);
        }
        kit.fail(&phone);
    }
    assert_eq!(kit.status().throttle.codes_required, 3);
    assert_eq!(refusal(kit.sign_in(&phone)), Code::MoreCodesRequired);
}

#[test]
fn the_budget_holds_eight_and_returns_one_in_21_days() {
    let (kit, phone, _) = Kit::enrolled();
    assert_eq!(kit.spend(&phone), 8);
    kit.clock.advance(RETURN - 300);
    assert_eq!(kit.status().throttle.codes_required, 3);
    kit.clock.advance(301);
    assert_eq!(kit.spend(&phone), 1);
    kit.clock.advance(8 * RETURN);
    assert_eq!(kit.spend(&phone), 8, "never more than the budget");
}

#[test]
fn the_budget_returns_what_the_policy_says() {
    let kit = Kit::with(|settings| {
        settings.budget = 3.0;
        settings.budget_return_days = 30.0;
    });
    let (phone, _) = kit.enroll(USER);
    assert_eq!(kit.spend(&phone), 3);
    kit.clock.advance(30 * DAY);
    assert_eq!(kit.spend(&phone), 1);
}

#[test]
fn nothing_an_attacker_can_cause_returns_any_of_it() {
    let (kit, phone, _) = Kit::enrolled();
    for _ in 0..5 {
        kit.fail(&phone);
    }
    kit.clock.advance(30);
    let failures_left = |kit: &Kit, phone| {
        let spent = kit.spend(phone);
        assert_eq!(spent, 3);
    };
    // New challenges, password changes, wrong codes of other kinds, sign-ins of the owner, switching off and on.
    for _ in 0..30 {
        kit.challenge();
        kit.two_factor.password_changed(USER, None).unwrap();
        assert_eq!(refusal(kit.verify(&kit.challenge(), "0000-0000-0000-0000")), Code::InvalidCode);
        assert_eq!(refusal(kit.verify_three(&kit.challenge(), ["000000"; 3])), Code::InvalidCode);
    }
    kit.clock.advance(120);
    let proof = kit.sign_in_with_three(&phone).unwrap().assurance;
    kit.two_factor.disable(USER, &proof, None).unwrap();
    let begun = kit.two_factor.begin_enrollment(USER, "ada", BeginOptions::default()).unwrap();
    let phone = twinlock::testing::FakePhone::scan(&begun.uri, &kit.clock).unwrap();
    kit.two_factor.confirm_enrollment(USER, &begun.setup, &phone.code(), ConfirmOptions::default()).unwrap();
    kit.clock.advance(60);
    failures_left(&kit, &phone);
}

#[test]
fn two_authenticators_double_the_price() {
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    kit.import(OTHER_SECRET).unwrap();
    let (one, two) = (kit.phone_of(SECRET), kit.phone_of(OTHER_SECRET));
    let mut evaluated = 0;
    while kit.status().throttle.codes_required == 1 {
        kit.clock.advance(kit.status().throttle.retry_after.unwrap_or(0).cast_signed());
        assert_eq!(refusal(kit.verify(&kit.challenge(), &wrong(&[&one, &two]))), Code::InvalidCode);
        evaluated += 1;
        assert!(evaluated <= 4, "two authenticators double the price");
    }
    assert_eq!(evaluated, 4);
    kit.clock.advance(2 * RETURN);
    assert_eq!(kit.status().throttle.codes_required, 1);
}

#[test]
fn eight_digits_cost_a_hundredth() {
    // The back-off would count tries, so there is none here.
    let kit = Kit::with(|settings| {
        settings.digits = 8;
        settings.backoff = vec![0];
    });
    let (phone, _) = kit.enroll(USER);
    assert_eq!(kit.spend(&phone), 800);
    assert_eq!(kit.status().throttle.codes_required, 3);
}

#[test]
fn the_throttle_asks_with_the_full_price_and_charges_the_actual_one() {
    let (kit, phone, _) = Kit::enrolled();
    for _ in 0..7 {
        kit.fail(&phone);
    }
    kit.clock.advance(120);
    // Two of the three steps are burned: a failure costs a third.
    kit.verify_three(&kit.challenge(), three(&phone, 0)).unwrap();
    kit.fail(&phone);
    assert_eq!(kit.status().throttle.codes_required, 3, "7 1/3 and a full price do not fit into 8");
    kit.clock.advance(RETURN / 3 + 1);
    assert_eq!(kit.status().throttle.codes_required, 1, "7 and a full price do");
}

#[test]
fn three_consecutive_codes_are_taken_at_any_time() {
    let (kit, phone, _) = Kit::enrolled();
    for _ in 0..4 {
        kit.fail(&phone);
    }
    kit.clock.advance(90);
    kit.fail(&phone);
    assert_eq!(wait_of(kit.sign_in(&phone)), 30);
    assert!(kit.sign_in_with_three(&phone).is_ok(), "while the back-off runs");
    kit.spend(&phone);
    kit.clock.advance(90);
    assert!(kit.sign_in_with_three(&phone).is_ok(), "with the budget spent");
}

#[test]
fn three_codes_are_found_up_to_20_steps_away_with_one_authenticator_and_10_with_two() {
    for (authenticators, radius) in [(1, 20_i64), (2, 10), (3, 6)] {
        for newest in -22..=22 {
            let kit = Kit::new();
            for secret in [SECRET, OTHER_SECRET, "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK"].iter().take(authenticators) {
                kit.import(secret).unwrap();
            }
            let outcome = kit.verify_three(&kit.challenge(), three(&kit.phone_of(SECRET), newest));
            let within = (2 - radius..=radius).contains(&newest);
            assert_eq!(outcome.is_ok(), within, "{authenticators} authenticators, {newest} steps away");
        }
    }
}

#[test]
fn wrong_triples_cost_nothing_write_nothing_and_end_nothing() {
    let (kit, phone, _) = Kit::enrolled();
    let challenge = kit.challenge();
    let ((), writes) = kit.writes(|| {
        for _ in 0..1000 {
            assert_eq!(refusal(kit.verify_three(&challenge, ["000000", "000001", "000002"])), Code::InvalidCode);
        }
    });
    assert_eq!(writes, 0);
    assert_eq!(kit.status().throttle.retry_after, None);
    assert!(kit.verify(&challenge, &phone.code()).is_ok());
}

#[test]
fn backup_codes_are_open_without_limit() {
    let (kit, phone, enrolled) = Kit::enrolled();
    kit.spend(&phone);
    let ((), writes) = kit.writes(|| {
        for _ in 0..200 {
            assert_eq!(refusal(kit.verify(&kit.challenge(), "0000-0000-0000-0000")), Code::InvalidCode);
        }
    });
    assert_eq!(writes, 0);
    assert!(kit.verify(&kit.challenge(), &enrolled.backup_codes[0]).is_ok());
}

#[test]
fn a_known_browser_and_the_account_have_budgets_of_their_own() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let home = enrolled.device.unwrap();
    assert_eq!(kit.spend(&phone), 8);
    assert_eq!(kit.spend_at(Some(&home), &phone), 8, "the account's failures are not the browser's");
    kit.clock.advance(8 * RETURN.min(9 * DAY));
    let (kit, phone, enrolled) = Kit::enrolled();
    let home = enrolled.device.unwrap();
    assert_eq!(kit.spend_at(Some(&home), &phone), 8);
    assert_eq!(refusal(kit.sign_in_at(&home, &phone)), Code::MoreCodesRequired);
    assert_eq!(kit.status().throttle.codes_required, 1, "the browser's failures are not the account's");
    kit.clock.advance(90);
    let challenge = kit.challenge_at(Some(&home));
    assert!(kit.verify_three(&challenge, three(&phone, 0)).is_ok(), "a spent browser goes to three codes");
}

#[test]
fn a_challenge_of_a_browser_revoked_meanwhile_falls_to_the_account() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let home = enrolled.device.unwrap();
    kit.spend(&phone);
    let challenge = kit.challenge_at(Some(&home));
    assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode, "it has a budget of its own");
    kit.two_factor.revoke_all_devices(USER, None).unwrap();
    assert_eq!(refusal(kit.verify(&challenge, &phone.code())), Code::MoreCodesRequired);
}

#[test]
fn what_a_revoked_browser_charged_is_not_forgiven_on_the_account() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let home = enrolled.device.unwrap();
    for _ in 0..3 {
        kit.fail(&phone);
    }
    let challenge = kit.challenge_at(Some(&home));
    for _ in 0..3 {
        assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode);
    }
    kit.two_factor.revoke_all_devices(USER, None).unwrap();
    kit.verify(&challenge, &phone.code()).unwrap();
    kit.clock.advance(60);
    assert_eq!(kit.spend(&phone), 5, "the account's three failures are still there");
}

#[test]
fn five_typos_of_one_challenge_are_all_forgiven() {
    let (kit, phone, _) = Kit::enrolled();
    let challenge = kit.challenge();
    for _ in 0..4 {
        assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode);
    }
    kit.clock.advance(15);
    kit.verify(&challenge, &phone.code()).unwrap();
    kit.clock.advance(60);
    assert_eq!(kit.status().throttle.retry_after, None, "the back-off that came from them is gone too");
    assert_eq!(kit.spend(&phone), 8);
}

#[test]
fn a_success_ends_the_back_off_that_its_own_failures_began() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let challenge = kit.challenge();
    for _ in 0..4 {
        assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode);
    }
    assert_eq!(wait_of(kit.sign_in(&phone)), 15);
    kit.verify(&challenge, &enrolled.backup_codes[0]).unwrap();
    assert!(kit.sign_in(&phone).is_ok(), "in the same second");
}

#[test]
fn sixteen_challenges_are_remembered_and_unused_ones_go_first() {
    let kit = Kit::with(|settings| {
        settings.budget = 100.0;
        settings.backoff = vec![0];
        settings.accept_risk = true;
    });
    let (phone, enrolled) = kit.enroll(USER);
    let failed = kit.challenge();
    assert_eq!(refusal(kit.verify(&failed, &wrong(&[&phone]))), Code::InvalidCode);
    let used = kit.challenge();
    kit.verify(&used, &enrolled.backup_codes[0]).unwrap();
    for _ in 0..15 {
        kit.clock.advance(1);
        kit.fail(&phone);
    }
    // 17 with these: the oldest unused one is forgotten, the used one is not.
    assert_eq!(refusal(kit.verify(&used, &phone.code())), Code::ChallengeExpired);
    let before = kit.row().version;
    assert!(kit.verify(&failed, &phone.code()).is_ok(), "a forgotten unused challenge still works");
    assert_eq!(kit.row().version, before + 1);
    kit.clock.advance(60);
    let left = kit.spend(&phone);
    assert_eq!(left, 84, "but its failure is no longer forgiven: 1 + 15 of 100 are there");
}

#[test]
fn dropping_a_used_challenge_closes_all_that_are_as_old() {
    let kit = Kit::with(|settings| settings.backup_codes = 20);
    let (phone, enrolled) = kit.enroll(USER);
    let (used, unused) = (kit.challenge(), kit.challenge());
    kit.verify(&used, &enrolled.backup_codes[0]).unwrap();
    for code in &enrolled.backup_codes[1..17] {
        kit.clock.advance(1);
        kit.verify(&kit.challenge(), code).unwrap();
    }
    for old in [used, unused] {
        assert_eq!(refusal(kit.verify(&old, &phone.code())), Code::ChallengeExpired);
    }
    kit.clock.advance(1);
    assert!(kit.sign_in(&phone).is_ok());
}

#[test]
fn a_flood_writes_nothing_so_the_owner_always_wins_the_race() {
    let (kit, phone, enrolled) = Kit::enrolled();
    kit.spend(&phone);
    let (challenge, used) = (kit.challenge(), phone.code());
    let flood = [used.to_string(), wrong(&[&phone]), enrolled.backup_codes[0].replace(|c: char| c != '-', "0")];
    let ((), writes) = kit.writes(|| {
        for code in flood.iter().cycle().take(300) {
            assert!(kit.verify(&challenge, code).is_err());
        }
    });
    assert_eq!(writes, 0);
    // A whole sign-in of the owner is decided on the same version of the record as before the flood.
    kit.clock.advance(90);
    let (_, writes) = kit.writes(|| kit.sign_in_with_three(&phone).unwrap());
    assert_eq!(writes, 1);
}

#[test]
fn a_fixed_lockout_locks_for_its_time_but_not_three_codes() {
    let kit =
        Kit::with(|settings| *settings = PolicySettings { accept_risk: true, ..PolicySettings::fixed_lockout(5, 15) });
    let (phone, enrolled) = kit.enroll(USER);
    for _ in 0..5 {
        assert_eq!(refusal(kit.verify(&kit.challenge(), &wrong(&[&phone]))), Code::InvalidCode);
    }
    assert_eq!(wait_of(kit.sign_in(&phone)), 900);
    assert!(kit.verify(&kit.challenge(), &enrolled.backup_codes[0]).is_ok());
    kit.clock.advance(899);
    assert_eq!(wait_of(kit.sign_in(&phone)), 1);
    assert!(kit.sign_in_with_three(&phone).is_ok());
    kit.clock.advance(31);
    assert!(kit.sign_in(&phone).is_ok());
}

#[test]
fn six_and_eight_digits_of_one_account_have_one_budget() {
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    let uri = format!("otpauth://totp/ada?secret={OTHER_SECRET}&digits=8");
    kit.import_with(ImportOptions { imported: Imported::Uri(&uri), ..by() }).unwrap();
    let six = kit.phone_of(SECRET);
    for _ in 0..8 {
        kit.fail(&six);
    }
    assert_eq!(refusal(kit.verify(&kit.challenge(), &six.code())), Code::MoreCodesRequired);
    let eight = twinlock::testing::FakePhone::scan(&uri, &kit.clock).unwrap();
    assert_eq!(refusal(kit.sign_in(&eight)), Code::MoreCodesRequired, "a hundredth does not fit either");
    kit.clock.advance(RETURN / 50);
    assert!(kit.sign_in(&eight).is_ok(), "but it fits a hundred times sooner");
}

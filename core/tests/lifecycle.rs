//! What each operation ends: the table of DESIGN §3, row by row and cell by cell; and what each refuses.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{Kit, OTHER_SECRET, SECRET, USER, refusal};
use twinlock::testing::FakePhone;
use twinlock::{BeginOptions, Code, ConfirmOptions, FirstFactorOptions, Storage};

/// What somebody holds before an operation.
struct Before {
    kit: Kit,
    phone: FakePhone,
    challenge: String,
    assurance: String,
    device: String,
    backup_codes: Vec<String>,
}

/// Which of it still holds afterwards: one row of the table.
#[derive(Debug, PartialEq)]
struct Kept {
    epoch: bool,
    devices: bool,
    trust: bool,
    budget: bool,
    backup_codes: bool,
}

const ALL: Kept = Kept { epoch: true, devices: true, trust: true, budget: true, backup_codes: true };

/// A user with a phone, a trusted browser, an open challenge, a fresh proof, and three failures of an attacker.
fn before() -> Before {
    let (kit, phone, enrolled) = Kit::enrolled();
    for _ in 0..3 {
        kit.fail(&phone);
    }
    let verification = kit.verify_trusting(&kit.challenge(), &phone.code()).unwrap();
    let backup_codes = enrolled.backup_codes.iter().map(|code| code.to_string()).collect();
    kit.clock.advance(60);
    let (challenge, device) = (kit.challenge(), verification.device.unwrap());
    kit.events();
    Before { kit, phone, challenge, assurance: verification.assurance, device, backup_codes }
}

impl Before {
    /// Looks at every cell. Needs a second factor to look with; `phone` shows its codes.
    fn kept(&self, phone: &FakePhone) -> Kept {
        let (kit, device) = (&self.kit, Some(self.device.as_str()));
        let proves = kit.proves(&self.assurance);
        let current = kit.status_at(device).devices.into_iter().find(|device| device.current);
        let skips = kit.after_password(device).status.as_str() == "trusted";
        let trusted = current.as_ref().is_some_and(|device| device.trusted);
        assert_eq!(skips, trusted, "a trusted browser skips the code and no other");
        // The challenge holds exactly as long as the proof: both carry the epoch.
        let open = kit.verify(&self.challenge, "0000-0000-0000-0000").map(drop);
        assert_eq!(refusal(open) == Code::InvalidCode, proves, "challenges and proofs end together");
        let total = kit.status().backup_codes.total;
        let codes = kit.verify(&kit.challenge(), &self.backup_codes[9]).is_ok();
        assert!(codes || total == 0 || kit.status().backup_codes.left == 10);
        let budget = kit.spend(phone);
        Kept { epoch: proves, devices: current.is_some(), trust: trusted, budget: budget == 5, backup_codes: codes }
    }

    fn enrol_again(&self) -> FakePhone {
        let begun = self.kit.two_factor.begin_enrollment(USER, "ada", BeginOptions::default()).unwrap();
        let phone = FakePhone::scan(&begun.uri, &self.kit.clock).unwrap();
        self.kit.two_factor.confirm_enrollment(USER, &begun.setup, &phone.code(), ConfirmOptions::default()).unwrap();
        self.kit.clock.advance(60);
        phone
    }
}

#[test]
fn nothing_is_ended_when_nothing_is_done() {
    let before = before();
    assert_eq!(before.kept(&before.phone), ALL);
}

#[test]
fn a_further_authenticator_ends_nothing() {
    let before = before();
    before.kit.add(&before.assurance);
    before.kit.clock.advance(60);
    // Two authenticators double the price, so the budget is looked at apart.
    let kept = before.kept(&before.phone);
    assert_eq!(Kept { budget: true, ..kept }, ALL);
    let imported = self::before();
    imported.kit.import(SECRET).unwrap();
    let kept = imported.kept(&imported.phone);
    assert_eq!(Kept { budget: true, ..kept }, ALL);
}

#[test]
fn removing_an_authenticator_ends_proofs_and_trust() {
    let before = before();
    let id = before.kit.import(OTHER_SECRET).unwrap();
    let removed = before.kit.two_factor.remove_authenticator(USER, &before.assurance, &id, None);
    removed.unwrap();
    assert_eq!(before.kept(&before.phone), Kept { epoch: false, trust: false, ..ALL });
}

#[test]
fn new_backup_codes_end_the_old_ones_only() {
    let before = before();
    let new = before.kit.two_factor.regenerate_backup_codes(USER, &before.assurance, None).unwrap();
    assert_eq!(new.len(), 10);
    assert!(before.kit.verify(&before.kit.challenge(), &new[0]).is_ok());
    let kept = {
        let again = self::before();
        again.kit.two_factor.regenerate_backup_codes(USER, &again.assurance, None).unwrap();
        again.kept(&again.phone)
    };
    assert_eq!(kept, Kept { backup_codes: false, ..ALL });
}

#[test]
fn disabling_ends_all_but_the_budget() {
    let before = before();
    before.kit.two_factor.disable(USER, &before.assurance, None).unwrap();
    assert!(!before.kit.status().enabled && !before.kit.row().enabled);
    let phone = before.enrol_again();
    let kept = before.kept(&phone);
    let gone = Kept { epoch: false, devices: false, trust: false, budget: true, backup_codes: false };
    assert_eq!(kept, gone);
}

#[test]
fn a_reset_ends_all_but_the_budget() {
    let before = before();
    before.kit.two_factor.reset(USER, "help desk 7", "lost phone", None).unwrap();
    let event = before.kit.events().pop().unwrap().0;
    assert_eq!((event.kind.as_ref(), event.actor.as_deref()), ("reset", Some("help desk 7")));
    assert_eq!(event.detail["reason"].as_str(), Some("lost phone"));
    let phone = before.enrol_again();
    let gone = Kept { epoch: false, devices: false, trust: false, budget: true, backup_codes: false };
    assert_eq!(before.kept(&phone), gone);
}

#[test]
fn a_password_change_ends_proofs_and_trust_but_browsers_stay_known() {
    let before = before();
    before.kit.two_factor.password_changed(USER, None).unwrap();
    assert_eq!(before.kept(&before.phone), Kept { epoch: false, trust: false, ..ALL });
}

#[test]
fn unlocking_clears_the_budgets_and_nothing_else() {
    let before = before();
    before.kit.spend_at(Some(&before.device), &before.phone);
    before.kit.events();
    before.kit.two_factor.unlock(USER, "help desk 7", None).unwrap();
    let event = before.kit.events().pop().unwrap().0;
    assert_eq!((event.kind.as_ref(), event.actor.as_deref()), ("unlocked", Some("help desk 7")));
    assert_eq!(before.kit.status_at(Some(&before.device)).throttle.codes_required, 1);
    before.kit.clock.advance(-30);
    let fresh = before.kit.challenge();
    let kept = Before { challenge: fresh, ..before };
    assert_eq!(kept.kept(&kept.phone), Kept { budget: false, ..ALL });
}

#[test]
fn what_was_unlocked_cannot_be_forgiven_again() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let challenge = kit.challenge();
    for _ in 0..4 {
        assert!(kit.verify(&challenge, &common::wrong(&[&phone])).is_err());
    }
    kit.two_factor.unlock(USER, "operator", None).unwrap();
    for _ in 0..2 {
        kit.fail(&phone);
    }
    kit.verify(&challenge, &enrolled.backup_codes[0]).unwrap();
    assert_eq!(kit.spend(&phone), 6, "the two later failures of others are still there");
}

#[test]
fn the_first_authenticator_draws_a_new_epoch_and_brings_new_codes() {
    let before = before();
    before.kit.two_factor.disable(USER, &before.assurance, None).unwrap();
    let begun = before.kit.two_factor.begin_enrollment(USER, "ada", BeginOptions::default()).unwrap();
    before.kit.import(SECRET).unwrap();
    assert_eq!(before.kit.status().backup_codes.total, 0, "an import brings none");
    let phone = FakePhone::scan(&begun.uri, &before.kit.clock).unwrap();
    let late = before.kit.two_factor.confirm_enrollment(USER, &begun.setup, &phone.code(), ConfirmOptions::default());
    assert_eq!(refusal(late), Code::AssuranceRequired, "the setup of the tombstone ended with its epoch");
}

#[test]
fn the_states_of_a_user_and_what_each_refuses() {
    let (disabled, _, enrolled) = Kit::enrolled();
    disabled.two_factor.disable(USER, &enrolled.assurance, None).unwrap();
    for (state, kit) in [("none", Kit::new()), ("disabled", disabled)] {
        let two_factor = &kit.two_factor;
        let ((), writes) = kit.writes(|| {
            let refused = [
                refusal(two_factor.check_assurance(USER, "token", None)),
                refusal(two_factor.regenerate_backup_codes(USER, "token", None)),
                refusal(two_factor.rename_authenticator(USER, "token", "0123456789abcdef", "x", None)),
                refusal(two_factor.remove_authenticator(USER, "token", "0123456789abcdef", None)),
                refusal(two_factor.disable(USER, "token", None)),
                refusal(two_factor.revoke_device(USER, "0123456789abcdef", None)),
                refusal(two_factor.revoke_all_devices(USER, None)),
                refusal(two_factor.backup_codes_saved(USER, None)),
            ];
            assert_eq!(refused, [Code::NotEnabled; 8], "{state}");
            // Where there is nothing to end these do nothing.
            two_factor.reset(USER, "actor", "reason", None).unwrap();
            two_factor.password_changed(USER, None).unwrap();
            assert!(!two_factor.reseal(USER).unwrap(), "{state}");
        });
        assert_eq!(writes, 0, "{state}");
        assert_eq!(kit.after_password(None).status.as_str(), "not_required", "{state}");
        let required = FirstFactorOptions { required: true, ..Default::default() };
        let step = two_factor.after_first_factor(USER, required).unwrap();
        assert_eq!((step.status.as_str(), step.challenge), ("enrollment_required", None), "{state}");
    }
    let never = Kit::new();
    let ((), writes) = never.writes(|| never.two_factor.unlock(USER, "actor", None).unwrap());
    assert_eq!(writes, 0, "there is no budget of a user who never had a record");
}

#[test]
fn sensitive_operations_want_a_fresh_proof_of_the_same_user() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let (_, bob) = kit.enroll("43");
    kit.clock.advance(300 - 120);
    let id = enrolled.authenticator_id.as_str();
    let all = |proof: &str| {
        [
            refusal(kit.two_factor.regenerate_backup_codes(USER, proof, None)),
            refusal(kit.two_factor.rename_authenticator(USER, proof, id, "x", None)),
            refusal(kit.two_factor.remove_authenticator(USER, proof, id, None)),
            refusal(kit.two_factor.disable(USER, proof, None)),
        ]
    };
    kit.clock.advance(1);
    let device = enrolled.device.clone().unwrap();
    for proof in ["", "garbage", &bob.assurance, &device, &enrolled.assurance] {
        assert_eq!(all(proof), [Code::AssuranceRequired; 4]);
    }
    let fresh = kit.sign_in(&phone).unwrap().assurance;
    kit.clock.advance(300);
    kit.two_factor.rename_authenticator(USER, &fresh, id, "Ada's phone", None).unwrap();
    assert_eq!(kit.status().authenticators[0].name, "Ada's phone");
    assert_eq!(refusal(kit.two_factor.remove_authenticator(USER, &fresh, id, None)), Code::LastAuthenticator);
    for nobody in ["0000000000000000", "", "not an id", &id.to_uppercase()] {
        assert_eq!(refusal(kit.two_factor.remove_authenticator(USER, &fresh, nobody, None)), Code::NotFound);
        assert_eq!(refusal(kit.two_factor.rename_authenticator(USER, &fresh, nobody, "x", None)), Code::NotFound);
        assert_eq!(refusal(kit.two_factor.revoke_device(USER, nobody, None)), Code::NotFound);
    }
}

#[test]
fn a_refusal_writes_nothing() {
    let (kit, _, enrolled) = Kit::enrolled();
    let row = kit.row();
    let proof = enrolled.assurance.as_str();
    assert!(kit.two_factor.remove_authenticator(USER, proof, &enrolled.authenticator_id, None).is_err());
    assert!(kit.two_factor.remove_authenticator(USER, proof, "0000000000000000", None).is_err());
    assert!(kit.two_factor.revoke_device(USER, "0000000000000000", None).is_err());
    assert!(kit.two_factor.disable(USER, "garbage", None).is_err());
    assert!(kit.two_factor.reset(USER, "", "reason", None).is_err());
    assert_eq!(kit.row(), row);
}

#[test]
fn erasing_leaves_neither_record_nor_events_and_works_on_what_cannot_be_read() {
    let (kit, _, _) = Kit::enrolled();
    let mut row = kit.row();
    row.data[5] ^= 1;
    kit.replace(USER, &row);
    assert_eq!(refusal(kit.two_factor.status(USER, Default::default())), Code::RecordTampered);
    kit.two_factor.erase(USER).unwrap();
    assert!(Storage::load(&kit.storage, USER).unwrap().is_none());
    assert!(kit.stored_events().is_empty());
    assert_eq!(kit.told().1, ["erased"]);
    kit.two_factor.erase(USER).unwrap();
}

#[test]
fn switching_off_and_on_ends_every_old_token() {
    let before = before();
    before.kit.two_factor.disable(USER, &before.assurance, None).unwrap();
    before.enrol_again();
    assert!(!before.kit.proves(&before.assurance));
    assert!(before.kit.after_password(Some(&before.device)).challenge.is_some());
    let old = before.kit.verify(&before.challenge, &before.phone.code());
    assert_eq!(refusal(old), Code::ChallengeExpired);
}

//! What a hostile reading of the core found, one story each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use common::{DAY, DECADE, Kit, RETURN, SECRET, START, USER, by, refusal, three, wrong};
use proptest::prelude::*;
use twinlock::otp::Parameters;
use twinlock::testing::FakePhone;
use twinlock::{Code, ConfirmOptions, Enrolled, ImportOptions, Imported, VerifyOptions};

/// The phone is used now and once more while the clock is a decade ahead; then the clock is right again.
fn used_now_and_in_the_future() -> (Kit, FakePhone) {
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    kit.sign_in(&phone).unwrap();
    kit.clock.advance(DECADE);
    kit.sign_in(&phone).unwrap();
    kit.clock.advance(-DECADE);
    (kit, phone)
}

#[test]
fn a_code_used_before_a_clock_anomaly_is_not_taken_again_after_older_codes_ended_it() {
    let (kit, phone) = used_now_and_in_the_future();
    kit.verify_three(&kit.challenge(), three(&phone, -1)).unwrap();
    let (refused, writes) = kit.writes(|| kit.sign_in(&phone));
    assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0), "it was used before the clock jumped");
    assert_eq!(refusal(kit.verify_three(&kit.challenge(), three(&phone, 2))), Code::InvalidCode, "nor among three");
    assert!(kit.verify(&kit.challenge(), &phone.code_after(1)).is_ok(), "the next one is");
}

#[test]
fn a_code_used_before_an_anomaly_costs_nothing_and_is_no_part_of_the_price() {
    let (kit, phone) = used_now_and_in_the_future();
    kit.verify_three(&kit.challenge(), three(&phone, -1)).unwrap();
    // Of the window only the step behind the used one can be right: a failure costs a third.
    for _ in 0..9 {
        assert_eq!(refusal(kit.verify(&kit.challenge(), &wrong(&[&phone]))), Code::InvalidCode);
    }
    assert_eq!(kit.status().throttle.retry_after, None, "nine thirds are three failures");
}

#[test]
fn the_last_code_of_the_old_system_is_not_taken_after_an_anomaly() {
    let kit = Kit::new();
    let imported = Imported::Secret(SECRET, Parameters::default());
    kit.import_with(ImportOptions { imported, last_used_step: Some(START / 30), ..by() }).unwrap();
    let phone = kit.phone_of(SECRET);
    kit.clock.advance(DECADE);
    kit.sign_in(&phone).unwrap();
    kit.clock.advance(-DECADE);
    assert_eq!(refusal(kit.verify_three(&kit.challenge(), three(&phone, 0))), Code::InvalidCode);
    assert!(kit.verify_three(&kit.challenge(), three(&phone, -1)).is_ok());
}

#[test]
fn a_used_code_is_not_taken_again_where_a_later_step_of_the_window_has_it_too() {
    // A secret and a time, found by search, at which a step and the one after the next have the same code.
    let kit = Kit::new();
    kit.import(SECRET).unwrap();
    let phone = kit.phone_of(SECRET);
    let twins = |step: &u64| {
        kit.clock.set((step * 30).cast_signed());
        phone.code() == phone.code_after(2)
    };
    (56_000_000..).find(twins).unwrap();
    let code = phone.code();
    kit.verify(&kit.challenge(), &code).unwrap();
    kit.clock.advance(30);
    let (refused, writes) = kit.writes(|| kit.verify(&kit.challenge(), &code));
    assert_eq!((refusal(refused), writes), (Code::InvalidCode, 0), "whoever saw it could try it free of charge");
    kit.clock.advance(30);
    assert!(kit.verify(&kit.challenge(), &code).is_ok(), "it is the code of this step now");
}

#[test]
fn parameters_out_of_range_are_not_imported() {
    // The fields are public, so a host can change what `Parameters::new` checked; a record with such digits never opens again.
    for change in [|p: &mut Parameters| p.digits = 12, |p: &mut Parameters| p.period = 0] {
        let kit = Kit::new();
        let mut parameters = Parameters::default();
        change(&mut parameters);
        let imported = Imported::Secret(SECRET, parameters);
        assert_eq!(refusal(kit.import_with(ImportOptions { imported, ..by() })), Code::InvalidSecret);
        assert!(!kit.status().enabled);
    }
}

#[test]
fn challenges_used_in_the_future_do_not_take_all_the_room_for_those_of_the_present() {
    let kit = Kit::with(|settings| settings.backup_codes = 20);
    let (phone, enrolled) = kit.enroll(USER);
    kit.clock.advance(DECADE);
    let mut codes = enrolled.backup_codes.iter();
    let mut enter = |challenge: String| kit.verify(&challenge, codes.next().unwrap()).unwrap();
    for _ in 0..16 {
        kit.clock.advance(1);
        enter(kit.challenge());
    }
    kit.clock.advance(-DECADE);
    enter(kit.challenge());
    kit.clock.advance(60);
    let waiting = kit.challenge();
    for _ in 0..3 {
        kit.clock.advance(1);
        enter(kit.challenge());
    }
    assert!(kit.verify(&waiting, &phone.code()).is_ok(), "three sign-ins elsewhere close no challenge");
}

#[test]
fn a_record_of_one_authenticator_ten_codes_and_three_browsers_stays_within_a_kibibyte_at_its_fullest() {
    let kit = Kit::new();
    let begun = kit.two_factor.begin_enrollment(USER, "ada", Default::default()).unwrap();
    let phone = FakePhone::scan(&begun.uri, &kit.clock).unwrap();
    let (name, agent) = ("n".repeat(64), "a".repeat(256));
    let confirm = ConfirmOptions { name: Some(&name), context: Some(&agent), ..Default::default() };
    let enrolled = kit.two_factor.confirm_enrollment(USER, &begun.setup, &phone.code(), confirm).unwrap();
    let mut devices = vec![enrolled.device.unwrap()];
    // Three browsers, sixteen sign-ins each after a typo, and a failure in every lane.
    for turn in 0..16 {
        kit.clock.advance(600);
        let challenge = kit.challenge_at((turn > 1).then_some(&*devices[0]));
        assert_eq!(refusal(kit.verify(&challenge, &wrong(&[&phone]))), Code::InvalidCode);
        let options = VerifyOptions { trust_device: true, context: Some(&agent), ..Default::default() };
        devices.extend(kit.two_factor.verify(&challenge, &phone.code(), options).unwrap().device);
    }
    for device in &devices[..3] {
        kit.fail_at(Some(device), &phone);
    }
    kit.fail(&phone);
    let status = kit.status();
    assert_eq!((status.authenticators.len(), status.backup_codes.left, status.devices.len()), (1, 10, 3));
    assert!(kit.row().data.len() <= 1024, "{} bytes", kit.row().data.len());
}

/// What happens to an account under attack.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// The attacker guesses, on a new challenge or on one kept from before.
    Guess {
        kept: bool,
    },
    /// The owner signs in after that many typos, in a new browser or in a known one; may be throttled.
    SignIn {
        typos: u8,
        at_home: bool,
    },
    ThreeCodes,
    BackupCode,
    PasswordChange,
    OffAndOn,
    Revoke,
    Reset,
    Wait(i64),
}

fn any_turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        8 => any::<bool>().prop_map(|kept| Turn::Guess { kept }),
        4 => (0_u8..4, any::<bool>()).prop_map(|(typos, at_home)| Turn::SignIn { typos, at_home }),
        2 => Just(Turn::ThreeCodes),
        1 => Just(Turn::BackupCode),
        1 => Just(Turn::PasswordChange),
        1 => Just(Turn::OffAndOn),
        1 => Just(Turn::Revoke),
        1 => Just(Turn::Reset),
        2 => (0_i64..40).prop_map(|days| Turn::Wait(days * DAY)),
        3 => (0_i64..600).prop_map(Turn::Wait),
    ]
}

/// An account, its owner, and an attacker who knows the password.
struct Siege {
    kit: Kit,
    phone: FakePhone,
    enrolled: Enrolled,
    kept: String,
    guesses: u32,
}

impl Siege {
    fn new() -> Self {
        let (kit, phone, enrolled) = Kit::enrolled();
        let kept = kit.challenge();
        Self { kit, phone, enrolled, kept, guesses: 0 }
    }

    fn enroll(&mut self) {
        (self.phone, self.enrolled) = self.kit.enroll(USER);
    }

    fn act(&mut self, turn: Turn) {
        // Every step of the window is fresh, so that each guess costs the full price.
        self.kit.clock.advance(90);
        let kit = &self.kit;
        match turn {
            Turn::Guess { kept } => {
                let challenge = if kept { self.kept.clone() } else { kit.challenge() };
                let (refused, writes) = kit.writes(|| kit.verify(&challenge, &wrong(&[&self.phone])));
                assert!(refused.is_err());
                self.guesses += u32::try_from(writes).unwrap();
                self.kept = challenge;
            }
            Turn::SignIn { typos, at_home } => {
                let home = self.enrolled.device.as_deref().filter(|_| at_home);
                let challenge = kit.challenge_at(home);
                for _ in 0..typos {
                    drop(kit.verify(&challenge, &wrong(&[&self.phone])));
                }
                drop(kit.verify(&challenge, &self.phone.code()));
            }
            Turn::ThreeCodes => drop(kit.sign_in_with_three(&self.phone).unwrap()),
            Turn::BackupCode => {
                let code = self.enrolled.backup_codes.pop();
                drop(code.map(|code| kit.verify(&kit.challenge(), &code).unwrap()));
            }
            Turn::PasswordChange => kit.two_factor.password_changed(USER, None).unwrap(),
            Turn::OffAndOn => {
                let proof = kit.sign_in_with_three(&self.phone).unwrap().assurance;
                kit.two_factor.disable(USER, &proof, None).unwrap();
                self.enroll();
            }
            Turn::Revoke => kit.two_factor.revoke_all_devices(USER, None).unwrap(),
            Turn::Reset => {
                kit.two_factor.reset(USER, "help desk", "lost phone", None).unwrap();
                self.enroll();
            }
            Turn::Wait(seconds) => kit.clock.advance(seconds),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_owner_and_attacker_do_no_more_guesses_are_evaluated_than_the_budget_and_time_give(
        turns in prop::collection::vec(any_turn(), 1..150),
    ) {
        let mut siege = Siege::new();
        let start = siege.kit.clock.seconds();
        for turn in turns {
            siege.act(turn);
            let returned = (siege.kit.clock.seconds() - start) as f64 / RETURN as f64;
            prop_assert!(f64::from(siege.guesses) <= 8.0 + returned, "{} guesses, {returned} returned", siege.guesses);
        }
    }
}

//! A whole simulated year of guessing by somebody who knows the password and the owner's habits, against DESIGN §5: at most
//! 26 single codes are evaluated, and the owner gets in on every day of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use std::thread;

use common::{DAY, SECRET, START, USER, by, engine, three, wrong};
use twinlock::testing::{FakePhone, VirtualClock};
use twinlock::{
    Call, Code, Effect, Engine, Error, FirstFactorOptions, ImportOptions, Imported, Policy, Result, StoredRecord,
    Timestamp, Verification, VerifyOptions,
};

/// Triples that the attacker sends each day beside.
const TRIPLES_A_DAY: usize = 10_000;

/// One account at the level of the engine, without a driver: a record, a clock, and what was evaluated.
struct Account {
    engine: Engine,
    clock: VirtualClock,
    row: Option<StoredRecord>,
    phone: FakePhone,
    evaluated: usize,
}

impl Account {
    fn new(start: u64) -> Self {
        let clock = VirtualClock::new(start.cast_signed());
        let phone = FakePhone::scan(&format!("otpauth://totp/ada?secret={SECRET}"), &clock).unwrap();
        let mut account = Self { engine: engine(Policy::default()), clock, row: None, phone, evaluated: 0 };
        let imported = ImportOptions { imported: Imported::Secret(SECRET, Default::default()), ..by() };
        account.carry_out(&account.engine.import_authenticator(USER, imported).unwrap()).unwrap();
        account
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.clock.seconds().cast_signed()).unwrap()
    }

    fn carry_out<T>(&mut self, call: &Call<T>) -> Result<T> {
        let step = self.engine.decide(call, self.row.as_ref(), self.now());
        if let Effect::Save { expected, record, .. } = step.effect {
            assert_eq!(expected, self.row.as_ref().map(|row| row.version));
            self.row = Some(record);
        }
        step.outcome
    }

    fn challenge(&self, device: Option<&str>) -> String {
        let options = FirstFactorOptions { device, fresh: true, ..Default::default() };
        let call = self.engine.after_first_factor(USER, options).unwrap();
        self.engine.decide(&call, self.row.as_ref(), self.now()).outcome.unwrap().challenge.unwrap()
    }

    fn verify(&mut self, device: Option<&str>, codes: &[&str]) -> Result<Verification> {
        let challenge = self.challenge(device);
        let options = VerifyOptions { next_codes: &codes[1..], ..Default::default() };
        self.carry_out(&self.engine.verify(&challenge, codes[0], options)?)
    }

    /// A guess at one code; counts when it was evaluated. Gives the seconds after which the next one may be.
    fn guess(&mut self, code: &str) -> Option<u64> {
        let version = self.row.as_ref().map(|row| row.version);
        match self.verify(None, &[code]).map(drop) {
            Err(Error::InvalidCode) => {
                assert_ne!(self.row.as_ref().map(|row| row.version), version, "an evaluated guess is written");
                self.evaluated += 1;
                Some(0)
            }
            Err(Error::Throttled { retry_after }) => Some(retry_after),
            Err(Error::MoreCodesRequired { .. }) => None,
            other => panic!("a guess got {other:?}"),
        }
    }

    /// Guesses as fast as the throttle lets anybody, until it asks for three codes.
    fn guess_on(&mut self) {
        let code = wrong(&[&self.phone]);
        while let Some(wait) = self.guess(&code) {
            assert!(self.evaluated < 1000, "a budget without an end");
            self.clock.advance(wait.cast_signed());
        }
    }

    fn flood(&mut self, triples: usize) {
        let (challenge, version) = (self.challenge(None), self.row.as_ref().map(|row| row.version));
        let guess = wrong(&[&self.phone]);
        let options = VerifyOptions { next_codes: &[&guess, &guess], ..Default::default() };
        let call = self.engine.verify(&challenge, &guess, options).unwrap();
        for _ in 0..triples {
            let step = self.engine.decide(&call, self.row.as_ref(), self.now());
            assert_eq!(step.effect, Effect::None);
            assert_eq!(common::refusal(step.outcome), Code::InvalidCode);
        }
        assert_eq!(self.row.as_ref().map(|row| row.version), version);
    }
}

/// The days on which the flood is run in full; on the others a hundredth of it.
fn is_flooded(day: i64, lane: i64) -> bool {
    day % 8 == lane
}

fn a_year(lane: i64) -> usize {
    let mut account = Account::new(START);
    account.clock.advance(90);
    let codes = three(&account.phone, 0);
    let home = account.verify(None, &[&codes[0], &codes[1], &codes[2]]).unwrap().device.unwrap();
    for day in 0..366 {
        account.clock.set(START.cast_signed() + 600 + day * DAY);
        account.guess_on();
        account.flood(if is_flooded(day, lane) { TRIPLES_A_DAY } else { TRIPLES_A_DAY / 100 });
        // The owner, in the morning at home with one code, in the evening elsewhere with three.
        account.clock.advance(600);
        let code = account.phone.code();
        let at_home = account.verify(Some(&home), &[&code]);
        assert!(at_home.is_ok(), "day {day}, at home: {at_home:?}");
        account.clock.advance(600);
        let codes = three(&account.phone, 0);
        let elsewhere = account.verify(None, &[&codes[0], &codes[1], &codes[2]]);
        assert!(elsewhere.is_ok(), "day {day}, elsewhere: {elsewhere:?}");
        account.guess_on();
    }
    account.evaluated
}

#[test]
fn at_most_26_single_codes_are_evaluated_in_a_year_and_the_owner_gets_in_every_day() {
    let years: Vec<_> = (0..2).map(|lane| thread::spawn(move || a_year(lane))).collect();
    for year in years {
        let evaluated = year.join().unwrap();
        assert!((20..=26).contains(&evaluated), "{evaluated} single codes were evaluated");
    }
}

#[test]
fn the_bound_is_what_the_policy_says_it_is() {
    let full_price_evaluations = 8.0 + 365.25 / 21.0;
    let bound = Policy::default().yearly_guess_probability();
    assert!((bound - (full_price_evaluations * 3e-6 + 10_000.0 * 365.25 * 86_400.0 * 39.0 * 1e-18)).abs() < 1e-8);
    assert!((8.8e-5..8.9e-5).contains(&bound));
}

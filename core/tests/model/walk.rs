//! One walk: every operation is done by both and compared.

use std::fmt::Debug;

use twinlock::testing::FakePhone;
use twinlock::{
    AuthenticatorAccount, BeginOptions, ConfirmOptions, Error, Result, Storage, Verification, VerifyOptions,
};

use crate::common::{Kit, OTHER_SECRET, SECRET, USER, wrong};
use crate::parts::Answer;
use crate::reference::{Challenge, Entered, Proof, User};

#[derive(Clone, Debug)]
pub(crate) enum Try {
    /// The code that a phone shows so many steps from now.
    Single {
        phone: usize,
        step: i64,
    },
    Wrong,
    Three {
        phone: usize,
        newest: i64,
    },
    WrongThree,
    Backup(usize),
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Wait(i64),
    Challenge(Option<u8>),
    /// Answers one of the newest challenges.
    Verify {
        back: usize,
        what: Try,
        trust: bool,
    },
    Enroll(u8),
    Import(usize),
    Remove {
        proof: u8,
        index: usize,
    },
    Regenerate(u8),
    CodesSaved,
    Disable(u8),
    Reset,
    Unlock,
    PasswordChanged,
    Revoke(u8),
    RevokeAll,
}

pub(crate) struct Walk {
    kit: Kit,
    user: User,
    phones: Vec<(usize, FakePhone, AuthenticatorAccount)>,
    challenges: Vec<(String, Challenge)>,
    proofs: Vec<(String, Proof)>,
    /// Tokens by the model's number of the browser.
    tokens: Vec<(usize, String)>,
    backup_codes: Vec<String>,
}

fn pick<T>(list: &[T], choice: u8) -> Option<&T> {
    list.get(usize::from(choice) % list.len().max(1))
}

impl Walk {
    pub(crate) fn new() -> Self {
        let kit = Kit::new();
        let user = User::at(kit.clock.seconds().cast_signed());
        let known = |key, secret: &str| {
            let uri = format!("otpauth://totp/ada?secret={secret}");
            (key, kit.phone_of(secret), AuthenticatorAccount::from_uri(&uri).unwrap())
        };
        let phones = vec![known(0, SECRET), known(1, OTHER_SECRET)];
        Self { kit, user, phones, challenges: vec![], proofs: vec![], tokens: vec![], backup_codes: vec![] }
    }

    pub(crate) fn act(&mut self, op: &Op) {
        let version = self.version();
        self.user.writes = false;
        self.both(op);
        assert_eq!(self.version() != version, self.user.writes, "{op:?}: whether it writes");
        if self.user.writes {
            self.user.settle();
        }
        self.compare_status(op);
    }

    fn version(&self) -> Option<u64> {
        Storage::load(&self.kit.storage, USER).unwrap().map(|row| row.version)
    }

    fn both(&mut self, op: &Op) {
        let proof = |choice: u8| {
            pick(&self.proofs, choice).cloned().unwrap_or(("none".into(), Proof { epoch: usize::MAX, at: 0 }))
        };
        match op {
            Op::Wait(seconds) => {
                // Before the year 2001 and after 2500 there is nothing new to see.
                let now = (self.user.now + seconds).clamp(1_000_000_000, 16_000_000_000);
                self.kit.clock.set(now);
                self.user.now = now;
            }
            Op::Challenge(browser) => self.challenge(*browser),
            Op::Verify { back, what, trust } => self.verify(op, *back, what, *trust),
            Op::Enroll(choice) => {
                let (token, proof) = proof(*choice);
                self.enroll(op, &token, proof);
            }
            Op::Import(key) => {
                let actual = self.kit.import([SECRET, OTHER_SECRET][*key]).map(drop);
                let expected = self.user.import(*key, self.phones[*key].2.clone());
                same(op, actual, expected);
            }
            Op::Remove { proof: choice, index } => {
                let (token, proof) = proof(*choice);
                let ids = self.kit.status().authenticators;
                let id = ids.get(*index).map_or("0000000000000000", |authenticator| &authenticator.id);
                let actual = self.kit.two_factor.remove_authenticator(USER, &token, id, None);
                same(op, actual, self.user.remove(proof, *index));
            }
            Op::Regenerate(choice) => {
                let (token, proof) = proof(*choice);
                let actual = self.kit.two_factor.regenerate_backup_codes(USER, &token, None);
                if let Ok(codes) = &actual {
                    self.backup_codes = codes.iter().map(|code| code.to_string()).collect();
                }
                same(op, actual.map(drop), self.user.regenerate(proof));
            }
            Op::Disable(choice) => {
                let (token, proof) = proof(*choice);
                same(op, self.kit.two_factor.disable(USER, &token, None), self.user.disable(proof));
            }
            Op::CodesSaved => {
                same(op, self.kit.two_factor.backup_codes_saved(USER, None), self.user.codes_saved());
            }
            Op::Reset => {
                self.kit.two_factor.reset(USER, "actor", "reason", None).unwrap();
                self.user.reset();
            }
            Op::Unlock => {
                self.kit.two_factor.unlock(USER, "actor", None).unwrap();
                self.user.unlock();
            }
            Op::PasswordChanged => {
                self.kit.two_factor.password_changed(USER, None).unwrap();
                self.user.password_changed();
            }
            Op::Revoke(choice) => self.revoke(op, *choice),
            Op::RevokeAll => same(op, self.kit.two_factor.revoke_all_devices(USER, None), self.user.revoke_all()),
        }
    }

    fn challenge(&mut self, browser: Option<u8>) {
        let token = browser.and_then(|choice| pick(&self.tokens, choice).cloned());
        let text = token.as_ref().map(|(_, text)| text.as_str());
        let options = twinlock::FirstFactorOptions { device: text, fresh: true, ..Default::default() };
        let step = self.kit.two_factor.after_first_factor(USER, options).unwrap();
        let key = token.as_ref().map(|(key, _)| *key);
        let expected = self.user.challenge(key);
        assert_eq!(step.challenge.is_some(), expected.is_some(), "whether there is a challenge");
        if expected.is_some() {
            assert_eq!(step.codes_required, self.user.throttle(key).1, "codes required");
        }
        self.challenges.extend(step.challenge.zip(expected));
    }

    fn verify(&mut self, op: &Op, back: usize, what: &Try, trust: bool) {
        let Some((token, challenge)) = self.challenges.iter().rev().nth(back).cloned() else { return };
        let phones: Vec<&FakePhone> = self.phones.iter().map(|(_, phone, _)| phone).collect();
        let shown = |phone: usize, step: i64| {
            // The newest phones: those that are most likely enrolled.
            let (_, phone, _) = &self.phones[self.phones.len() - 1 - phone % self.phones.len()];
            phone.code_after(step).to_string()
        };
        let codes = match what {
            Try::Single { phone, step } => vec![shown(*phone, *step)],
            Try::Wrong => vec![wrong(&phones)],
            Try::Three { phone, newest } => (-2..=0).map(|before| shown(*phone, newest + before)).collect(),
            Try::WrongThree => vec![wrong(&phones); 3],
            Try::Backup(index) => {
                vec![self.backup_codes.get(*index).cloned().unwrap_or_else(|| "0000-0000-0000-0000".to_owned())]
            }
        };
        let next: Vec<&str> = codes[1..].iter().map(String::as_str).collect();
        let options = VerifyOptions { next_codes: &next, trust_device: trust, ..Default::default() };
        let actual = self.kit.two_factor.verify(&token, &codes[0], options);
        let expected = match what {
            Try::Single { .. } | Try::Wrong => self.user.single(&challenge, &codes[0], trust),
            Try::Three { .. } | Try::WrongThree => self.user.triple(&challenge, &codes.try_into().unwrap(), trust),
            Try::Backup(index) => self.user.backup(&challenge, (*index < self.backup_codes.len()).then_some(*index)),
        };
        self.entered(op, actual.map(|given: Verification| (given.assurance, given.device)), expected);
    }

    fn enroll(&mut self, op: &Op, token: &str, proof: Proof) {
        let begin = BeginOptions { assurance: Some(token), ..Default::default() };
        let begun = match self.kit.two_factor.begin_enrollment(USER, "ada", begin) {
            Ok(begun) => begun,
            refused => {
                let expected = if self.user.active() { self.user.may_add(Some(proof)) } else { Ok(()) };
                return same(op, refused.map(drop), expected);
            }
        };
        let phone = FakePhone::scan(&begun.uri, &self.kit.clock).unwrap();
        let account = AuthenticatorAccount::from_uri(&begun.uri).unwrap();
        let confirm = ConfirmOptions::default();
        let actual = self.kit.two_factor.confirm_enrollment(USER, &begun.setup, &phone.code(), confirm);
        let first = !self.user.active();
        let expected = self.user.enroll(Some(proof), self.phones.len(), account.clone());
        self.phones.push((self.phones.len(), phone, account));
        if let (true, Ok(enrolled)) = (first, &actual) {
            self.backup_codes = enrolled.backup_codes.iter().map(|code| code.to_string()).collect();
        }
        self.entered(op, actual.map(|given| (given.assurance, given.device)), expected);
    }

    fn entered(&mut self, op: &Op, actual: Result<(String, Option<String>)>, expected: Answer<Entered>) {
        match (actual, expected) {
            (Ok((assurance, device)), Ok(entered)) => {
                assert_eq!(device.is_some(), entered.browser.is_some(), "{op:?}: whether the browser is known");
                self.proofs.push((assurance, entered.proof));
                self.tokens.extend(entered.browser.zip(device));
            }
            (actual, expected) => same(op, actual.map(drop), expected.map(drop)),
        }
    }

    fn revoke(&mut self, op: &Op, choice: u8) {
        let Some((key, token)) = pick(&self.tokens, choice).cloned() else { return };
        let devices = self.kit.status_at(Some(&token)).devices;
        let current = devices.into_iter().find(|device| device.current);
        let known = self.user.known(Some(key)).map(|browser| browser.key);
        assert_eq!(current.is_some(), known.is_some() && self.user.active(), "{op:?}: whether that browser is known");
        let id = current.map_or("0000000000000000".to_owned(), |device| device.id);
        let actual = self.kit.two_factor.revoke_device(USER, &id, None);
        same(op, actual, self.user.revoke(known));
    }

    fn compare_status(&self, op: &Op) {
        let status = self.kit.status();
        let user = &self.user;
        assert_eq!(status.enabled, user.active(), "{op:?}: enabled");
        assert_eq!(status.authenticators.len(), user.phones.len(), "{op:?}: authenticators");
        let left = user.spent.iter().filter(|spent| !**spent).count();
        let codes = &status.backup_codes;
        assert_eq!((usize::from(codes.left), usize::from(codes.total)), (left, user.spent.len()), "{op:?}: codes");
        assert_eq!(codes.saved, user.saved, "{op:?}: saved");
        let trusted: Vec<bool> = status.devices.iter().map(|device| device.trusted).collect();
        let known = user.browsers.iter().filter(|browser| user.is_known(browser));
        assert_eq!(trusted, known.map(|browser| user.is_trusted(browser)).collect::<Vec<_>>(), "{op:?}: browsers");
        for token in [None, self.tokens.last()] {
            let throttle = self.kit.status_at(token.map(|(_, text)| text.as_str())).throttle;
            let actual = (throttle.retry_after.map(u64::cast_signed), throttle.codes_required);
            assert_eq!(
                actual,
                user.throttle(token.map(|(key, _)| *key)),
                "{op:?}: throttle, browser: {}",
                token.is_some()
            );
        }
        if let Some((token, proof)) = self.proofs.last() {
            assert_eq!(self.kit.proves(token), user.proves(*proof, None), "{op:?}: the last proof");
        }
    }
}

fn same<T: Debug>(op: &Op, actual: Result<T>, expected: Answer<T>) {
    let actual = actual.map(drop).map_err(|error| {
        let wait = if let Error::Throttled { retry_after } = error { Some(retry_after.cast_signed()) } else { None };
        (error.code().as_str(), wait)
    });
    assert_eq!(actual, expected.map(drop), "{op:?}");
}

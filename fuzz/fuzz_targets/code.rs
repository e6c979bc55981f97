//! What a person types: only the right code gets in, and exactly what cannot be a code is malformed.
//! NUL separates the code from the ones that follow it.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use twinlock::{AuthenticatorAccount, Code, Effect, FirstFactorOptions, StoredRecord, Timestamp, VerifyOptions};
use twinlock_fuzz::{USER, decide, engine};

const ENROLLED: i64 = 1_700_000_000;
const NOW: u64 = 1_700_001_000;

/// A user with a second factor who has typed the password.
struct User {
    row: StoredRecord,
    challenge: String,
    backup_codes: Vec<String>,
    /// What the phone showed and will show, from 20 steps before to 20 steps after now.
    codes: Vec<String>,
}

fuzz_target!(|text: &str| {
    let user = user();
    let mut typed = text.split('\0');
    let code = typed.next().unwrap_or_default();
    let next_codes: Vec<_> = typed.collect();
    let options = VerifyOptions { next_codes: &next_codes, ..Default::default() };
    let outcome = decide(engine().verify(&user.challenge, code, options), Some(&user.row), now());

    let right = match (read(code), next_codes.as_slice()) {
        (Typed::Backup(code), []) => user.backup_codes.contains(&code),
        (Typed::Totp(code), []) if code.len() == 6 => user.codes[19..=21].contains(&code),
        (Typed::Totp(first), [second, third]) => match (read(second), read(third)) {
            (Typed::Totp(second), Typed::Totp(third)) if [second.len(), third.len()] == [first.len(); 2] => {
                first.len() == 6 && user.codes.windows(3).any(|window| window == [&*first, &*second, &*third])
            }
            _ => return malformed(outcome),
        },
        _ => return malformed(outcome),
    };
    match outcome {
        Ok(verification) => assert!(right && verification.user_id == USER),
        Err(error) => assert!(!right, "a right code was refused: {error:?}"),
    }
});

fn malformed<T>(outcome: Result<T, twinlock::Error>) {
    assert_eq!(outcome.err().map(|error| error.code()), Some(Code::MalformedCode));
}

enum Typed {
    Totp(String),
    Backup(String),
    Nothing,
}

/// The rules again, in other words than the engine's.
fn read(typed: &str) -> Typed {
    let stripped = typed.replace([' ', '-', '\r', '\n', '\t'], "").to_ascii_uppercase();
    let backup = stripped.replace('O', "0").replace(['I', 'L'], "1");
    if typed.len() > 64 {
        Typed::Nothing
    } else if (6..=8).contains(&stripped.len()) && stripped.bytes().all(|byte| byte.is_ascii_digit()) {
        Typed::Totp(stripped)
    } else if backup.len() == 16 && backup.bytes().all(|byte| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte)) {
        Typed::Backup(backup)
    } else {
        Typed::Nothing
    }
}

fn now() -> Timestamp {
    Timestamp::from_secs(NOW as i64).expect("in range")
}

fn user() -> &'static User {
    static USER_OF_ALL: OnceLock<User> = OnceLock::new();
    USER_OF_ALL.get_or_init(|| {
        let engine = engine();
        let enrolled = Timestamp::from_secs(ENROLLED).expect("in range");
        let begin = engine.begin_enrollment(USER, "ada", Default::default());
        let enrollment = decide(begin, None, enrolled).expect("a setup");
        let phone = AuthenticatorAccount::from_uri(&enrollment.uri).expect("a URI");
        let code = phone.code_at(ENROLLED as u64);
        let confirm = engine.confirm_enrollment(USER, &enrollment.setup, &code, Default::default());
        let step = engine.decide(&confirm.expect("a call"), None, enrolled);
        let Effect::Save { record: row, .. } = step.effect else { panic!("nothing was stored") };
        let backup_codes = step.outcome.expect("enrolled").backup_codes;
        let next = engine.after_first_factor(USER, FirstFactorOptions::default());
        let next = decide(next, Some(&row), now()).expect("a step");
        User {
            row,
            challenge: next.challenge.expect("a challenge"),
            backup_codes: backup_codes.iter().map(|code| code.replace('-', "")).collect(),
            codes: (0..=40).map(|step| phone.code_at(NOW - 20 * 30 + step * 30).to_string()).collect(),
        }
    })
}

//! Sealed tokens (DESIGN §3, §4): what opens, for whom, how long they are, what nobody can make of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use std::sync::Arc;

use common::{Kit, SECRET, USER, keys, refusal};
use twinlock::{Code, Engine, EntropySource, Error, FirstFactorOptions, Policy, Timestamp};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Every token that differs from a good one in one character, and every cut of it.
fn altered(token: &str) -> impl Iterator<Item = String> + '_ {
    let flips = (0..token.len()).map(|index| {
        let mut bytes = token.as_bytes().to_vec();
        let place = ALPHABET.iter().position(|letter| *letter == bytes[index]).unwrap();
        bytes[index] = ALPHABET[(place + 1) % 64];
        String::from_utf8(bytes).unwrap()
    });
    let cuts = (0..token.len()).map(|length| token[..length].to_owned());
    let more = ["A", "=", " ", "\n"].map(|tail| format!("{token}{tail}"));
    flips.chain(cuts).chain(more)
}

#[test]
fn no_altered_token_opens() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let (challenge, device) = (kit.challenge(), enrolled.device.unwrap());
    kit.verify_trusting(&kit.challenge_at(Some(&device)), &phone.code()).unwrap();
    assert_eq!(kit.after_password(Some(&device)).status.as_str(), "trusted");
    for forged in altered(&challenge) {
        assert_eq!(refusal(kit.verify(&forged, "123456")), Code::ChallengeExpired);
    }
    for forged in altered(&enrolled.assurance) {
        assert!(!kit.proves(&forged));
    }
    for forged in altered(&device) {
        assert_eq!(kit.after_password(Some(&forged)).status.as_str(), "challenge");
    }
    let setup = kit.two_factor.begin_enrollment("43", "bob", Default::default()).unwrap().setup;
    for forged in altered(&setup) {
        let refused = kit.two_factor.confirm_enrollment("43", &forged, "123456", Default::default());
        assert_eq!(refusal(refused), Code::SetupExpired);
    }
}

#[test]
fn no_token_opens_for_another_purpose() {
    let (kit, _, enrolled) = Kit::enrolled();
    let setup = kit.two_factor.begin_enrollment("43", "bob", Default::default()).unwrap().setup;
    let (challenge, device) = (kit.challenge(), enrolled.device.unwrap());
    for token in [&setup, &enrolled.assurance, &device] {
        assert_eq!(refusal(kit.verify(token, "123456")), Code::ChallengeExpired);
    }
    for token in [&setup, &challenge, &device] {
        assert!(!kit.proves(token));
    }
    for token in [&setup, &challenge, &enrolled.assurance] {
        assert!(kit.status_at(Some(token)).devices.iter().all(|device| !device.current));
    }
    for token in [&challenge, &enrolled.assurance, &device] {
        let refused = kit.two_factor.confirm_enrollment(USER, token, "123456", Default::default());
        assert_eq!(refusal(refused), Code::SetupExpired);
    }
}

#[test]
fn tokens_are_url_safe_and_short_enough_for_their_place() {
    let user = "u".repeat(255);
    let kit = Kit::with(|settings| settings.secret_bytes = 64);
    let setup = kit.two_factor.begin_enrollment(&user, &"a".repeat(128), Default::default()).unwrap();
    let phone = twinlock::testing::FakePhone::scan(&setup.uri, &kit.clock).unwrap();
    let enrolled = kit.two_factor.confirm_enrollment(&user, &setup.setup, &phone.code(), Default::default()).unwrap();
    let carry = "c".repeat(512);
    let options = FirstFactorOptions { carry: Some(&carry), device: enrolled.device.as_deref(), ..Default::default() };
    let challenge = kit.two_factor.after_first_factor(&user, options).unwrap().challenge.unwrap();
    for (token, most) in
        [(&setup.setup, 1280), (&challenge, 1280), (&enrolled.assurance, 512), (&enrolled.device.unwrap(), 512)]
    {
        assert!(token.len() <= most, "{} characters", token.len());
        assert!(token.bytes().all(|byte| ALPHABET.contains(&byte)));
    }
    kit.clock.advance(30);
    let verified = kit.two_factor.verify(&challenge, &phone.code(), Default::default()).unwrap();
    assert_eq!((verified.user_id, verified.carry.as_deref()), (user, Some(carry.as_str())));
}

#[test]
fn two_tokens_of_the_same_content_differ() {
    let (kit, _, _) = Kit::enrolled();
    assert_ne!(kit.challenge(), kit.challenge());
}

#[test]
fn lengths_of_arguments_are_kept() {
    let kit = Kit::new();
    let two_factor = &kit.two_factor;
    let begin = |user: &str, account: &str, issuer: Option<&str>, context: Option<&str>| {
        two_factor
            .begin_enrollment(user, account, twinlock::BeginOptions { issuer, context, ..Default::default() })
            .map(drop)
    };
    let long = |length: usize| "é".repeat(length / 2) + &"x".repeat(length % 2);
    assert!(begin(&long(255), &long(128), Some(&long(64)), Some(&long(256))).is_ok());
    let refused = [
        begin(&long(256), "ada", None, None),
        begin("", "ada", None, None),
        begin("a\0b", "ada", None, None),
        begin("a\nb", "ada", None, None),
        begin(USER, "", None, None),
        begin(USER, &long(129), None, None),
        begin(USER, "a\u{7}b", None, None),
        begin(USER, "ada", Some(&long(65)), None),
        begin(USER, "ada", Some(""), None),
        begin(USER, "ada", None, Some(&long(257))),
        two_factor.reset(USER, "", "reason", None),
        two_factor.reset(USER, "actor", &long(129), None),
        two_factor.unlock(USER, &long(129), None),
        two_factor.rename_authenticator(USER, "t", "id", &long(65), None),
        two_factor.rename_authenticator(USER, "t", "id", "", None),
    ];
    for (index, refused) in refused.into_iter().enumerate() {
        assert_eq!(refusal(refused), Code::MalformedRequest, "{index}");
    }
    let carry = "x".repeat(513);
    let options = FirstFactorOptions { carry: Some(&carry), ..Default::default() };
    assert_eq!(refusal(two_factor.after_first_factor(USER, options)), Code::MalformedRequest);
}

#[test]
fn user_ids_are_compared_byte_by_byte() {
    let kit = Kit::new();
    kit.enroll("Ada");
    for other in ["ada", "ADA", "Ada ", " Ada", "Ad\u{0430}"] {
        let step = kit.two_factor.after_first_factor(other, FirstFactorOptions::default()).unwrap();
        assert_eq!(step.status.as_str(), "not_required", "{other:?}");
    }
}

/// Randomness that fails after so many draws.
struct RunsDry;

impl EntropySource for RunsDry {
    fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
        Err(Error::Internal("no randomness".to_owned()))
    }
}

#[test]
fn without_randomness_everything_that_needs_it_refuses() {
    let (kit, phone, _) = Kit::enrolled();
    let engine = Engine::with_entropy("Acme", &keys("k1"), Policy::default(), "", Arc::new(RunsDry)).unwrap();
    let challenge = kit.challenge();
    let dry = kit.redeployed(engine);
    let row = kit.row();
    assert_eq!(refusal(dry.verify(&challenge, &phone.code())), Code::InternalError);
    assert_eq!(refusal(dry.import(SECRET)), Code::InternalError);
    let begun = dry.two_factor.begin_enrollment("43", "bob", Default::default());
    assert_eq!(refusal(begun), Code::InternalError);
    assert_eq!(kit.row(), row);
    assert!(kit.verify(&challenge, &phone.code()).is_ok(), "nothing was burned");
}

/// Randomness that panics.
struct Panics;

impl EntropySource for Panics {
    fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
        panic!("a fault of ours");
    }
}

#[test]
fn a_panic_in_the_core_refuses_and_lets_nobody_in() {
    let (kit, phone, _) = Kit::enrolled();
    let engine = Engine::with_entropy("Acme", &keys("k1"), Policy::default(), "", Arc::new(Panics)).unwrap();
    let call = engine.verify(&kit.challenge(), &phone.code(), Default::default()).unwrap();
    let step = engine.decide(&call, Some(&kit.row()), Timestamp::from_secs(kit.clock.seconds().cast_signed()).unwrap());
    assert_eq!(step.effect, twinlock::Effect::None);
    assert_eq!(refusal(step.outcome), Code::InternalError);
}

#[test]
fn nothing_that_is_shown_for_debugging_holds_a_secret() {
    let (kit, phone, enrolled) = Kit::enrolled();
    let begun = kit.two_factor.begin_enrollment("43", "bob", Default::default()).unwrap();
    let challenge = kit.challenge();
    let step = kit.after_password(None);
    let verification = kit.verify(&challenge, &phone.code()).unwrap();
    let shown = format!("{begun:?} {enrolled:?} {step:?} {verification:?} {:?}", kit.events());
    let secrets = [
        &*begun.secret,
        &begun.setup,
        &enrolled.assurance,
        &enrolled.backup_codes[0],
        &verification.assurance,
        &challenge,
    ];
    for secret in secrets {
        assert!(!shown.contains(secret.as_str()), "{shown}");
    }
}

//! Laws of secrets, codes and URIs that must hold for every input, not only for the tables.

#![allow(clippy::expect_used, clippy::arithmetic_side_effects, reason = "a test fails by panicking")]

use proptest::prelude::*;
use twinlock::{
    AuthenticatorAccount,
    otp::{Algorithm, CodeGenerator, Parameters},
    otpauth::{OtpauthUri, UriError, migration},
    secret::{InvalidSecret, Secret},
};

fn algorithms() -> impl Strategy<Value = Algorithm> {
    prop_oneof![Just(Algorithm::Sha1), Just(Algorithm::Sha256), Just(Algorithm::Sha512)]
}

fn secrets() -> impl Strategy<Value = Secret> {
    prop::collection::vec(any::<u8>(), 10..=64).prop_map(|bytes| Secret::from_bytes(&bytes).expect("10 to 64 bytes"))
}

fn all_parameters() -> impl Strategy<Value = Parameters> {
    (algorithms(), 6..=8_u8, 1..=300_u32)
        .prop_map(|(algorithm, digits, period)| Parameters::new(algorithm, digits, period))
        .prop_map(|parameters| parameters.expect("within the ranges"))
}

fn exportable_parameters() -> impl Strategy<Value = Parameters> {
    (algorithms(), prop_oneof![Just(6_u8), Just(8)])
        .prop_map(|(algorithm, digits)| Parameters::new(algorithm, digits, 30))
        .prop_map(|parameters| parameters.expect("within the ranges"))
}

/// Any printable name, with more than a fair share of the characters that mean something in a URI.
fn names(max: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![any::<char>(), "[ -~]".prop_map(first), "[:%/?#&=+ @]".prop_map(first)];
    prop::collection::vec(character.prop_filter("printable", |c| !c.is_control()), 1..=max / 4)
        .prop_map(|characters| characters.into_iter().collect::<String>())
        .prop_filter("more than spaces", |name| !name.trim_matches(' ').is_empty())
}

fn first(text: String) -> char {
    text.chars().next().expect("one character")
}

fn accounts(parameters: impl Strategy<Value = Parameters>) -> impl Strategy<Value = OtpauthUri> {
    (prop::option::of(names(64)), names(128), secrets(), parameters).prop_map(
        |(issuer, account_name, secret, parameters)| {
            OtpauthUri::new(issuer.as_deref(), &account_name, secret, parameters).expect("names within the limits")
        },
    )
}

fn peer(secret: &Secret, parameters: Parameters) -> totp_rs::Totp {
    totp_rs::Builder::new()
        .with_algorithm(match parameters.algorithm {
            Algorithm::Sha1 => totp_rs::Algorithm::SHA1,
            Algorithm::Sha256 => totp_rs::Algorithm::SHA256,
            Algorithm::Sha512 => totp_rs::Algorithm::SHA512,
        })
        .with_digits(parameters.digits)
        .with_step_duration(parameters.period.into())
        .with_secret(secret.as_bytes())
        .build_noncompliant()
}

proptest! {
    #[test]
    fn codes_are_those_of_another_implementation(
        secret in secrets(),
        parameters in all_parameters(),
        now: u64,
    ) {
        let code = CodeGenerator::new(&secret, parameters).code(parameters.step_at(now));
        let expected = peer(&secret, parameters).generate(now).to_string();
        prop_assert_eq!(code.as_str(), expected.as_str());
    }

    #[test]
    fn a_code_is_its_value_with_leading_zeros(
        secret in secrets(),
        parameters in all_parameters(),
        counter: u64,
    ) {
        let generator = CodeGenerator::new(&secret, parameters);
        let code = generator.code(counter);
        prop_assert_eq!(code.len(), usize::from(parameters.digits));
        prop_assert_eq!(code.parse::<u32>().expect("digits"), generator.value(counter));
    }

    #[test]
    fn an_account_shows_the_same_code_until_its_seconds_are_over(
        account in accounts(all_parameters()),
        now in 0..u64::MAX - 300,
    ) {
        let account = AuthenticatorAccount::from(account);
        let left = u64::from(account.seconds_left(now));
        prop_assert!((1..=u64::from(account.parameters().period)).contains(&left));
        prop_assert_eq!(account.code_at(now + left - 1), account.code_at(now));
        prop_assert_eq!(account.code_at(now + left), account.next_code_at(now));
    }

    #[test]
    fn what_is_written_is_read_back(account in accounts(all_parameters())) {
        let uri = account.to_uri();
        prop_assert!(uri.is_ascii());
        prop_assert_eq!(OtpauthUri::parse(&uri), Ok(account));
    }

    #[test]
    fn what_is_exported_is_imported(
        accounts in prop::collection::vec(accounts(exportable_parameters()), 0..25),
    ) {
        let uris = migration::export(&accounts).expect("exportable");
        let mut back = Vec::new();
        for (index, uri) in uris.iter().enumerate() {
            let batch = migration::import(uri).expect("an export");
            prop_assert_eq!(batch.batch_index as usize, index);
            prop_assert_eq!(batch.batch_size as usize, uris.len());
            prop_assert!(batch.batch_id >= 0 && batch.skipped == 0);
            prop_assert!((1..=10).contains(&batch.accounts.len()));
            back.extend(batch.accounts);
        }
        prop_assert_eq!(back, accounts);
    }

    #[test]
    fn a_secret_survives_its_text(secret in secrets()) {
        prop_assert_eq!(Secret::from_base32(&secret.to_base32()), Ok(secret.clone()));
        let typed = secret.to_base32().to_lowercase();
        prop_assert_eq!(Secret::from_base32(&typed), Ok(secret));
    }

    #[test]
    fn base32_agrees_with_another_implementation(text in "[A-Z2-7]{0,110}") {
        let spare_bits_allowed = {
            let mut specification = data_encoding::BASE32_NOPAD.specification();
            specification.check_trailing_bits = false;
            specification.encoding().expect("a valid specification")
        };
        let expected = match spare_bits_allowed.decode(text.as_bytes()) {
            Err(_) => Err(InvalidSecret::ImpossibleLength),
            Ok(bytes) => Secret::from_bytes(&bytes),
        };
        match Secret::from_base32(&text) {
            // Of two faults either may be named.
            Err(_) => prop_assert!(expected.is_err()),
            Ok(secret) => prop_assert_eq!(expected, Ok(secret)),
        }
    }

    #[test]
    fn arbitrary_text_is_refused_and_never_repeated(text in "\\PC{0,60}") {
        for uri in [
            format!("otpauth://totp/{text}"),
            format!("otpauth://totp/ada?secret={text}"),
            format!("otpauth-migration://offline?data={text}"),
        ] {
            // Short texts would appear in a message by chance.
            let long = text.len() > 12;
            if let Err(error) = OtpauthUri::parse(&uri) {
                prop_assert!(!(long && error.to_string().contains(&text)));
            }
            if let Err(error) = migration::import(&uri) {
                prop_assert!(!(long && error.to_string().contains(&text)));
            }
        }
    }
}

#[test]
fn nothing_that_holds_a_secret_shows_it_in_debug() {
    let secret = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("a secret");
    let account = OtpauthUri::new(None, "ada", secret.clone(), Parameters::default());
    let account = account.expect("an account");
    let exported = migration::export(std::slice::from_ref(&account)).expect("an export");
    let batch = migration::import(exported.first().expect("one URI")).expect("a batch");
    let generator = CodeGenerator::new(&secret, Parameters::default());
    for shown in [
        format!("{secret:?}"),
        format!("{account:?}"),
        format!("{batch:?}"),
        format!("{generator:?}"),
        format!("{:?}", AuthenticatorAccount::from(account)),
    ] {
        for part in ["GEZD", "1234", "49, 50", "31, 32", "755224"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

#[test]
fn secrets_that_differ_in_one_bit_or_in_length_are_different() {
    let secret = Secret::from_bytes(&[0; 20]).expect("a secret");
    let mut other = [0; 20];
    for byte in 0..20 {
        for bit in 0..8 {
            *other.get_mut(byte).expect("a byte") = 1 << bit;
            assert_ne!(Secret::from_bytes(&other).expect("a secret"), secret);
            *other.get_mut(byte).expect("a byte") = 0;
        }
    }
    assert_eq!(Secret::from_bytes(&other).expect("a secret"), secret);
    assert_ne!(Secret::from_bytes(&[0; 21]).expect("a secret"), secret);
}

#[test]
fn an_account_needs_a_name_within_the_limits() {
    let make = |issuer: Option<&str>, account_name: &str| {
        let secret = Secret::from_bytes(&[7; 20]).expect("a secret");
        OtpauthUri::new(issuer, account_name, secret, Parameters::default()).map(|_| ())
    };
    assert_eq!(make(None, "  "), Err(UriError::MissingAccountName));
    assert_eq!(make(None, &"a".repeat(129)), Err(UriError::AccountNameTooLong));
    assert_eq!(make(Some(&"é".repeat(33)), "ada"), Err(UriError::IssuerTooLong));
    assert_eq!(make(Some("Ac\0me"), "ada"), Err(UriError::ControlCharacter));
    assert_eq!(make(Some(" "), "ada\u{9f}"), Err(UriError::ControlCharacter));
    assert_eq!(make(Some(&"é".repeat(32)), &"a".repeat(128)), Ok(()));
}

//! Checking a wrong code over a window of ±1 step, in constant time, against totp-rs 6's own `check`.
//!
//! `key_per_call`: both are given the bytes of the secret at each call, as a server is that loads them
//! with the user. `key_kept`: both keep what they make of those bytes from call to call.
//!
//! totp-rs stops at the first match; a wrong code lets it, too, compute all three steps.

#![allow(
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a benchmark may stop with a message; criterion's macros make undocumented functions"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use subtle::{Choice, ConstantTimeEq};
use twinlock::{
    otp::{Algorithm, CodeGenerator, Parameters},
    secret::Secret,
};

const KEY: &[u8; 20] = b"12345678901234567890";
const NOW: u64 = 1_700_000_000;
const WRONG: &str = "000000";

fn window_holds(generator: &CodeGenerator, now_step: u64, typed: u32) -> bool {
    let none = Choice::from(0);
    (now_step - 1..=now_step + 1).fold(none, |found, step| found | generator.value(step).ct_eq(&typed)).into()
}

fn peer(algorithm: Algorithm, key: &[u8]) -> totp_rs::Totp {
    totp_rs::Builder::new()
        .with_algorithm(match algorithm {
            Algorithm::Sha1 => totp_rs::Algorithm::SHA1,
            Algorithm::Sha256 => totp_rs::Algorithm::SHA256,
            Algorithm::Sha512 => totp_rs::Algorithm::SHA512,
        })
        .with_secret(key)
        .with_skew(1)
        .build_noncompliant()
}

fn check(criterion: &mut Criterion) {
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let parameters = Parameters::new(algorithm, 6, 30).expect("valid parameters");
        let secret = Secret::from_bytes(KEY).expect("a valid secret");
        let generator = CodeGenerator::new(&secret, parameters);
        let kept_peer = peer(algorithm, KEY);
        assert!(!window_holds(&generator, parameters.step_at(NOW), 0));
        assert!(kept_peer.check(WRONG, NOW).is_none());

        let mut group = criterion.benchmark_group(format!("check_wrong_code_{algorithm}"));
        group.bench_function("key_per_call/twinlock", |bencher| {
            bencher.iter(|| {
                let secret = Secret::from_bytes(black_box(KEY)).expect("a valid secret");
                let generator = CodeGenerator::new(&secret, parameters);
                let typed = black_box(WRONG).parse().expect("digits");
                window_holds(&generator, parameters.step_at(black_box(NOW)), typed)
            });
        });
        group.bench_function("key_per_call/totp-rs", |bencher| {
            bencher.iter(|| peer(algorithm, black_box(KEY)).check(black_box(WRONG), black_box(NOW)));
        });
        group.bench_function("key_kept/twinlock", |bencher| {
            bencher.iter(|| {
                let typed = black_box(WRONG).parse().expect("digits");
                window_holds(&generator, parameters.step_at(black_box(NOW)), typed)
            });
        });
        group.bench_function("key_kept/totp-rs", |bencher| {
            bencher.iter(|| kept_peer.check(black_box(WRONG), black_box(NOW)));
        });
        group.finish();
    }
}

criterion_group!(benches, check);
criterion_main!(benches);

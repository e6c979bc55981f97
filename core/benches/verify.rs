//! A whole sign-in step over memory: open the challenge, load, open the record, decide, seal, save.
//!
//! `verify/right` spends a challenge and a code each time, `verify/replayed` is the refusal that writes nothing,
//! `verify/wrong_backup_code` and `verify/backup_code` carry one argon2 hash.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use twinlock::testing::{FakePhone, VirtualClock, enroll, example};
use twinlock::{MemoryStorage, TwoFactor};

type Lock = TwoFactor<MemoryStorage, VirtualClock>;

fn challenge(two_factor: &Lock) -> String {
    two_factor.after_first_factor("42", Default::default()).unwrap().challenge.unwrap()
}

fn enrolled() -> (Lock, VirtualClock, FakePhone, Vec<String>) {
    let (two_factor, clock) = example();
    let (phone, enrolled) = enroll(&two_factor, "42", &clock).unwrap();
    let codes = enrolled.backup_codes.iter().map(|code| code.to_string()).collect();
    (two_factor, clock, phone, codes)
}

fn verify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    let (two_factor, clock, phone, codes) = enrolled();
    group.bench_function("right", |bencher| {
        bencher.iter_batched(
            || {
                clock.advance(90); // past the neighbouring step, which shares a code once in a million
                (challenge(&two_factor), phone.code())
            },
            |(challenge, code)| two_factor.verify(&challenge, &code, Default::default()).unwrap(),
            BatchSize::PerIteration,
        );
    });
    let used = phone.code();
    let open = challenge(&two_factor);
    group.bench_function("replayed", |bencher| {
        bencher.iter(|| two_factor.verify(&open, &used, Default::default()).unwrap_err());
    });
    group.bench_function("wrong_backup_code", |bencher| {
        bencher.iter(|| two_factor.verify(&open, "0000-0000-0000-0000", Default::default()).unwrap_err());
    });
    two_factor.verify(&challenge(&two_factor), &codes[0], Default::default()).unwrap();
    group.bench_function("spent_backup_code", |bencher| {
        bencher.iter(|| two_factor.verify(&open, &codes[0], Default::default()).unwrap_err());
    });
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);

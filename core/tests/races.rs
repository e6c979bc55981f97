//! Many requests at once with one code, on threads that start together: exactly one gets in.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

mod common;

use std::sync::Barrier;
use std::thread;

use common::{Kit, wrong};
use twinlock::{Code, Result, Verification};

const THREADS: usize = 16;

/// What all threads got that sent one code at once, each on a challenge of its own.
fn at_once(kit: &Kit, code: &str) -> Vec<Result<Verification>> {
    let challenges: Vec<String> = (0..THREADS).map(|_| kit.challenge()).collect();
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        let threads: Vec<_> = challenges
            .iter()
            .map(|challenge| {
                scope.spawn(|| {
                    barrier.wait();
                    kit.verify(challenge, code)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn winners(outcomes: Vec<Result<Verification>>) -> usize {
    let losers = [Code::InvalidCode, Code::Contention];
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    for loser in lost {
        let code = common::refusal(loser);
        assert!(losers.contains(&code), "{code}");
    }
    won.len()
}

#[test]
fn one_code_sent_sixteen_times_at_once_gets_in_once() {
    let (kit, phone, _) = Kit::enrolled();
    for round in 0..100 {
        kit.clock.advance(30);
        assert_eq!(winners(at_once(&kit, &phone.code())), 1, "round {round}");
    }
}

#[test]
fn one_backup_code_sent_sixteen_times_at_once_gets_in_once() {
    let (kit, _, enrolled) = Kit::enrolled();
    for code in &enrolled.backup_codes {
        assert_eq!(winners(at_once(&kit, code)), 1);
    }
    assert_eq!(kit.status().backup_codes.left, 0);
}

#[test]
fn guesses_sent_at_once_are_each_counted_or_not_evaluated() {
    let (kit, phone, _) = Kit::enrolled();
    let version = kit.row().version;
    let guess = wrong(&[&phone]);
    let evaluated = at_once(&kit, &guess).into_iter().filter(|outcome| {
        let Err(error) = outcome else { panic!("a guess got in") };
        error.code() == Code::InvalidCode
    });
    let evaluated = evaluated.count();
    assert_eq!(kit.row().version - version, evaluated as u64, "each evaluated guess is written");
    assert!(evaluated <= 4, "{evaluated} guesses were evaluated before the back-off");
}

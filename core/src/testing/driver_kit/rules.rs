//! The rules, one function each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use super::{Bench, DrivenBy, Fault, Hook, USER, Verdict, refused};
use crate::driver::ROUNDS;
use crate::error::Code;
use crate::event::EventKind;
use crate::storage::Storage;

pub(super) fn what_changes_nothing_writes_nothing<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let (loads, saves) = (bench.storage.loads(), bench.storage.saves());
    let challenge = bench.challenge()?;
    must!(bench.storage.loads() == loads.saturating_add(1), "an operation must load once");
    refused(
        bench.driver.verify(&challenge, "0000-0000-0000-0000"),
        Code::InvalidCode,
        "a wrong backup code is an outcome",
    )?;
    must!(bench.storage.saves() == saves, "what changes nothing must write nothing");
    let told = bench.told();
    must!(told == [("failed".to_owned(), false)], "a refusal that is not stored must be told as such, not {told:?}");
    Ok(())
}

pub(super) fn a_wrong_code_is_written_before_it_is_told<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let challenge = bench.challenge()?;
    let saves = bench.storage.saves();
    refused(bench.driver.verify(&challenge, &bench.wrong()), Code::InvalidCode, "a counted wrong code is an outcome")?;
    must!(bench.storage.saves() == saves.saturating_add(1), "a counted wrong code must be written");
    let told = bench.told();
    must!(told == [("failed".to_owned(), true)], "a stored event must be told after its commit, not {told:?}");
    bench.storage.order([Fault::SaveFailsBefore]);
    refused(
        bench.driver.verify(&challenge, &bench.wrong()),
        Code::StorageError,
        "a wrong code whose count was not written must not be told as one",
    )?;
    must!(bench.told().is_empty(), "no event may be told whose commit failed");
    Ok(())
}

pub(super) fn a_save_that_failed_is_not_told<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let challenge = bench.challenge()?;
    bench.storage.order([Fault::SaveFailsBefore]);
    refused(
        bench.driver.verify(&challenge, &bench.phone.code()),
        Code::StorageError,
        "nobody may be let in whose sign-in was not written",
    )?;
    must!(bench.told().is_empty(), "no event may be told whose commit failed");
    let again = bench.driver.verify(&challenge, &bench.phone.code());
    must!(again.is_ok(), "what was not written is not burned");
    Ok(())
}

pub(super) fn what_was_burned_stays_burned<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let (challenge, other) = (bench.challenge()?, bench.challenge()?);
    bench.storage.order([Fault::SaveFailsAfter]);
    refused(bench.driver.verify(&challenge, &bench.phone.code()), Code::StorageError, "nobody may be let in on doubt")?;
    must!(bench.told().is_empty(), "the outcome of a failed save must be dropped unseen");
    refused(
        bench.driver.verify(&other, &bench.phone.code()),
        Code::InvalidCode,
        "a code burned by a save that failed after writing must stay burned",
    )?;
    refused(bench.driver.verify(&challenge, &bench.backup_code), Code::ChallengeExpired, "and so must its challenge")
}

pub(super) fn a_save_that_never_answered_refuses<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let challenge = bench.challenge()?;
    bench.storage.order([Fault::SaveTimesOutAfter]);
    refused(
        bench.driver.verify(&challenge, &bench.phone.code()),
        Code::StorageTimeout,
        "a save without an answer must refuse",
    )?;
    must!(bench.told().is_empty(), "the outcome of a save without an answer must be dropped unseen");
    Ok(())
}

pub(super) fn a_lost_race_is_decided_on_a_fresh_record<D: DrivenBy + Send + 'static>(bench: Bench<D>) -> Verdict {
    let (mine, other) = (bench.challenge()?, bench.challenge()?);
    let won = Arc::new(AtomicBool::new(false));
    let (elsewhere, code, winner) = (bench.elsewhere, bench.phone.code(), won.clone());
    // Between this driver's load and its save the same code gets in elsewhere.
    let race: Hook = Box::new(move || winner.store(elsewhere.verify(&other, &code).is_ok(), Ordering::SeqCst));
    *bench.clock.hook.lock().unwrap_or_else(PoisonError::into_inner) = Some(race);
    refused(
        bench.driver.verify(&mine, &bench.phone.code()),
        Code::InvalidCode,
        "of two sign-ins with one code the second must be decided on the record that the first wrote",
    )?;
    must!(won.load(Ordering::SeqCst), "of two sign-ins with one code exactly one must get in");
    Ok(())
}

pub(super) fn a_lost_race_is_decided_on_a_fresh_clock<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let challenge = bench.challenge()?;
    let loads = bench.storage.loads();
    bench.storage.order([Fault::SaveLosesRace]);
    bench.clock.ticks.store(600, Ordering::SeqCst);
    refused(
        bench.driver.verify(&challenge, &bench.phone.code()),
        Code::ChallengeExpired,
        "after a lost race the clock must be read again",
    )?;
    must!(bench.storage.loads() == loads.saturating_add(2), "after a lost race the record must be loaded again");
    Ok(())
}

pub(super) fn five_rounds_then_contention<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let challenge = bench.challenge()?;
    let (loads, saves) = (bench.storage.loads(), bench.storage.saves());
    bench.storage.order([Fault::SaveLosesRace; ROUNDS]);
    refused(
        bench.driver.verify(&challenge, &bench.phone.code()),
        Code::Contention,
        "five lost races must end in contention",
    )?;
    let rounds = (bench.storage.loads().saturating_sub(loads), bench.storage.saves().saturating_sub(saves));
    must!(rounds == (ROUNDS, ROUNDS), "there must be 5 loads and 5 saves, not {rounds:?}");
    must!(bench.told().is_empty(), "no event may be told of a lost race");
    bench.storage.order([Fault::SaveLosesRace; 4]);
    let last = bench.driver.verify(&challenge, &bench.phone.code());
    must!(last.is_ok(), "the fifth round must still count");
    let told = bench.told().into_iter().filter(|(kind, _)| kind == EventKind::Verified.as_str()).count();
    must!(told == 1, "an event must be told once, however many rounds it took");
    Ok(())
}

pub(super) fn a_load_that_failed_refuses<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let rule = "a user whose record cannot be loaded must not pass as one without a second factor";
    bench.storage.order([Fault::LoadFails]);
    refused(bench.driver.after_first_factor(USER), Code::StorageError, rule)?;
    bench.storage.order([Fault::LoadTimesOut]);
    refused(bench.driver.after_first_factor(USER), Code::StorageTimeout, rule)
}

pub(super) fn a_broken_clock_refuses<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let challenge = bench.challenge()?;
    let (code, saves) = (bench.phone.code(), bench.storage.saves());
    bench.clock.shown.set(-1);
    refused(bench.driver.verify(&challenge, &code), Code::ConfigurationError, "a clock before 1970 must refuse")?;
    must!(bench.storage.saves() == saves, "with a broken clock nothing may be written");
    Ok(())
}

pub(super) fn erase_is_told_when_it_is_done<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    bench.storage.order([Fault::EraseFails]);
    refused(bench.driver.erase(USER), Code::StorageError, "an erase that failed must be told as such")?;
    must!(bench.told().is_empty(), "no event may be told of an erase that failed");
    must!(bench.driver.erase(USER).is_ok(), "an erase must work again after a failure");
    let told = bench.told();
    must!(told == [("erased".to_owned(), false)], "an erase must be told, and not as stored, not {told:?}");
    let left = Storage::load(&bench.storage, USER).map_err(|error| error.to_string())?;
    must!(left.is_none(), "an erase must leave no record");
    Ok(())
}

pub(super) fn a_panic_refuses<D: DrivenBy>(bench: Bench<D>) -> Verdict {
    let challenge = bench.challenge()?;
    bench.panics.store(true, Ordering::SeqCst);
    let saves = bench.storage.saves();
    refused(
        bench.driver.verify(&challenge, &bench.phone.code()),
        Code::InternalError,
        "a panic in the core must refuse",
    )?;
    must!(bench.storage.saves() == saves, "a panic must write nothing");
    Ok(())
}

//! Tokens: any text, and any content under a good seal, in every place that takes a token. Nothing
//! panics, and no token lets anybody in by itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twinlock::{
    BeginOptions, Code, FirstFactorOptions, ImportOptions, Imported, StoredRecord, Timestamp, VerifyOptions,
};
use twinlock_fuzz::{USER, clock, decide, engine, seal_token};

fuzz_target!(|data: &[u8]| {
    let Some((now, fields)) = clock(data) else { return };
    let row = enabled(now);
    for purpose in ["setup", "challenge", "assurance", "device"] {
        present(&seal_token(purpose, fields), &row, now);
    }
    present(&String::from_utf8_lossy(fields), &row, now);
});

/// A user with a second factor.
fn enabled(now: Timestamp) -> StoredRecord {
    let imported = Imported::Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Default::default());
    let call = engine().import_authenticator(USER, ImportOptions { imported, ..ImportOptions::by("fuzz") });
    match engine().decide(&call.expect("a call"), None, now).effect {
        twinlock::Effect::Save { record, .. } => record,
        effect => panic!("nothing was stored: {effect:?}"),
    }
}

fn present(token: &str, row: &StoredRecord, now: Timestamp) {
    let engine = engine();
    for row in [None, Some(row)] {
        let call = engine.verify(token, "123456", VerifyOptions::default());
        // The driver loads the record of the user whom the challenge names.
        let named = row.filter(|_| call.as_ref().is_ok_and(|call| call.user_id() == USER));
        let verified = decide(call, named, now);
        // The epoch is random, so nothing forged without knowing it may count.
        assert_eq!(verified.err().map(|error| error.code()), Some(Code::ChallengeExpired));
        let proved = decide(engine.check_assurance(USER, token, None), row, now);
        assert!(proved.is_err());
        let disabled = decide(engine.disable(USER, token, None), row, now);
        assert!(disabled.is_err());
        let options = FirstFactorOptions { device: Some(token), ..Default::default() };
        let step = decide(engine.after_first_factor(USER, options), row, now).expect("a step");
        assert!(step.assurance.is_none());
        assert_eq!(step.challenge.is_some(), row.is_some());
        let options = BeginOptions { setup: Some(token), assurance: Some(token), ..Default::default() };
        let begun = decide(engine.begin_enrollment(USER, "ada", options), row, now);
        assert_eq!(begun.is_ok(), row.is_none());
        let _ = decide(engine.confirm_enrollment(USER, token, "123456", Default::default()), row, now);
        let _ = decide(engine.status(USER, Some(token), Some(token)), row, now);
    }
}

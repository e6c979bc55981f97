//! Records: any content under a good seal, then every operation on it at any time. Nothing panics,
//! and whatever an operation writes opens again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twinlock::{BeginOptions, FirstFactorOptions, ImportOptions, Imported, VerifyOptions};
use twinlock_fuzz::{USER, assurance, challenge, clock, decide, engine, seal_record, seal_token};

const DEVICE: [u8; 8] = [3; 8];
const SECRET: Imported<'_> = Imported::Uri("otpauth://totp/Acme:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");

fuzz_target!(|data: &[u8]| {
    let Some((now, content)) = clock(data) else { return };
    let row = seal_record(content);
    let engine = engine();
    let row = Some(&row);
    if decide(engine.status(USER, None, None), row, now).is_err() {
        return;
    }

    // The record opens, so it has an epoch: forge the tokens that fit it.
    let epoch = content.get(1..17).and_then(|epoch| epoch.try_into().ok()).expect("an epoch");
    let id = content.last_chunk().copied().unwrap_or_default();
    let proof = seal_token("assurance", &assurance(epoch, now.as_secs()));
    for device in [None, Some(&DEVICE)] {
        let challenge = seal_token("challenge", &challenge(epoch, &id, now.as_secs(), device));
        for (code, next_codes) in
            [("123456", &[][..]), ("12345678", &[]), ("0000-0000-0000-0000", &[]), ("123456", &["123457", "123458"])]
        {
            let options = VerifyOptions { next_codes, trust_device: true, ..Default::default() };
            let _ = decide(engine.verify(&challenge, code, options), row, now);
        }
    }
    let _ = decide(engine.status(USER, None, Some(&proof)), row, now);
    let _ = decide(engine.check_assurance(USER, &proof, Some(300)), row, now);
    let _ = decide(engine.after_first_factor(USER, FirstFactorOptions::default()), row, now);
    let options = BeginOptions { assurance: Some(&proof), ..Default::default() };
    if let Ok(begun) = decide(engine.begin_enrollment(USER, "ada", options), row, now) {
        let confirmed = engine.confirm_enrollment(USER, &begun.setup, "123456", Default::default());
        let _ = decide(confirmed, row, now);
    }
    let import = ImportOptions { imported: SECRET, ..ImportOptions::by("fuzz") };
    let _ = decide(engine.import_authenticator(USER, import), row, now);
    let _ = decide(engine.regenerate_backup_codes(USER, &proof, None), row, now);
    let _ = decide(engine.backup_codes_saved(USER, None), row, now);
    let _ = decide(engine.disable(USER, &proof, None), row, now);
    let _ = decide(engine.revoke_all_devices(USER, None), row, now);
    let _ = decide(engine.reset(USER, "fuzz", "fuzz", None), row, now);
    let _ = decide(engine.unlock(USER, "fuzz", None), row, now);
    let _ = decide(engine.password_changed(USER, None), row, now);
    let _ = decide(engine.reseal(USER), row, now);
    let _ = decide(engine.erase(USER), row, now);
});

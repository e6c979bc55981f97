//! An `otpauth-migration://` export that is read is written and read back as the same accounts. The
//! input is tried as a URI, and as the payload of one, which base64 would otherwise hide from the fuzzer.

#![no_main]

use data_encoding::BASE64;
use libfuzzer_sys::fuzz_target;
use twinlock::otpauth::{UriError, migration};

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        check(text);
    }
    check(&format!("otpauth-migration://offline?data={}", BASE64.encode(data)));
});

fn check(uri: &str) {
    let batch = match migration::import(uri) {
        Ok(batch) => batch,
        Err(error) => return assert!(!matches!(error, UriError::NotExportable)),
    };
    assert!(batch.batch_index < batch.batch_size);
    // Whatever is read has 6 or 8 digits and 30 seconds, so it can be written.
    let written = migration::export(&batch.accounts).expect("exportable");
    let read = written.iter().map(|uri| migration::import(uri).expect("an export"));
    let accounts: Vec<_> = read.flat_map(|batch| batch.accounts).collect();
    assert_eq!(accounts, batch.accounts);
}

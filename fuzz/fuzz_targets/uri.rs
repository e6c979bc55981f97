//! An `otpauth://` URI that is read is written and read back as the same account, and shows codes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twinlock::{AuthenticatorAccount, otpauth::OtpauthUri, secret::Secret};

fuzz_target!(|text: &str| {
    if let Ok(secret) = Secret::from_base32(text) {
        assert_eq!(Secret::from_base32(&secret.to_base32()), Ok(secret));
    }
    let Ok(account) = OtpauthUri::parse(text) else { return };
    let written = account.to_uri();
    assert!(written.is_ascii());
    assert!(!account.account_name.chars().any(char::is_control));
    let shown = AuthenticatorAccount::from(account.clone());
    assert_eq!(shown.code_at(0).len(), usize::from(account.parameters.digits));
    assert!((1..=account.parameters.period).contains(&shown.seconds_left(u64::MAX)));
    assert_eq!(OtpauthUri::parse(&written), Ok(account));
});

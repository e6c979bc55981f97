//! A key ring that is read is written and read back the same, and its `Debug` shows ids only.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twinlock::{Engine, KeyRing, Policy};

fuzz_target!(|text: &str| {
    let Ok(ring) = KeyRing::parse(text) else { return };
    let written = ring.to_text();
    let again = KeyRing::parse(&written).expect("what was written");
    assert_eq!(*again.to_text(), *written);
    assert_eq!(again.active_id(), ring.active_id());
    let shown = format!("{ring:?}");
    for part in written.split(',') {
        let (_, key) = part.split_once(':').expect("id and key");
        assert!(!shown.contains(key));
    }
    assert!(Engine::new("Acme", &ring, Policy::default(), "").is_ok());
});

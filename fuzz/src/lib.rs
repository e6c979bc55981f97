//! What the targets share: an engine whose key is known, and a second implementation of its seal.
//!
//! With the seal in hand a target chooses what lies *inside* a token or a record. Nothing that a seal
//! refuses can reach the parsers behind it, so without this they would never be fuzzed; and a key thief,
//! or a future format, is just what they must withstand.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use data_encoding::BASE64URL_NOPAD;
use hkdf::Hkdf;
use sha2::Sha256;
use twinlock::{Call, Code, Effect, Engine, EntropySource, Error, KeyRing, Policy, StoredRecord, Timestamp};
use xaes_256_gcm::{
    Key, Nonce, Xaes256Gcm,
    aead::{Aead, KeyInit, Payload},
};

pub const USER: &str = "42";
const KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";
const KEY_ID: &str = "k1";
const FORMAT: u8 = 1;
const NONCE: [u8; 24] = [9; 24];
/// The last second that the engine takes as a time, and one more.
const TIMES: u64 = 253_402_300_800;

/// The engine under test. Its randomness counts up, so that a finding happens again.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let keys = KeyRing::new([(KEY_ID, KEY)]).expect("a key");
        let entropy = Arc::new(Counting(AtomicU64::new(1)));
        Engine::with_entropy("Acme", &keys, Policy::default(), "", entropy).expect("an engine")
    })
}

struct Counting(AtomicU64);

impl EntropySource for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            chunk.copy_from_slice(&next.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Splits a time off the input, so that the fuzzer chooses the clock too.
pub fn clock(data: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (time, rest) = data.split_first_chunk::<8>()?;
    let seconds = u64::from_le_bytes(*time) % TIMES;
    let now = Timestamp::from_secs(seconds.try_into().expect("below 2^63")).expect("in range");
    Some((now, rest))
}

/// Decides, and holds every step to what it owes: no fault of ours, and a write that opens again.
pub fn decide<T>(call: Result<Call<T>, Error>, row: Option<&StoredRecord>, now: Timestamp) -> Result<T, Error> {
    let call = call?;
    let step = engine().decide(&call, row, now);
    if let Err(error) = &step.outcome {
        assert_ne!(error.code(), Code::InternalError, "{error:?}");
    }
    if let Effect::Save { record, expected, .. } = &step.effect {
        assert_eq!(*expected, row.map(|row| row.version));
        let status = engine().status(call.user_id(), None, None).expect("a call");
        let again = engine().decide(&status, Some(record), now).outcome;
        assert!(again.is_ok(), "what was written does not open");
    }
    step.outcome
}

/// A token with these fields, as the engine would seal it.
pub fn seal_token(purpose: &str, fields: &[u8]) -> String {
    let mut token = vec![FORMAT];
    bytes(&mut token, KEY_ID.as_bytes());
    let sealed = seal(purpose, &token, fields);
    token.extend(sealed);
    BASE64URL_NOPAD.encode(&token)
}

/// A stored record with this content, as the engine would seal it.
pub fn seal_record(content: &[u8]) -> StoredRecord {
    let enabled = content.first() == Some(&1);
    let version = 7;
    let mut about = vec![FORMAT];
    bytes(&mut about, USER.as_bytes());
    number(&mut about, version);
    about.push(enabled.into());
    bytes(&mut about, KEY_ID.as_bytes());
    let mut data = vec![FORMAT];
    data.extend(seal("record", &about, content));
    StoredRecord { version, enabled, key_id: KEY_ID.into(), data }
}

/// Nonce, ciphertext and tag.
fn seal(purpose: &str, associated: &[u8], plain: &[u8]) -> Vec<u8> {
    let payload = Payload { msg: plain, aad: associated };
    let sealed = cipher(purpose).encrypt(&Nonce::from(NONCE), payload).expect("sealed");
    [NONCE.as_slice(), &sealed].concat()
}

fn cipher(purpose: &str) -> Xaes256Gcm {
    let mut sub_key = [0; 32];
    // The purpose, a NUL and the namespace, which is empty.
    let info = [purpose.as_bytes(), b"\0"];
    Hkdf::<Sha256>::new(Some(b"twinlock v1"), &KEY).expand_multi_info(&info, &mut sub_key).expect("32 bytes");
    Xaes256Gcm::new(&<Key>::from(sub_key))
}

/// The fields of a challenge of this user.
pub fn challenge(epoch: &[u8; 16], id: &[u8; 8], issued_at: u64, device: Option<&[u8; 8]>) -> Vec<u8> {
    let mut fields = Vec::new();
    bytes(&mut fields, USER.as_bytes());
    fields.extend(epoch);
    fields.extend(id);
    number(&mut fields, issued_at);
    fields.push(device.is_some().into());
    fields.extend(device.into_iter().flatten());
    fields.extend([0, 0]); // no carry
    fields
}

/// The fields of an assurance of this user.
pub fn assurance(epoch: &[u8; 16], proved_at: u64) -> Vec<u8> {
    let mut fields = Vec::new();
    bytes(&mut fields, USER.as_bytes());
    fields.extend(epoch);
    number(&mut fields, proved_at);
    fields
}

/// Length and bytes.
pub fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    number(out, value.len() as u64);
    out.extend(value);
}

/// LEB128.
pub fn number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

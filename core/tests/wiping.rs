//! Keys do not outlive their use: a message's key is wiped from the stack, the sub-keys are wiped from stack and heap.
//!
//! What is looked for is the halves of the key itself, with which every schedule for AES instructions begins.

#![allow(unsafe_code, reason = "looks at memory that is no longer in use")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking, and says where")]
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes256, Block};
use hkdf::Hkdf;
use sha2::Sha256;
use twinlock::testing::{FakePhone, VirtualClock};
use twinlock::{ConfirmOptions, Effect, Engine, KeyRing, Policy, Timestamp};

const KEY: [u8; 32] = *b"0123456789abcdefGHIJKLMNOPQRSTUV";
const PURPOSES: [&str; 5] = ["record", "setup", "challenge", "assurance", "device"];

/// What must not be left on the heap, once it is known.
static WATCHED: OnceLock<Vec<[u8; 16]>> = OnceLock::new();
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// Looks into all memory that is given back.
struct Watching;

// SAFETY: everything is the system's but for a look at memory that is still allocated.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) } // zeroed, so that all of it may be read
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
        if WATCHED.get().is_some_and(|watched| holds(bytes, watched)) {
            LEFT.fetch_add(1, Ordering::Relaxed);
        }
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

fn holds(bytes: &[u8], watched: &[[u8; 16]]) -> bool {
    bytes.windows(16).any(|window| watched.iter().any(|half| half[0] == window[0] && half == window))
}

/// The stack below the caller, which what it called before has left.
#[inline(never)]
fn stack_below() -> Vec<u8> {
    let room = [MaybeUninit::<u8>::uninit(); 48 * 1024];
    let start = std::hint::black_box(&room).as_ptr().cast::<u8>();
    // SAFETY: it lies in this frame. Volatile, because the compiler may think of it what it likes.
    (0..room.len()).map(|index| unsafe { start.add(index).read_volatile() }).collect()
}

fn halves(key: [u8; 32]) -> [[u8; 16]; 2] {
    [key[..16].try_into().unwrap(), key[16..].try_into().unwrap()]
}

fn sub_key(purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(b"twinlock v1"), &KEY).expand(format!("{purpose}\0").as_bytes(), &mut key).unwrap();
    key
}

/// The key of one message: steps 1 to 5 of XAES-256-GCM (C2SP).
fn message_key(purpose: &str, nonce: &[u8]) -> [u8; 32] {
    let aes = Aes256::new(&sub_key(purpose).into());
    let mut zero = Block::default();
    aes.encrypt_block(&mut zero);
    let l = u128::from_be_bytes(zero.into());
    let k1 = (l << 1) ^ ((l >> 127) * 0b1000_0111);
    let mut key = [0; 32];
    for (index, half) in (1_u8..).zip(key.chunks_mut(16)) {
        let mut block = [0, index, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        block[4..].copy_from_slice(&nonce[..12]);
        let mut block = Block::from((u128::from_be_bytes(block) ^ k1).to_be_bytes());
        aes.encrypt_block(&mut block);
        half.copy_from_slice(&block);
    }
    key
}

fn engine() -> Engine {
    let keys = KeyRing::new([("k1", KEY)]).unwrap();
    Engine::new("Acme", &keys, Policy::default(), "").unwrap()
}

/// The nonce of a token: behind format, length of the key id and key id.
fn nonce_of(token: &str) -> Vec<u8> {
    data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap()[4..28].to_vec()
}

#[test]
fn no_key_is_left_on_the_stack_by_sealing_and_opening() {
    let engine = engine();
    let clock = VirtualClock::default();
    let now = Timestamp::from_secs(1_700_000_000).unwrap();

    let begun = engine.decide(&engine.begin_enrollment("42", "ada", Default::default()).unwrap(), None, now);
    let stack = stack_below();
    let setup = begun.outcome.unwrap();
    assert!(!holds(&stack, &halves(message_key("setup", &nonce_of(&setup.setup)))), "sealing a setup");

    let phone = FakePhone::scan(&setup.uri, &clock).unwrap();
    let call = engine.confirm_enrollment("42", &setup.setup, &phone.code(), ConfirmOptions::default()).unwrap();
    let stack = stack_below();
    assert!(!holds(&stack, &halves(message_key("setup", &nonce_of(&setup.setup)))), "opening a setup");

    let step = engine.decide(&call, None, now);
    let stack = stack_below();
    let Effect::Save { record, .. } = step.effect else { unreachable!("enrolling stores") };
    let sealed = message_key("record", &record.data[1..25]);
    assert!(!holds(&stack, &halves(sealed)), "sealing a record");
    let proof = message_key("assurance", &nonce_of(&step.outcome.unwrap().assurance));
    assert!(!holds(&stack, &halves(proof)), "sealing a proof");

    assert!(engine.decide(&engine.status("42", None, None).unwrap(), Some(&record), now).outcome.is_ok());
    assert!(!holds(&stack_below(), &halves(sealed)), "opening a record");
}

#[test]
fn no_sub_key_is_left_by_an_engine_that_is_gone() {
    let watched: Vec<_> = PURPOSES.iter().flat_map(|purpose| halves(sub_key(purpose))).collect();
    let engine = engine();
    assert!(!holds(&stack_below(), &watched), "on the stack");
    WATCHED.set(watched).unwrap();
    drop(engine);
    assert_eq!(LEFT.load(Ordering::Relaxed), 0, "on the heap");
}

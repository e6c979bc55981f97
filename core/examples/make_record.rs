//! Makes `tests/records/format-N.json`: sealed records of the format that this source writes, with all that must come out of
//! them again. Run once for each released format, never again for one that is there:
//!
//! ```text
//! cargo run -p twinlock --example make_record > tests/records/format-1.json
//! ```

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool that is run by hand and shows what it made")]

use std::sync::Arc;

use data_encoding::BASE64;
use serde_json::{Value, json};
use twinlock::otp::{Algorithm, Parameters};
use twinlock::testing::{FakePhone, VirtualClock};
use twinlock::{
    BeginOptions, ConfirmOptions, Engine, FirstFactorOptions, ImportOptions, Imported, KeyRing, MemoryStorage, Policy,
    Presenting, Storage, TwoFactor, VerifyOptions,
};

/// The key of the records: it protects nothing but them.
const KEY: &str = "2026a:dGhlIGtleSBvZiB0ZXN0cy9yZWNvcmRzLCAzMiBieXQ=";
const NAMESPACE: &str = "records";
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const WEAK: &str = "JBSWY3DPEHPK3PXP";

type Driver = TwoFactor<Arc<MemoryStorage>, VirtualClock>;

struct Maker {
    two_factor: Driver,
    storage: Arc<MemoryStorage>,
    clock: VirtualClock,
}

impl Maker {
    fn new() -> Self {
        let (storage, clock) = (Arc::new(MemoryStorage::new()), VirtualClock::default());
        let engine = Engine::new("Acme", &KeyRing::parse(KEY).unwrap(), Policy::default(), NAMESPACE).unwrap();
        let two_factor = TwoFactor::new(engine, storage.clone()).with_clock(clock.clone());
        Self { two_factor, storage, clock }
    }

    fn challenge(&self, user: &str, device: Option<&str>) -> String {
        let options = FirstFactorOptions { device, fresh: true, ..Default::default() };
        self.two_factor.after_first_factor(user, options).unwrap().challenge.unwrap()
    }

    fn fail(&self, user: &str, device: Option<&str>, times: usize) {
        let challenge = self.challenge(user, device);
        for _ in 0..times {
            let _ = self.two_factor.verify(&challenge, "000000", VerifyOptions::default());
        }
    }

    fn record(&self, name: &str, user: &str, device: Option<&str>, opens: Value) -> Value {
        let row = Storage::load(&self.storage, user).unwrap().unwrap();
        let status = self.two_factor.status(user, Presenting { device, assurance: None }).unwrap();
        json!({
            "name": name,
            "user_id": user,
            "version": row.version,
            "enabled": row.enabled,
            "key_id": row.key_id,
            "data": BASE64.encode(&row.data),
            "at": self.clock.seconds(),
            "status": status,
            "opens": opens,
        })
    }
}

fn main() {
    let maker = Maker::new();
    let records = [rich(&maker), tombstone(&maker), imported(&maker)];
    let file = json!({
        "format": 1,
        "source": "made by core/examples/make_record.rs when format 1 was released; must open for ever",
        "keys": KEY,
        "namespace": NAMESPACE,
        "records": records,
    });
    println!("{}", serde_json::to_string_pretty(&file).unwrap());
}

/// Three authenticators of different forms, spent backup codes, a known and a trusted browser, failures on both lanes.
fn rich(maker: &Maker) -> Value {
    let (user, two_factor, clock) = ("42 – Ada", &maker.two_factor, &maker.clock);
    let begun = two_factor.begin_enrollment(user, "ada@example.com", BeginOptions::default()).unwrap();
    let phone = FakePhone::scan(&begun.uri, clock).unwrap();
    let named = ConfirmOptions { name: Some("Ada's phone"), context: Some("192.0.2.1"), ..Default::default() };
    let enrolled = two_factor.confirm_enrollment(user, &begun.setup, &phone.code(), named).unwrap();
    let import = |secret, parameters, name, drift| {
        let imported = Imported::Secret(secret, parameters);
        let options =
            ImportOptions { imported, name: Some(name), drift, last_used_step: Some(7), ..ImportOptions::by("x") };
        two_factor.import_authenticator(user, options).unwrap();
    };
    import(SECRET, Parameters::new(Algorithm::Sha256, 8, 60).unwrap(), "Tablet", -5);
    import(WEAK, Parameters::new(Algorithm::Sha512, 7, 30).unwrap(), "Alt", 20);
    clock.advance(60);
    let home = enrolled.device.unwrap();
    let trusting = VerifyOptions { trust_device: true, context: Some("198.51.100.7 Firefox"), ..Default::default() };
    two_factor.verify(&maker.challenge(user, Some(&home)), &phone.code(), trusting).unwrap();
    for code in &enrolled.backup_codes[..3] {
        clock.advance(1);
        two_factor.verify(&maker.challenge(user, None), code, VerifyOptions::default()).unwrap();
    }
    two_factor.backup_codes_saved(user, None).unwrap();
    maker.fail(user, None, 5);
    maker.fail(user, Some(&home), 2);
    let proof = two_factor.verify(&maker.challenge(user, None), &enrolled.backup_codes[3], VerifyOptions::default());
    let opens = json!({
        "device": home,
        "assurance": proof.unwrap().assurance,
        "uri": *begun.uri,
        "backup_code": *enrolled.backup_codes[9],
        "spent_backup_code": *enrolled.backup_codes[0],
    });
    maker.record("everything there can be", user, Some(&home), opens)
}

fn tombstone(maker: &Maker) -> Value {
    let (user, two_factor, clock) = ("43", &maker.two_factor, &maker.clock);
    let (_, enrolled) = {
        let begun = two_factor.begin_enrollment(user, "bob", BeginOptions::default()).unwrap();
        let phone = FakePhone::scan(&begun.uri, clock).unwrap();
        let enrolled = two_factor.confirm_enrollment(user, &begun.setup, &phone.code(), ConfirmOptions::default());
        (phone, enrolled.unwrap())
    };
    clock.advance(60);
    maker.fail(user, None, 4);
    two_factor.disable(user, &enrolled.assurance, None).unwrap();
    maker.record("a tombstone", user, None, json!({}))
}

fn imported(maker: &Maker) -> Value {
    let options = ImportOptions { imported: Imported::Secret(SECRET, Parameters::default()), ..ImportOptions::by("x") };
    maker.two_factor.import_authenticator("44", options).unwrap();
    maker.record(
        "one imported authenticator, never used",
        "44",
        None,
        json!({ "uri": format!("otpauth://totp/ada?secret={SECRET}") }),
    )
}

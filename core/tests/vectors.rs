//! Walks over every table in `tests/vectors` through the public API.
//!
//! A file that nobody reads here, a file that is missing, or one with fewer cases than
//! `tests/manifest.json` says, fails: a table that is not run proves nothing.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, and says which case")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::{Deserialize, de::DeserializeOwned};
use twinlock::{
    AuthenticatorAccount,
    otp::{CodeGenerator, Parameters},
    otpauth::{OtpauthUri, migration},
    secret::Secret,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    schema: String,
    source: String,
    #[serde(rename = "notes")]
    _notes: BTreeMap<String, String>,
    cases: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Manifest {
    vectors: BTreeMap<String, usize>,
}

fn tests_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

fn read<T: DeserializeOwned>(path: PathBuf) -> T {
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

#[test]
fn every_table_holds_and_none_is_missing() {
    let manifest: Manifest = read(tests_folder().join("manifest.json"));
    let mut expected = manifest.vectors;
    for entry in fs::read_dir(tests_folder().join("vectors")).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let table: Table = read(path);
        assert!(!table.source.is_empty(), "{name} names no source");
        let least = expected.remove(&name).unwrap_or_else(|| panic!("{name} is not in the manifest"));
        assert!(table.cases.len() >= least, "{name} has {} cases, the manifest says {least}", table.cases.len());
        walk(&name, &table);
    }
    assert!(expected.is_empty(), "missing: {expected:?}");
}

fn walk(file: &str, table: &Table) {
    let check = match table.schema.as_str() {
        "hotp" => run::<Hotp>,
        "totp" => run::<Totp>,
        "base32" => run::<Base32>,
        "otpauth-valid" => run::<ValidUri>,
        "otpauth-invalid" => run::<InvalidUri>,
        "migration" => run::<Migration>,
        "migration-export" => run::<Export>,
        other => panic!("{file} has the unknown schema {other}"),
    };
    for case in &table.cases {
        let name = case.get("name").and_then(|name| name.as_str());
        let name = name.unwrap_or_else(|| panic!("{file} has a case without a name"));
        check(&format!("{file}: {name}"), case.clone());
    }
}

trait Case: DeserializeOwned {
    fn check(self, name: &str);
}

fn run<C: Case>(name: &str, mut case: serde_json::Value) {
    case.as_object_mut().and_then(|case| case.remove("name"));
    let case: C = serde_json::from_value(case).unwrap_or_else(|error| panic!("{name}: {error}"));
    case.check(name);
}

fn parameters(algorithm: &str, digits: u8, period: u32) -> Parameters {
    let algorithm = algorithm.parse().expect("an algorithm");
    Parameters::new(algorithm, digits, period).expect("parameters in range")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hotp {
    secret: String,
    algorithm: String,
    digits: u8,
    counter: String,
    code: String,
}

impl Case for Hotp {
    fn check(self, name: &str) {
        let secret = Secret::from_base32(&self.secret).expect("a secret");
        let generator = CodeGenerator::new(&secret, parameters(&self.algorithm, self.digits, 30));
        let counter = self.counter.parse().expect("a counter");
        assert_eq!(*generator.code(counter), self.code, "{name}");
        assert_eq!(generator.value(counter), self.code.parse::<u32>().expect("digits"), "{name}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Totp {
    uri: String,
    secret: String,
    algorithm: String,
    digits: u8,
    period: u32,
    time: u64,
    code: String,
    next_code: Option<String>,
    seconds_left: Option<u32>,
}

impl Case for Totp {
    fn check(self, name: &str) {
        let secret = Secret::from_base32(&self.secret).expect("a secret");
        let parameters = parameters(&self.algorithm, self.digits, self.period);
        let generator = CodeGenerator::new(&secret, parameters);
        assert_eq!(*generator.code(parameters.step_at(self.time)), self.code, "{name}");

        let account = AuthenticatorAccount::from_uri(&self.uri).expect("a URI");
        assert_eq!(account.parameters(), parameters, "{name}");
        assert_eq!(*account.code_at(self.time), self.code, "{name}");
        if let Some(next) = self.next_code {
            assert_eq!(*account.next_code_at(self.time), next, "{name}");
        }
        if let Some(seconds) = self.seconds_left {
            assert_eq!(account.seconds_left(self.time), seconds, "{name}");
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "result", rename_all = "lowercase", deny_unknown_fields)]
enum Base32 {
    Valid { text: String, hex: String, canonical: String },
    Invalid { text: String, reason: String },
}

impl Case for Base32 {
    fn check(self, name: &str) {
        match self {
            Self::Valid { text, hex, canonical } => {
                let secret = Secret::from_base32(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!(data_encoding::HEXLOWER.encode(secret.as_bytes()), hex, "{name}");
                assert_eq!(*secret.to_base32(), canonical, "{name}");
            }
            Self::Invalid { text, reason } => {
                let error = Secret::from_base32(&text).expect_err(name);
                assert_eq!(error.to_string(), reason, "{name}");
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    issuer: Option<String>,
    account_name: String,
    secret: String,
    algorithm: String,
    digits: u8,
    period: u32,
}

impl Account {
    fn is(&self, account: &OtpauthUri, name: &str) {
        assert_eq!(account.issuer, self.issuer, "{name}");
        assert_eq!(account.account_name, self.account_name, "{name}");
        assert_eq!(*account.secret.to_base32(), self.secret, "{name}");
        let parameters = parameters(&self.algorithm, self.digits, self.period);
        assert_eq!(account.parameters, parameters, "{name}");
    }
}

#[derive(Deserialize)]
struct ValidUri {
    uri: String,
    canonical: String,
    #[serde(flatten)]
    account: Account,
}

impl Case for ValidUri {
    fn check(self, name: &str) {
        let account = OtpauthUri::parse(&self.uri).unwrap_or_else(|e| panic!("{name}: {e}"));
        self.account.is(&account, name);
        assert_eq!(*account.to_uri(), self.canonical, "{name}");
        assert_eq!(OtpauthUri::parse(&self.canonical), Ok(account), "{name}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvalidUri {
    uri: String,
    reason: String,
}

impl Case for InvalidUri {
    fn check(self, name: &str) {
        let error = OtpauthUri::parse(&self.uri).expect_err(name);
        assert_eq!(error.to_string(), self.reason, "{name}");
        assert!(AuthenticatorAccount::from_uri(&self.uri).is_err(), "{name}");
    }
}

#[derive(Deserialize)]
#[serde(tag = "result", rename_all = "lowercase", deny_unknown_fields)]
enum Migration {
    Valid { uri: String, accounts: Vec<Account>, skipped: usize, batch_size: u32, batch_index: u32, batch_id: i32 },
    Invalid { uri: String, reason: String },
}

impl Case for Migration {
    fn check(self, name: &str) {
        match self {
            Self::Valid { uri, accounts, skipped, batch_size, batch_index, batch_id } => {
                let batch = migration::import(&uri).unwrap_or_else(|e| panic!("{name}: {e}"));
                assert_eq!(batch.accounts.len(), accounts.len(), "{name}");
                for (account, expected) in batch.accounts.iter().zip(&accounts) {
                    expected.is(account, name);
                }
                assert_eq!(batch.skipped, skipped, "{name}");
                assert_eq!(
                    (batch.batch_size, batch.batch_index, batch.batch_id),
                    (batch_size, batch_index, batch_id),
                    "{name}"
                );
            }
            Self::Invalid { uri, reason } => {
                let error = migration::import(&uri).expect_err(name);
                assert_eq!(error.to_string(), reason, "{name}");
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "result", rename_all = "lowercase", deny_unknown_fields)]
enum Export {
    Valid { accounts: Vec<String>, uris: Vec<String> },
    Invalid { accounts: Vec<String>, reason: String },
}

impl Case for Export {
    fn check(self, name: &str) {
        let (Self::Valid { accounts, .. } | Self::Invalid { accounts, .. }) = &self;
        let accounts: Vec<_> = accounts.iter().map(|uri| OtpauthUri::parse(uri).expect("a URI")).collect();
        let exported = migration::export(&accounts);
        match self {
            Self::Valid { uris, .. } => {
                let exported = exported.expect(name);
                let texts: Vec<_> = exported.iter().map(|uri| uri.as_str()).collect();
                assert_eq!(texts, uris, "{name}");
                let batches = uris.iter().map(|uri| migration::import(uri).expect(name));
                let back: Vec<_> = batches.flat_map(|batch| batch.accounts).collect();
                assert_eq!(back, accounts, "{name}");
            }
            Self::Invalid { reason, .. } => {
                assert_eq!(exported.expect_err(name).to_string(), reason, "{name}");
            }
        }
    }
}

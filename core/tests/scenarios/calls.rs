//! The operations by their names, and their results as JSON.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use twinlock::otp::Parameters;
use twinlock::{
    AsyncStorage, AsyncTwoFactor, BeginOptions, Clock, ConfirmOptions, Enrolled, Enrollment, Error, FirstFactorOptions,
    ImportOptions, Imported, NextStep, Presenting, Status, Storage, TwoFactor, Verification, VerifyOptions,
};

/// The arguments of one step, resolved.
pub(crate) struct Arguments(pub(crate) BTreeMap<String, Value>);

impl Arguments {
    fn text(&self, name: &str) -> &str {
        self.optional(name).unwrap_or_else(|| panic!("the argument {name} is missing"))
    }

    fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str().unwrap_or_else(|| panic!("{name} is no text")))
    }

    fn user(&self) -> &str {
        self.optional("user_id").unwrap_or("42")
    }

    fn flag(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value.as_bool().unwrap())
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    fn next_codes(&self) -> Vec<&str> {
        let codes = self.0.get("next_codes").map(|value| value.as_array().unwrap());
        codes.into_iter().flatten().map(|code| code.as_str().unwrap()).collect()
    }

    fn only(&self, allowed: &[&str]) {
        for name in self.0.keys() {
            assert!(name == "user_id" || allowed.contains(&name.as_str()), "this call has no argument {name}");
        }
    }
}

/// One of the two reference drivers.
pub(crate) trait Driver {
    fn call(&self, name: &str, arguments: &Arguments) -> Result<Value, Error>;
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a storage in memory answers at once"),
    }
}

fn itself<T>(value: T) -> T {
    value
}

macro_rules! driver {
    ($driver:ident, $storage:ident, $wait:ident) => {
        impl<S: $storage, C: Clock> Driver for $driver<S, C> {
            fn call(&self, name: &str, arguments: &Arguments) -> Result<Value, Error> {
                let (a, user) = (arguments, arguments.user());
                a.only(allowed(name));
                let (context, next) = (a.optional("context"), a.next_codes());
                let assurance = || a.text("assurance");
                Ok(match name {
                    "begin_enrollment" => {
                        enrollment(&$wait(self.begin_enrollment(user, a.text("account_name"), begin(a)))?)
                    }
                    "confirm_enrollment" => enrolled(&$wait(self.confirm_enrollment(
                        user,
                        a.text("setup"),
                        a.text("code"),
                        ConfirmOptions { next_codes: &next, name: a.optional("name"), context },
                    ))?),
                    "import_authenticator" => {
                        json!({ "authenticator_id": $wait(self.import_authenticator(user, import(a)))? })
                    }
                    "after_first_factor" => next_step(&$wait(self.after_first_factor(user, first_factor(a)))?),
                    "verify" => {
                        verification(&$wait(self.verify(a.text("challenge"), a.text("code"), verify(a, &next)))?)
                    }
                    "check_assurance" => {
                        let max_age = a.0["max_age"].as_u64();
                        json!({ "verified_at": $wait(self.check_assurance(user, assurance(), max_age))? })
                    }
                    "regenerate_backup_codes" => {
                        backup_codes(&$wait(self.regenerate_backup_codes(user, assurance(), context))?)
                    }
                    "backup_codes_saved" => nothing($wait(self.backup_codes_saved(user, context))?),
                    "rename_authenticator" => nothing($wait(self.rename_authenticator(
                        user,
                        assurance(),
                        a.text("id"),
                        a.text("name"),
                        context,
                    ))?),
                    "remove_authenticator" => {
                        nothing($wait(self.remove_authenticator(user, assurance(), a.text("id"), context))?)
                    }
                    "disable" => nothing($wait(self.disable(user, assurance(), context))?),
                    "revoke_device" => nothing($wait(self.revoke_device(user, a.text("id"), context))?),
                    "revoke_all_devices" => nothing($wait(self.revoke_all_devices(user, context))?),
                    "status" => status(&$wait(self.status(
                        user,
                        Presenting { device: a.optional("device"), assurance: a.optional("assurance") },
                    ))?),
                    "reset" => nothing($wait(self.reset(user, a.text("actor"), a.text("reason"), context))?),
                    "unlock" => nothing($wait(self.unlock(user, a.text("actor"), context))?),
                    "password_changed" => nothing($wait(self.password_changed(user, context))?),
                    "reseal" => json!({ "resealed": $wait(self.reseal(user))? }),
                    "erase" => nothing($wait(self.erase(user))?),
                    other => panic!("there is no call {other}"),
                })
            }
        }
    };
}

driver!(TwoFactor, Storage, itself);
driver!(AsyncTwoFactor, AsyncStorage, ready);

fn allowed(name: &str) -> &'static [&'static str] {
    match name {
        "begin_enrollment" => &["account_name", "assurance", "setup", "issuer", "context"],
        "confirm_enrollment" => &["setup", "code", "next_codes", "name", "context"],
        "import_authenticator" => &["uri", "secret", "name", "last_used_step", "drift", "actor", "context"],
        "after_first_factor" => &["device", "required", "fresh", "carry", "context"],
        "verify" => &["challenge", "code", "next_codes", "trust_device", "context"],
        "check_assurance" => &["assurance", "max_age"],
        "regenerate_backup_codes" | "disable" => &["assurance", "context"],
        "rename_authenticator" => &["assurance", "id", "name", "context"],
        "remove_authenticator" => &["assurance", "id", "context"],
        "revoke_device" => &["id", "context"],
        "status" => &["device", "assurance"],
        "reset" => &["actor", "reason", "context"],
        "unlock" => &["actor", "context"],
        "backup_codes_saved" | "revoke_all_devices" | "password_changed" => &["context"],
        _ => &[],
    }
}

fn begin(a: &Arguments) -> BeginOptions<'_> {
    BeginOptions {
        assurance: a.optional("assurance"),
        setup: a.optional("setup"),
        issuer: a.optional("issuer"),
        context: a.optional("context"),
    }
}

fn import(a: &Arguments) -> ImportOptions<'_> {
    ImportOptions {
        imported: match a.optional("uri") {
            Some(uri) => Imported::Uri(uri),
            None => Imported::Secret(a.text("secret"), Parameters::default()),
        },
        name: a.optional("name"),
        last_used_step: a.number("last_used_step").map(|step| u64::try_from(step).unwrap()),
        drift: i8::try_from(a.number("drift").unwrap_or(0)).unwrap(),
        context: a.optional("context"),
        ..ImportOptions::by(a.text("actor"))
    }
}

fn first_factor(a: &Arguments) -> FirstFactorOptions<'_> {
    FirstFactorOptions {
        device: a.optional("device"),
        required: a.flag("required"),
        fresh: a.flag("fresh"),
        carry: a.optional("carry"),
        context: a.optional("context"),
    }
}

fn verify<'a>(a: &'a Arguments, next_codes: &'a [&'a str]) -> VerifyOptions<'a> {
    VerifyOptions {
        next_codes,
        trust_device: a.flag("trust_device"),
        user_id: a.optional("user_id"),
        context: a.optional("context"),
    }
}

fn nothing((): ()) -> Value {
    json!({})
}

fn enrollment(result: &Enrollment) -> Value {
    json!({
        "setup": result.setup, "secret": *result.secret, "uri": *result.uri, "expires_at": result.expires_at,
    })
}

fn texts(codes: &[impl std::ops::Deref<Target = String>]) -> Vec<&str> {
    codes.iter().map(|code| code.as_str()).collect()
}

fn enrolled(result: &Enrolled) -> Value {
    json!({
        "authenticator_id": result.authenticator_id, "backup_codes": texts(&result.backup_codes),
        "assurance": result.assurance, "device": result.device, "verified_at": result.verified_at,
    })
}

fn backup_codes(codes: &[impl std::ops::Deref<Target = String>]) -> Value {
    json!({ "backup_codes": texts(codes) })
}

fn next_step(result: &NextStep) -> Value {
    json!({
        "status": result.status.as_str(), "challenge": result.challenge, "methods": result.methods,
        "codes_required": result.codes_required, "assurance": result.assurance,
        "expires_at": result.expires_at, "expires_in": result.expires_in,
    })
}

fn verification(result: &Verification) -> Value {
    json!({
        "user_id": result.user_id, "method": result.method, "authenticator_id": result.authenticator_id,
        "backup_codes_left": result.backup_codes_left, "assurance": result.assurance, "device": result.device,
        "carry": result.carry, "verified_at": result.verified_at,
    })
}

fn status(result: &Status) -> Value {
    serde_json::to_value(result).unwrap()
}

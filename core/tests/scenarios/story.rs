//! A story and the walk through it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use twinlock::testing::VirtualClock;
use twinlock::{
    AsyncTwoFactor, AuthenticatorAccount, Engine, Error, KeyRing, MemoryStorage, Policy, Storage, TwoFactor,
};

use crate::calls::{Arguments, Driver};
use crate::matching::{field, mismatch};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    pub(crate) name: String,
    pub(crate) why: String,
    pub(crate) source: String,
    clock: i64,
    policy: Value,
    #[serde(default)]
    phones: BTreeMap<String, String>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    call: String,
    #[serde(default)]
    args: Map<String, Value>,
    #[serde(default)]
    wait: i64,
    #[serde(default = "once")]
    times: usize,
    scan: Option<String>,
    #[serde(default)]
    save: BTreeMap<String, String>,
    expect: Option<Value>,
    writes: Option<bool>,
    events: Option<Vec<String>>,
    notices: Option<Vec<String>>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

fn once() -> usize {
    1
}

/// How the engine is set up; `restart` changes it.
#[derive(Clone)]
struct Setting {
    keys: Vec<String>,
    namespace: String,
    policy: Value,
}

impl Setting {
    fn engine(&self) -> Engine {
        let keys = self.keys.iter().map(|id| (id, Sha256::digest(format!("twinlock scenario key {id}")).into()));
        let policy = Policy::from_json(&self.policy.to_string()).unwrap();
        Engine::new("Acme", &KeyRing::new(keys).unwrap(), policy, &self.namespace).unwrap()
    }
}

type Told = Arc<Mutex<Vec<(String, bool)>>>;
type Make = fn(Engine, Arc<MemoryStorage>, VirtualClock, Told) -> Box<dyn Driver>;

pub(crate) struct Walk<'s> {
    story: &'s Story,
    clock: VirtualClock,
    storage: Arc<MemoryStorage>,
    setting: Setting,
    make: Make,
    driver: Box<dyn Driver>,
    told: Told,
    phones: BTreeMap<String, AuthenticatorAccount>,
    kept: BTreeMap<String, Value>,
}

impl<'s> Walk<'s> {
    pub(crate) fn blocking(story: &'s Story) -> Self {
        Self::new(story, |engine, storage, clock, told| {
            let tell =
                move |event: &twinlock::Event, durable| told.lock().unwrap().push((event.kind.to_string(), durable));
            Box::new(TwoFactor::new(engine, storage).with_clock(clock).with_events(tell))
        })
    }

    pub(crate) fn asynchronous(story: &'s Story) -> Self {
        Self::new(story, |engine, storage, clock, told| {
            let tell =
                move |event: &twinlock::Event, durable| told.lock().unwrap().push((event.kind.to_string(), durable));
            Box::new(AsyncTwoFactor::new(engine, storage).with_clock(clock).with_events(tell))
        })
    }

    fn new(story: &'s Story, make: Make) -> Self {
        let setting = Setting { keys: vec!["2026a".into()], namespace: String::new(), policy: story.policy.clone() };
        let (clock, storage, told) = (VirtualClock::new(story.clock), Arc::default(), Told::default());
        let driver = make(setting.engine(), Arc::clone(&storage), clock.clone(), told.clone());
        let phones =
            story.phones.iter().map(|(name, uri)| (name.clone(), AuthenticatorAccount::from_uri(uri).unwrap()));
        Self { story, clock, storage, setting, make, driver, told, phones: phones.collect(), kept: BTreeMap::new() }
    }

    pub(crate) fn run(mut self, file: &str) {
        for (index, step) in self.story.steps.iter().enumerate() {
            for _ in 0..step.times {
                self.clock.advance(step.wait);
                self.step(step, &format!("{file}, step {} ({})", index + 1, step.call));
            }
        }
    }

    fn step(&mut self, step: &Step, at: &str) {
        if step.call == "restart" {
            return self.restart(&step.args, at);
        }
        let arguments =
            Arguments(step.args.iter().map(|(name, value)| (name.clone(), self.resolve(value, at))).collect());
        let user = arguments.0.get("user_id").and_then(Value::as_str).unwrap_or("42").to_owned();
        let before = self.version(&user);
        self.told.lock().unwrap().clear();
        let result = self.driver.call(&step.call, &arguments);
        self.check_result(step, &result, at);
        if let Some(writes) = step.writes {
            assert_eq!(self.version(&user) != before, writes, "{at}: whether it writes");
        }
        self.check_told(&step.events, true, at);
        self.check_told(&step.notices, false, at);
        let value = result.unwrap_or(Value::Null);
        for (path, name) in &step.save {
            let kept = field(&value, path).clone();
            assert!(!kept.is_null(), "{at}: there is no {path} to keep");
            self.kept.insert(name.clone(), kept);
        }
        if let Some(phone) = &step.scan {
            let uri = field(&value, "uri").as_str().unwrap();
            self.phones.insert(phone.clone(), AuthenticatorAccount::from_uri(uri).unwrap());
        }
    }

    fn check_result(&self, step: &Step, result: &Result<Value, Error>, at: &str) {
        let expected = step.expect.as_ref().map(|expected| self.known(expected, at));
        let refused = expected.as_ref().and_then(|expected| expected.get("error")).is_some();
        match (result, expected) {
            (Ok(_), None) => {}
            (Ok(value), Some(expected)) if !refused => {
                if let Some(why) = mismatch(&expected, value, "result") {
                    panic!("{at}: this came of it: {why}");
                }
            }
            (Err(error), Some(expected)) if refused => {
                let problem = error.problem(twinlock::Operation::Other);
                let mut actual: Value = serde_json::from_str(&problem.to_json()).unwrap();
                actual["error"] = problem.code.into();
                if let Some(why) = mismatch(&expected, &actual, "error") {
                    panic!("{at}: this came of it: {why}");
                }
            }
            (Ok(value), Some(expected)) => panic!("{at}: expected {expected}, this came of it: {value}"),
            (Err(error), _) => panic!("{at}: this came of it: {error}"),
        }
    }

    fn check_told(&self, expected: &Option<Vec<String>>, durable: bool, at: &str) {
        let told = self.told.lock().unwrap();
        let told: Vec<&String> = told.iter().filter(|(_, other)| *other == durable).map(|(kind, _)| kind).collect();
        if let Some(expected) = expected {
            assert_eq!(told, expected.iter().collect::<Vec<_>>(), "{at}: what was told, durable: {durable}");
        }
    }

    fn version(&self, user: &str) -> Option<u64> {
        Storage::load(&self.storage, user).unwrap().map(|row| row.version)
    }

    fn restart(&mut self, args: &Map<String, Value>, at: &str) {
        for (name, value) in args {
            match name.as_str() {
                "keys" => self.setting.keys = serde_json::from_value(value.clone()).unwrap(),
                "namespace" => self.setting.namespace = value.as_str().unwrap().to_owned(),
                "policy" => self.setting.policy = value.clone(),
                other => panic!("{at}: restart has no {other}"),
            }
        }
        let engine = self.setting.engine();
        self.driver = (self.make)(engine, Arc::clone(&self.storage), self.clock.clone(), self.told.clone());
    }

    /// Kept values within what is expected.
    fn known(&self, value: &Value, at: &str) -> Value {
        match value {
            Value::String(text) if text.starts_with('$') => self.kept(&text[1..], at).clone(),
            Value::Array(items) => items.iter().map(|item| self.known(item, at)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.known(value, at))).collect::<Map<_, _>>().into()
            }
            _ => value.clone(),
        }
    }

    /// An argument: a kept value, a code, or itself.
    fn resolve(&self, value: &Value, at: &str) -> Value {
        match value {
            Value::String(text) if text.starts_with('$') => self.kept(&text[1..], at).clone(),
            Value::Array(items) => items.iter().map(|item| self.resolve(item, at)).collect(),
            Value::Object(source) => self.code(source, at).into(),
            _ => value.clone(),
        }
    }

    fn kept(&self, name: &str, at: &str) -> &Value {
        self.kept.get(name).unwrap_or_else(|| panic!("{at}: nothing is kept as {name}"))
    }

    fn code(&self, source: &Map<String, Value>, at: &str) -> String {
        let mut names: Vec<&str> = source.keys().map(String::as_str).collect();
        names.sort_unstable();
        match names[..] {
            ["phone", "step"] => {
                let name = source["phone"].as_str().unwrap();
                let phone = self.phones.get(name).unwrap_or_else(|| panic!("{at}: there is no phone {name}"));
                self.shown(phone, source["step"].as_i64().unwrap())
            }
            ["wrong"] => self.wrong(usize::try_from(source["wrong"].as_u64().unwrap()).unwrap()),
            ["backup", "index"] => {
                let set = self.kept(source["backup"].as_str().unwrap(), at);
                field(set, &source["index"].to_string()).as_str().unwrap().to_owned()
            }
            _ => panic!("{at}: no code source has {names:?}"),
        }
    }

    fn shown(&self, phone: &AuthenticatorAccount, step: i64) -> String {
        let offset = step * i64::from(phone.parameters().period);
        phone.code_at(self.clock.seconds().saturating_add_signed(offset)).to_string()
    }

    fn wrong(&self, digits: usize) -> String {
        let shown: Vec<String> =
            self.phones.values().flat_map(|phone| (-40..=40).map(|step| self.shown(phone, step))).collect();
        (0..1000).map(|number| format!("{number:0digits$}")).find(|code| !shown.contains(code)).unwrap()
    }
}

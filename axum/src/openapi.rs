//! The contract as an OpenAPI document of `utoipa`, to be joined with the application's own.
//!
//! `contract.json` is a copy of `contract/openapi.yaml` (the tests compare them): paths, bodies and refusals are said once, for all
//! languages. What an application's document must not catch from ours stays out of it: no server, no security for the whole
//! document, no component under a name of its own.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::openapi::{Info, OpenApi, Paths};

use crate::proof::ProofMode;
use crate::routes::TwoFactorRoutes;

const CONTRACT: &str = include_str!("contract.json");
/// Where the contract has the help desk's calls.
const ADMIN: &str = "/admin";
/// Before the names of schemas and answers: an application has a `Status` of its own.
const OURS: &str = "Twinlock";
/// What `OpenApi::merge` takes over; references to anything else are resolved.
const KEPT: [&str; 2] = ["schemas", "responses"];

impl TwoFactorRoutes {
    /// The calls of [`router`](Self::router) as OpenAPI 3.1, for the application's own document.
    ///
    /// ```
    /// use utoipa::OpenApi;
    /// # use twinlock::{AsyncTwoFactor, Engine, KeyRing, MemoryStorage, Policy};
    /// # use twinlock_axum::{Answer, Hooked, Hooks, ProofMode, TwoFactorRoutes, User, Verified};
    /// # struct Accounts;
    /// # impl Hooks for Accounts {
    /// #     async fn user(&self, _: &axum::http::request::Parts) -> Hooked<Option<User>> { Ok(None) }
    /// #     async fn on_verified(&self, _: &axum::http::request::Parts, _: &Verified) -> Hooked<Answer> { Ok(Answer::none()) }
    /// # }
    /// # let engine = Engine::new("Acme", &KeyRing::generate("2026a")?, Policy::default(), "")?;
    /// # let two_factor = AsyncTwoFactor::new(engine, MemoryStorage::new());
    /// # let routes = TwoFactorRoutes::builder(two_factor, Accounts, ProofMode::Bearer).build()?;
    ///
    /// #[derive(OpenApi)]
    /// #[openapi(info(title = "Acme", version = "1.0.0"))]
    /// struct Acme; // your own calls
    ///
    /// let document = Acme::openapi().nest("/2fa", routes.openapi()).nest("/2fa/admin", routes.admin_openapi());
    /// assert!(document.paths.paths.contains_key("/2fa/verify"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The security of each call names the schemes of this [`ProofMode`]: `applicationSession` or `applicationToken` stands for how
    /// your application knows who is signed in. `Header` has no `required` in utoipa 6; every header that is named is always sent.
    #[must_use]
    pub fn openapi(&self) -> OpenApi {
        document(self.0.proof.mode, false)
    }

    /// The calls of [`admin_router`](Self::admin_router); mount them apart, as the router.
    #[must_use]
    pub fn admin_openapi(&self) -> OpenApi {
        document(self.0.proof.mode, true)
    }
}

fn document(mode: ProofMode, admin: bool) -> OpenApi {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap_or_default();
    let paths = paths(&contract, mode, admin);
    let mut components = used(&contract, &paths);
    components.insert("securitySchemes".to_owned(), schemes(&contract, mode));
    let document = json!({
        "openapi": contract.get("openapi"), "info": contract.get("info"), "paths": paths, "components": components,
        "tags": tags(&contract, admin),
    });
    // The tests read every call back: there is no document that utoipa cannot hold.
    serde_json::from_value(document).unwrap_or_else(|_| OpenApi::new(Info::new(OURS, ""), Paths::new()))
}

fn members<'a>(node: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    node.get(name).and_then(Value::as_object).into_iter().flatten()
}

/// The paths of one router, with all that stands at their calls.
fn paths(contract: &Value, mode: ProofMode, admin: bool) -> Value {
    let mine = members(contract, "paths").filter_map(|(path, item)| match path.strip_prefix(ADMIN) {
        Some(below) => admin.then(|| (below.to_owned(), item)),
        None => (!admin).then(|| (path.clone(), item)),
    });
    let told = mine.map(|(path, item)| {
        let mut item = plain(contract, item);
        for (name, call) in item.as_object_mut().into_iter().flatten() {
            if let (true, Some(call)) = (name != "parameters", call.as_object_mut()) {
                adapt(contract, mode, call);
            }
        }
        (path, item)
    });
    Value::Object(told.collect())
}

/// One call under a name of ours, with the security of this mode.
fn adapt(contract: &Value, mode: ProofMode, call: &mut Map<String, Value>) {
    if let Some(Value::String(id)) = call.get_mut("operationId") {
        *id = format!("twinlock_{id}");
    }
    if let Some(Value::Array(tags)) = call.get_mut("tags") {
        for tag in tags {
            *tag = tag_name(tag);
        }
    }
    let security = call.get("security").or_else(|| contract.get("security")).and_then(Value::as_array);
    let fitting = security
        .into_iter()
        .flatten()
        .filter(|way| way.as_object().is_some_and(|schemes| schemes.keys().all(|name| is_of(mode, name))));
    let fitting: Vec<Value> = fitting.cloned().collect();
    call.insert("security".to_owned(), fitting.into());
}

fn is_of(mode: ProofMode, scheme: &str) -> bool {
    match mode {
        #[cfg(feature = "sessions")]
        ProofMode::Session => ["applicationSession", "deviceCookie"].contains(&scheme),
        ProofMode::Cookie => ["applicationSession", "assuranceCookie", "deviceCookie"].contains(&scheme),
        ProofMode::Bearer => ["applicationToken", "assuranceHeader", "deviceHeader"].contains(&scheme),
    }
}

fn schemes(contract: &Value, mode: ProofMode) -> Value {
    let all = contract.get("components").map(|components| members(components, "securitySchemes"));
    let fitting = all.into_iter().flatten().filter(|(name, _)| is_of(mode, name));
    Value::Object(fitting.map(|(name, scheme)| (name.clone(), scheme.clone())).collect())
}

fn tag_name(tag: &Value) -> Value {
    format!("two-factor {}", tag.as_str().unwrap_or_default()).into()
}

fn tags(contract: &Value, admin: bool) -> Value {
    let all = contract.get("tags").and_then(Value::as_array).into_iter().flatten();
    let mine = all.filter(|tag| (tag.get("name").and_then(Value::as_str) == Some("administration")) == admin);
    mine.map(|tag| json!({ "name": tag_name(&tag["name"]), "description": tag["description"] })).collect()
}

/// The components that are referred to, from the paths or from one another.
fn used(contract: &Value, paths: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    let mut open = BTreeSet::new();
    references(paths, &mut open);
    while let Some((kind, name)) = open.pop_first() {
        let section = found.entry(kind.clone()).or_insert_with(|| json!({}));
        let own = name.strip_prefix(OURS).unwrap_or(&name);
        let Some(component) = contract.pointer(&format!("/components/{kind}/{own}")) else { continue };
        if section.get(&name).is_none() {
            let component = plain(contract, component);
            references(&component, &mut open);
            section[name] = component;
        }
    }
    found
}

fn references(node: &Value, found: &mut BTreeSet<(String, String)>) {
    match node {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str).and_then(component);
            found.extend(target.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
            members.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

/// Kind and name of the component that is referred to.
fn component(reference: &str) -> Option<(&str, &str)> {
    reference.strip_prefix("#/components/")?.split_once('/')
}

/// The same in what utoipa's types hold: they know no `const`, want `required` at each parameter and `type` at each schema (what
/// narrows a `Problem` in an `allOf` is an object, its codes are texts), and keep no members beside `allOf`.
fn plain(contract: &Value, node: &Value) -> Value {
    let members = match node {
        Value::Array(items) => return items.iter().map(|item| plain(contract, item)).collect(),
        Value::Object(members) => members,
        other => return other.clone(),
    };
    if let Some((kind, name)) = members.get("$ref").and_then(Value::as_str).and_then(component) {
        return match contract.pointer(&format!("/components/{kind}/{name}")) {
            Some(target) if !KEPT.contains(&kind) => plain(contract, target),
            _ => json!({ "$ref": format!("#/components/{kind}/{OURS}{name}") }),
        };
    }
    let mut told: Map<_, _> = members.iter().map(|(name, value)| (name.clone(), plain(contract, value))).collect();
    if let Some(only) = told.remove("const") {
        told.insert("enum".to_owned(), json!([only]));
    }
    for (member, implied) in [("properties", "object"), ("enum", "string")] {
        if told.contains_key(member) && !told.contains_key("allOf") {
            told.entry("type").or_insert(implied.into());
        }
    }
    if ["in", "name", "schema"].iter().all(|name| told.contains_key(*name)) {
        told.entry("required").or_insert(false.into());
    }
    match told.remove("allOf") {
        Some(Value::Array(mut all)) => {
            told.insert("type".to_owned(), "object".into());
            all.push(Value::Object(told));
            json!({ "allOf": all })
        }
        _ => Value::Object(told),
    }
}

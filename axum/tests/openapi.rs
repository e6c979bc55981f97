//! What `TwoFactorRoutes` says of itself in OpenAPI is `contract/openapi.yaml`: read back, resolved, and compared call by call.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use serde_json::{Map, Value, json};
use twinlock::{AsyncTwoFactor, Engine, KeyRing, MemoryStorage, Policy};
use twinlock_axum::{Answer, Hooked, Hooks, ProofMode, TwoFactorRoutes, User, Verified};
use utoipa::OpenApi;

struct Nobody;

impl Hooks for Nobody {
    async fn user(&self, _: &Parts) -> Hooked<Option<User>> {
        Ok(None)
    }

    async fn on_verified(&self, _: &Parts, _: &Verified) -> Hooked<Answer> {
        Ok(Answer::none())
    }
}

fn routes(mode: ProofMode) -> TwoFactorRoutes {
    let engine = Engine::new("Acme", &KeyRing::generate("k1").unwrap(), Policy::default(), "").unwrap();
    TwoFactorRoutes::builder(AsyncTwoFactor::new(engine, MemoryStorage::new()), Nobody, mode).build().unwrap()
}

/// An application with a call and a schema of its own, of a name that the contract uses too.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
struct Status {
    up: bool,
}

#[utoipa::path(get, path = "/health", responses((status = 200, body = Status)))]
#[allow(dead_code)]
fn health() {}

#[derive(OpenApi)]
#[openapi(info(title = "Acme", version = "1.0.0"), paths(health))]
struct Acme;

fn served(mode: ProofMode) -> Value {
    let routes = routes(mode);
    let document = Acme::openapi().nest("/2fa", routes.openapi()).nest("/2fa/admin", routes.admin_openapi());
    serde_json::to_value(document).unwrap()
}

fn contract() -> Value {
    yaml_serde::from_str(include_str!("../../contract/openapi.yaml")).unwrap()
}

/// Without references, and in one spelling where two mean the same: `const` as `enum`, what stands beside or in `allOf` as one schema.
fn resolved(document: &Value, node: &Value) -> Value {
    let members = match node {
        Value::Array(items) => return items.iter().map(|item| resolved(document, item)).collect(),
        Value::Object(members) => members,
        other => return other.clone(),
    };
    if let Some(Value::String(reference)) = members.get("$ref") {
        let target = document.pointer(reference.trim_start_matches('#'));
        return resolved(document, target.unwrap_or_else(|| panic!("{reference} leads nowhere")));
    }
    let mut told: Map<_, _> = members.iter().map(|(name, value)| (name.clone(), resolved(document, value))).collect();
    if let Some(only) = told.remove("const") {
        told.insert("enum".to_owned(), json!([only]));
    }
    let parts = told.remove("allOf");
    let mut told = Value::Object(told);
    for part in parts.as_ref().and_then(Value::as_array).into_iter().flatten() {
        join(&mut told, part);
    }
    told
}

fn join(into: &mut Value, part: &Value) {
    match (into, part) {
        (Value::Object(into), Value::Object(part)) => {
            for (name, value) in part {
                join(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(part)) => {
            let new: Vec<_> = part.iter().filter(|value| !into.contains(value)).cloned().collect();
            into.extend(new);
            into.sort_by_key(ToString::to_string);
        }
        (into, part) if into.is_null() => *into = part.clone(),
        _ => {}
    }
}

const PARTS: [&str; 5] = ["summary", "description", "parameters", "requestBody", "responses"];

/// Every call below the prefix, as `GET /path`, resolved.
fn calls(document: &Value, prefix: &str) -> BTreeMap<String, Map<String, Value>> {
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix(prefix) else { continue };
        for (method, call) in item.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            let mut told: Map<_, _> = PARTS
                .iter()
                .filter_map(|part| Some(((*part).to_owned(), resolved(document, call.get(part)?))))
                .collect();
            let shared = item.get("parameters").map(|shared| resolved(document, shared));
            let own = told.remove("parameters");
            let parameters: Vec<_> =
                [shared, own].into_iter().flatten().flat_map(|list| list.as_array().unwrap().clone()).collect();
            told.insert("parameters".to_owned(), parameters.into());
            tidy(&mut told);
            found.insert(format!("{} {path}", method.to_uppercase()), told);
        }
    }
    found
}

/// What utoipa cannot say (a header's `required`) and what is the same unsaid (a parameter's `required: false`).
fn tidy(call: &mut Map<String, Value>) {
    for parameter in call["parameters"].as_array_mut().unwrap() {
        if parameter["required"] == false {
            parameter.as_object_mut().unwrap().remove("required");
        }
    }
    for answer in call["responses"].as_object_mut().unwrap().values_mut() {
        for header in answer.get_mut("headers").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
            header.as_object_mut().unwrap().remove("required");
        }
    }
}

/// One line for each place where the two differ.
fn differences(place: &str, declared: &Value, served: &Value, lines: &mut Vec<String>) {
    match (declared, served) {
        (Value::Object(one), Value::Object(other)) => {
            for name in one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))) {
                let at = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                differences(&format!("{place}/{name}"), &at(one), &at(other), lines);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differences(&format!("{place}/{index}"), one, other, lines);
            }
        }
        _ if declared != served => lines.push(format!("{place}: declared {declared}, served {served}")),
        _ => {}
    }
}

#[test]
fn the_served_calls_are_the_declared_ones_with_every_body_status_and_header() {
    let (declared, served) = (calls(&contract(), ""), calls(&served(ProofMode::Bearer), "/2fa"));
    assert_eq!(declared.keys().collect::<Vec<_>>(), served.keys().collect::<Vec<_>>());
    assert_eq!(declared.len(), 18);
    let mut lines = Vec::new();
    for (call, told) in &declared {
        differences(call, &told.clone().into(), &served[call].clone().into(), &mut lines);
    }
    assert!(lines.is_empty(), "differs from contract/openapi.yaml:\n{}", lines.join("\n"));
}

#[test]
fn a_difference_is_seen_and_said() {
    let mut document = served(ProofMode::Bearer);
    let status = "/components/schemas/TwinlockVerifyRequest/required/0";
    *document.pointer_mut(status).expect("a required member") = "challenge".into();
    let (declared, served) = (calls(&contract(), ""), calls(&document, "/2fa"));
    let mut lines = Vec::new();
    let call = "POST /verify";
    differences(call, &declared[call].clone().into(), &served[call].clone().into(), &mut lines);
    let place = "POST /verify/requestBody/content/application/json/schema/required/0";
    assert_eq!(lines, [format!("{place}: declared \"code\", served \"challenge\"")]);
}

#[test]
fn the_application_keeps_its_own_document() {
    let document = served(ProofMode::Cookie);
    assert_eq!(document["info"]["title"], "Acme");
    assert!(document.get("servers").is_none() && document.get("security").is_none());
    assert!(document["components"]["schemas"]["Status"]["properties"].get("up").is_some());
    assert!(document["components"]["schemas"]["TwinlockStatus"]["properties"].get("enabled").is_some());
    assert!(document["paths"]["/health"]["get"].get("security").is_none());
}

#[test]
fn each_router_is_told_apart_with_what_it_refers_to_and_no_more() {
    let routes = routes(ProofMode::Bearer);
    let main = serde_json::to_value(routes.openapi()).unwrap();
    let admin = serde_json::to_value(routes.admin_openapi()).unwrap();
    assert_eq!(calls(&main, "").len(), 14);
    assert_eq!(calls(&admin, "").keys().next().unwrap(), "GET /stats");
    assert!(main["components"]["schemas"].get("TwinlockStats").is_none());
    assert!(admin["components"]["schemas"].get("TwinlockVerifyRequest").is_none());
    assert_eq!(
        admin["tags"],
        json!([{ "name": "two-factor administration", "description": contract()["tags"][3]["description"] }])
    );
}

#[test]
fn security_is_that_of_the_place_where_proofs_live() {
    let of = |mode| {
        let document = served(mode);
        let call = |path: &str, method: &str| document["paths"][path][method]["security"].clone();
        let schemes =
            document["components"]["securitySchemes"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        (call("/2fa/status", "get"), call("/2fa/verify", "post"), schemes)
    };
    let (status, verify, schemes) = of(ProofMode::Bearer);
    assert_eq!(status, json!([{ "applicationToken": [], "assuranceHeader": [] }, { "applicationToken": [] }]));
    assert_eq!(verify, json!([{}, { "deviceHeader": [] }]));
    assert_eq!(schemes, ["applicationToken", "assuranceHeader", "deviceHeader"]);

    let (status, verify, schemes) = of(ProofMode::Cookie);
    assert_eq!(status, json!([{ "applicationSession": [] }, { "applicationSession": [], "assuranceCookie": [] }]));
    assert_eq!(verify, json!([{}, { "deviceCookie": [] }]));
    assert_eq!(schemes, ["applicationSession", "assuranceCookie", "deviceCookie"]);

    let (status, _, schemes) = of(ProofMode::Session);
    assert_eq!(status, json!([{ "applicationSession": [] }]));
    assert_eq!(schemes, ["applicationSession", "deviceCookie"]);
}

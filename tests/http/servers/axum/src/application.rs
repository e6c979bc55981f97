//! One of the applications: the contract, what any application has, and what only a test may have.

use std::error::Error;

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower_sessions::{MemoryStore, SessionManagerLayer};
use twinlock::testing::VirtualClock;
use twinlock::{AsyncTwoFactor, Engine, KeyRing, Policy};
use twinlock_axum::{Login, ProofMode, TwoFactorRoutes, User};

use crate::host::{Host, account, responded, session_of};
use crate::logs::Lines;
use crate::storage::FaultyStorage;

#[derive(Clone)]
struct App {
    host: Host,
    routes: TwoFactorRoutes,
    storage: FaultyStorage,
    clock: VirtualClock,
    lines: Lines,
}

impl FromRef<App> for TwoFactorRoutes {
    fn from_ref(app: &App) -> Self {
        app.routes.clone()
    }
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
    code: Option<String>,
    #[serde(default)]
    next_codes: Vec<String>,
    #[serde(default)]
    trust_device: bool,
    carry: Option<String>,
    #[serde(default)]
    one_call: bool,
}

pub(crate) fn application(name: &'static str, lines: Lines) -> Result<Router, Box<dyn Error>> {
    let (host, storage, clock) = (Host::new(name), FaultyStorage::default(), VirtualClock::new(1_700_000_000));
    let engine = Engine::new("Acme", &KeyRing::generate("k1")?, Policy::default(), "")?;
    let two_factor = AsyncTwoFactor::new(engine, storage.clone()).with_clock(clock.clone());
    let mut builder = TwoFactorRoutes::builder(two_factor, host.clone(), host.mode)
        .allowed_origins(["https://app.example"])
        .setup_url("/settings/two-factor");
    if name == "claim" {
        let tokens = host.clone();
        builder = builder.assurance(move |request| tokens.ticket(request)?.tfa);
    }
    let routes = builder.build()?;
    let mode = host.mode;
    let app = App { host, routes: routes.clone(), storage, clock, lines };
    let router = Router::new()
        .nest("/2fa", routes.router())
        .nest("/2fa/admin", routes.admin_router())
        .merge(guarded(&routes))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .merge(test_calls())
        .with_state(app);
    if mode == ProofMode::Session {
        return Ok(router.layer(SessionManagerLayer::new(MemoryStore::default()).with_secure(false).with_name("id")));
    }
    Ok(router)
}

fn guarded(routes: &TwoFactorRoutes) -> Router<App> {
    let who = || get(|Extension(user): Extension<User>| async move { Json(json!({ "id": user.id })) });
    Router::new()
        .route("/guarded", who().route_layer(routes.require(None)))
        .route("/guarded/fresh", who().route_layer(routes.require(Some(300))))
        .route("/guarded/optional", who().route_layer(routes.require_if_enabled(None)))
}

async fn login(State(app): State<App>, parts: Parts, Json(body): Json<Credentials>) -> Response {
    if body.password != format!("password of {}", body.username) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "detail": "wrong password" }))).into_response();
    }
    let Credentials { username, code, next_codes, trust_device, carry, one_call, .. } = body;
    let form = Login { code, next_codes, trust_device, carry, one_call };
    app.routes.login(&parts, Some(account(&username)), &form).await
}

async fn logout(State(app): State<App>, parts: Parts) -> Result<Response, Response> {
    let forgotten = app.routes.forget(&parts).await.map_err(|response| *response)?;
    app.host.sign_out(&parts).await.map_err(IntoResponse::into_response)?;
    let mut response = Json(json!({})).into_response();
    response.headers_mut().extend(forgotten);
    if app.host.mode == ProofMode::Cookie {
        response.headers_mut().append(SET_COOKIE, axum::http::HeaderValue::from_static("host=; Path=/; Max-Age=0"));
    }
    Ok(response)
}

fn test_calls() -> Router<App> {
    Router::new()
        .route("/test/sign-in", post(sign_in))
        .route("/test/clock", get(clock).post(advance))
        .route("/test/session", get(session).post(put_session))
        .route("/test/storage", post(order))
        .route("/test/logs", get(|State(app): State<App>| async move { Json(json!({ "lines": app.lines.all() })) }))
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

async fn sign_in(State(app): State<App>, parts: Parts, Json(body): Json<Named>) -> Response {
    responded(app.host.sign_in(&parts, &body.id, Map::new(), None).await)
}

async fn clock(State(app): State<App>) -> Json<Value> {
    Json(json!({ "now": app.clock.seconds() }))
}

#[derive(Deserialize)]
struct Advance {
    advance: i64,
}

async fn advance(State(app): State<App>, Json(body): Json<Advance>) -> Json<Value> {
    app.clock.advance(body.advance);
    clock(State(app)).await
}

async fn session(parts: Parts) -> Result<Json<Value>, Response> {
    let session = session_of(&parts).map_err(IntoResponse::into_response)?;
    let id = session.id().map(|id| id.to_string());
    let mut data = Map::new();
    for name in ["user", "cart", "next", "remember", "twinlock_challenge", "twinlock_pending", "twinlock_assurance"] {
        if let Ok(Some(value)) = session.get_value(name).await {
            data.insert(name.to_owned(), value);
        }
    }
    Ok(Json(json!({ "id": id, "data": data })))
}

async fn put_session(parts: Parts, Json(members): Json<Map<String, Value>>) -> Result<Json<Value>, Response> {
    let session = session_of(&parts).map_err(IntoResponse::into_response)?;
    for (name, value) in members {
        if let Err(error) = session.insert_value(&name, value).await {
            return Err((StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response());
        }
    }
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct Order {
    fault: Option<String>,
}

async fn order(State(app): State<App>, Json(body): Json<Order>) -> Json<Value> {
    app.storage.order(body.fault);
    Json(json!({}))
}

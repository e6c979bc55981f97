//! The pages that all examples share: plain HTML around a few small scripts, and Twinlock's custom elements.

use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use include_dir::{Dir, include_dir};
use minijinja::{Environment, context};
use twinlock::Code;
use utoipa::OpenApi;

use crate::App;
use crate::problems::{Problem, fault};
use crate::two_factor::BASE;
use crate::{api, tutorial};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../pages");
/// Path, template and title of each page.
const PAGES: [(&str, &str, &str); 4] = [
    ("/", "home", "A second lock on the door"),
    ("/register", "register", "Create an account"),
    ("/login", "login", "Sign in"),
    ("/account", "account", "Your account"),
];
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The application's own calls; Twinlock's join them.
#[derive(OpenApi)]
#[openapi(
    info(title = "Twinlock with axum", version = "1.0.0"),
    paths(
        api::register,
        api::login,
        api::refresh,
        api::logout,
        api::me,
        api::password,
        api::close,
        tutorial::generate,
        tutorial::verify,
        tutorial::validate,
        tutorial::disable
    )
)]
struct OwnCalls;

/// The shared templates; what they show is escaped, for their names end in `.html`.
pub(crate) fn templates() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    for file in FILES.get_dir("templates").into_iter().flat_map(Dir::files) {
        if let (Some(name), Some(text)) = (file.path().file_name().and_then(|name| name.to_str()), file.contents_utf8())
        {
            environment.add_template(name, text)?;
        }
    }
    Ok(environment)
}

/// Serves the pages and their files; the pretend phone in development only.
pub(crate) fn routes(app: &App) -> Router<App> {
    let mut router = Router::new()
        .route("/static/{file}", get(|Path(file): Path<String>| async move { shared("static", &file) }))
        .route("/favicon.ico", get(|| async { Redirect::permanent("/static/icon.svg") }))
        .route("/openapi.json", get(openapi));
    if app.settings.dev_phone {
        router = router.route("/dev/{file}", get(|Path(file): Path<String>| async move { shared("dev", &file) }));
    }
    for (path, name, title) in PAGES {
        router = router.route(path, get(move |State(app): State<App>, parts: Parts| page(app, parts, name, title)));
    }
    router
}

async fn page(app: App, request: Parts, name: &'static str, title: &'static str) -> Result<Html<String>, Problem> {
    let session = app.doorkeeper.user(&request).await?.is_some();
    let about = context! {
        page => name, title, session, base => BASE, dev_phone => app.settings.dev_phone,
        csrf_cookie => app.settings.cookie_name("csrf"), remember => false, docs => false,
    };
    let template = app.templates.get_template(&format!("{name}.html")).map_err(fault)?;
    Ok(Html(template.render(about).map_err(fault)?))
}

/// What the whole application serves, Twinlock's calls among it.
async fn openapi(State(app): State<App>) -> Json<utoipa::openapi::OpenApi> {
    Json(OwnCalls::openapi().nest(BASE, app.routes.openapi()))
}

fn shared(folder: &str, name: &str) -> Result<Response, Problem> {
    let file = FILES.get_file(format!("{folder}/{name}")).ok_or(Problem::Twinlock(Code::NotFound))?;
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return Err(Problem::Twinlock(Code::NotFound)),
    };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], file.contents()).into_response())
}

/// What a browser may do with our answers. Where nothing else is said they are kept nowhere.
pub(crate) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "same-origin");
    if app.settings.https() {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// One line for each request: no query, no header, no body.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    tracing::info!(%method, path, status = response.status().as_u16(), "request");
    response
}

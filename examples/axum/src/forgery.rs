//! Two walls against forged requests: what a browser says of where a request comes from, and a token of the session that only our own
//! pages can read.

use axum::extract::{Request, State};
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;
use twinlock::Code;

use crate::App;
use crate::problems::Problem;
use crate::sessions;

/// Refuses what another site made a browser send.
pub(crate) async fn refuse(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if !parts.method.is_safe()
        && let Err(problem) = check(&app, &parts).await
    {
        return problem.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

async fn check(app: &App, request: &Parts) -> Result<(), Problem> {
    if !is_from_here(request, &app.settings.origin) {
        return Err(Problem::Twinlock(Code::OriginRefused));
    }
    let Some(signed_in) = sessions::kept(request).await? else { return Ok(()) };
    let given = request.headers.get("x-csrf-token").map_or(&b""[..], |token| token.as_bytes());
    let right = bool::from(given.ct_eq(signed_in.csrf.as_bytes()));
    if right { Ok(()) } else { Err(Problem::CsrfRefused) }
}

/// Clients that are not browsers say nothing of an origin and pass.
fn is_from_here(request: &Parts, ours: &str) -> bool {
    let headers = &request.headers;
    match (headers.get("sec-fetch-site"), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => origin == ours,
        (None, None) => true,
    }
}

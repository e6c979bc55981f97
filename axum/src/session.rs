//! Server-side sessions, by `tower-sessions`.

use axum::http::StatusCode;
use axum::http::request::Parts;
use tower_sessions::Session;

use crate::hooks::Stop;
use crate::problems::Refused;

/// The session that the layer put into the request.
fn of(request: &Parts) -> Result<&Session, Refused> {
    request.extensions.get::<Session>().ok_or_else(|| {
        tracing::error!("proofs are to live in the session, but no SessionManagerLayer of tower-sessions is there");
        Stop::with(StatusCode::INTERNAL_SERVER_ERROR).into()
    })
}

fn failed(error: &tower_sessions::session::Error) -> Refused {
    tracing::error!(%error, "the session store failed");
    Stop::with(StatusCode::SERVICE_UNAVAILABLE).into()
}

pub(crate) async fn read(request: &Parts, key: &str) -> Result<Option<String>, Refused> {
    // A value that is no text is none of ours.
    let value = of(request)?.get_value(key).await.map_err(|error| failed(&error))?;
    Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
}

/// Sets or drops the key; an untouched session stays untouched.
pub(crate) async fn write(request: &Parts, key: &str, token: Option<&str>) -> Result<(), Refused> {
    let session = of(request)?;
    let written = match token {
        Some(token) => session.insert(key, token).await,
        None => match session.get_value(key).await {
            Ok(Some(_)) => session.remove_value(key).await.map(|_| ()),
            other => other.map(|_| ()),
        },
    };
    written.map_err(|error| failed(&error))
}

/// A new id for the session, so that an id planted before the sign-in is worth nothing.
pub(crate) async fn rotate(request: &Parts) -> Result<(), Refused> {
    of(request)?.cycle_id().await.map_err(|error| failed(&error))
}

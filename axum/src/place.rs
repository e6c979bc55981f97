//! The places a token can live in: session, cookie, header, the application's own token. Never a URL.

use std::sync::Arc;

use axum::http::request::Parts;

use crate::problems::Refused;
use crate::reply::Reply;
use crate::request::{cookies, header, is_plain_loopback};

/// Reads a token that the application keeps itself.
pub(crate) type Reader = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

/// Holds one token for one client.
pub(crate) enum Place {
    /// The server keeps nothing.
    Nowhere,
    /// The client keeps the token: it reads it from a body's member and sends it as a header.
    Header {
        /// The header.
        name: &'static str,
        /// The member.
        member: &'static str,
    },
    /// The application keeps the token.
    Held(Reader),
    /// A key of the server-side session.
    #[cfg(feature = "sessions")]
    Session(&'static str),
    /// An HttpOnly cookie of this very host: `__Host-`, Secure, SameSite=Lax; relaxed on plain-http loopback only.
    Cookie {
        /// Without its prefix.
        name: &'static str,
        /// Seconds; none: until the browser is closed.
        max_age: Option<u32>,
    },
}

impl Place {
    /// The token that this request comes with.
    pub(crate) async fn read(&self, request: &Parts) -> Result<Option<String>, Refused> {
        Ok(match self {
            Self::Nowhere => None,
            Self::Header { name, .. } => header(request, name).map(str::to_owned),
            Self::Held(reader) => reader(request),
            #[cfg(feature = "sessions")]
            Self::Session(key) => crate::session::read(request, key).await?,
            Self::Cookie { name, .. } => {
                let known = known(request, name).into_iter();
                known.flat_map(|(name, _)| cookies(request, &name)).find(|value| !value.is_empty())
            }
        })
    }

    /// Keeps the token for the next request; none drops it.
    pub(crate) async fn write(&self, request: &Parts, reply: &mut Reply, token: Option<&str>) -> Result<(), Refused> {
        match self {
            Self::Nowhere | Self::Header { .. } | Self::Held(_) => Ok(()),
            #[cfg(feature = "sessions")]
            Self::Session(key) => crate::session::write(request, key, token).await,
            Self::Cookie { name, max_age } => {
                write_cookie(request, reply, name, *max_age, token);
                Ok(())
            }
        }
    }
}

fn write_cookie(request: &Parts, reply: &mut Reply, name: &str, max_age: Option<u32>, token: Option<&str>) {
    let Some(token) = token else {
        for (name, secure) in known(request, name) {
            if !cookies(request, &name).is_empty() {
                reply.set_cookie(cookie(&name, secure, "", Some(0)));
            }
        }
        return;
    };
    let relaxed = is_plain_loopback(request);
    let name = if relaxed { name.to_owned() } else { format!("__Host-{name}") };
    reply.set_cookie(cookie(&name, !relaxed, token, max_age));
}

/// The names under which the browser may have it, and whether each is Secure; a relaxed one counts on loopback only.
fn known(request: &Parts, name: &str) -> Vec<(String, bool)> {
    let mut names = vec![(format!("__Host-{name}"), true)];
    if is_plain_loopback(request) {
        names.push((name.to_owned(), false));
    }
    names
}

fn cookie(name: &str, secure: bool, value: &str, max_age: Option<u32>) -> String {
    let built = cookie::Cookie::build((name.to_owned(), value.to_owned()))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(cookie::SameSite::Lax);
    let built = match max_age {
        Some(seconds) => built.max_age(cookie::time::Duration::seconds(seconds.into())),
        None => built,
    };
    built.build().to_string()
}

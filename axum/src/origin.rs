//! Requests that another site made a browser send (CSRF) are refused before anything is read.
//!
//! Browsers say where a request comes from: `Sec-Fetch-Site`, or `Origin` where they are too old for that. Neither can be set by a
//! page. A client that sends neither is no browser and holds no cookies it was tricked into using.

use axum::http::Method;
use axum::http::header::{AUTHORIZATION, COOKIE, ORIGIN};
use axum::http::request::Parts;
use twinlock::Code;
use url::Url;

use crate::problems::{Refused, refused};
use crate::request::{header, host, scheme};

/// Which sites may send requests that change something.
pub(crate) struct OriginCheck {
    allowed: Vec<String>,
    only_with_cookies: bool,
}

impl OriginCheck {
    /// `None`: one of them is no origin.
    pub(crate) fn new(allowed: &[String], only_with_cookies: bool) -> Option<Self> {
        let allowed = allowed.iter().map(|origin| normal(origin)).collect::<Option<Vec<_>>>()?;
        Some(Self { allowed, only_with_cookies })
    }

    pub(crate) fn check(&self, request: &Parts) -> Result<(), Refused> {
        let safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method);
        if safe || !self.applies(request) || from_here(request) || self.is_allowed(request) {
            return Ok(());
        }
        Err(refused(Code::OriginRefused))
    }

    /// A bearer host is only open to CSRF where it reads its token from a cookie: another site cannot send `Authorization` without a
    /// CORS preflight, which the application grants or not.
    fn applies(&self, request: &Parts) -> bool {
        let headers = &request.headers;
        !self.only_with_cookies || (headers.contains_key(COOKIE) && !headers.contains_key(AUTHORIZATION))
    }

    fn is_allowed(&self, request: &Parts) -> bool {
        let origin = header(request, ORIGIN.as_str()).and_then(normal);
        origin.is_some_and(|origin| self.allowed.contains(&origin))
    }
}

fn from_here(request: &Parts) -> bool {
    if request.headers.contains_key("sec-fetch-site") {
        return matches!(header(request, "sec-fetch-site"), Some("same-origin" | "none"));
    }
    if !request.headers.contains_key(ORIGIN) {
        return true;
    }
    let host = host(request);
    // Behind a proxy that ends TLS we see http while the browser says https; the other way round is an attack.
    let here = [format!("{}://{host}", scheme(request)), format!("https://{host}")];
    let origin = header(request, ORIGIN.as_str()).and_then(normal);
    origin.is_some_and(|origin| here.iter().any(|here| normal(here).as_ref() == Some(&origin)))
}

/// Scheme, host and explicit port in lower case; none for what is no origin, which then equals nothing.
fn normal(origin: &str) -> Option<String> {
    let url = Url::parse(origin.trim()).ok()?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    let port = url.port_or_known_default()?;
    (bare && anonymous).then(|| format!("{}://{}:{port}", url.scheme(), url.host_str().unwrap_or_default()))
}

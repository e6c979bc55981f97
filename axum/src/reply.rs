//! An answer on its way out: a status, a JSON object or nothing, headers, cookies.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Map, Value};

use crate::hooks::Answer;

/// Nothing that Twinlock answers may be kept in a cache.
pub(crate) const NO_STORE: [(HeaderName, HeaderValue); 2] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

pub(crate) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    media_type: HeaderValue,
    body: Option<Map<String, Value>>,
    cookies: Vec<String>,
    /// The application's own response, which the body joins.
    own: Option<Box<Response>>,
    must_arrive: bool,
}

impl Reply {
    fn new(status: StatusCode, body: Option<Map<String, Value>>) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            media_type: JSON,
            body,
            cookies: Vec::new(),
            own: None,
            must_arrive: false,
        }
    }

    /// Nothing to tell.
    pub(crate) fn done() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// A JSON object.
    pub(crate) fn json(body: Map<String, Value>) -> Self {
        Self::new(StatusCode::OK, Some(body))
    }

    /// The JSON object in a text of the core's.
    pub(crate) fn text(body: &str) -> Self {
        Self::json(members(body))
    }

    pub(crate) fn created(mut self) -> Self {
        self.status = StatusCode::CREATED;
        self
    }

    pub(crate) fn problem(status: StatusCode, headers: HeaderMap, body: Map<String, Value>) -> Self {
        Self { headers, media_type: PROBLEM, ..Self::new(status, Some(body)) }
    }

    /// A response of the application's, as it is.
    pub(crate) fn whole(response: Response) -> Self {
        Self { own: Some(Box::new(response)), ..Self::new(StatusCode::OK, None) }
    }

    /// The application's answer with the contract's members in it.
    ///
    /// A JSON object keeps its status, headers and cookies. Any other response goes out as it is, unless our members must arrive
    /// (backup codes are shown once): then only its headers are kept.
    pub(crate) fn joined(answer: Answer, members: Map<String, Value>, must_arrive: bool) -> Self {
        match answer {
            Answer::Members(mut own) => {
                own.extend(members);
                Self::json(own)
            }
            Answer::Response(own) => Self { own: Some(own), must_arrive, ..Self::json(members) },
        }
    }

    pub(crate) fn set_cookie(&mut self, cookie: String) {
        self.cookies.push(cookie);
    }

    /// The response. What the application answered is read only when there is something to join.
    pub(crate) async fn into_response(mut self) -> Response {
        let own = match (self.own.take(), &self.body) {
            (Some(own), Some(_)) => own,
            (Some(own), None) => return self.finish(*own),
            (None, _) => return self.into_plain_response(),
        };
        let (mut head, body) = own.into_parts();
        if !is_json(&head.headers) && !self.must_arrive {
            return self.finish(Response::from_parts(head, body));
        }
        let content = body.collect().await.map(|all| all.to_bytes()).unwrap_or_default();
        let found = serde_json::from_slice::<Map<String, Value>>(&content).ok();
        let mut members = self.body.take().unwrap_or_default();
        if found.is_none() && !self.must_arrive {
            return self.finish(Response::from_parts(head, Body::from(content)));
        }
        if let Some(mut found) = found {
            found.append(&mut members);
            members = found;
        }
        head.headers.remove(CONTENT_LENGTH);
        head.headers.insert(CONTENT_TYPE, JSON);
        let response = Response::from_parts(head, Body::from(Value::Object(members).to_string()));
        self.finish(response)
    }

    /// The response of a reply that joins nothing.
    pub(crate) fn into_plain_response(mut self) -> Response {
        let mut response = match self.own.take() {
            Some(own) => *own,
            None => {
                let body = self.body.take();
                let mut response = Response::new(body.as_ref().map_or_else(Body::empty, |members| {
                    Body::from(serde_json::to_string(members).unwrap_or_default())
                }));
                *response.status_mut() = self.status;
                if body.is_some() {
                    response.headers_mut().insert(CONTENT_TYPE, self.media_type.clone());
                }
                response
            }
        };
        response.headers_mut().extend(std::mem::take(&mut self.headers));
        self.finish(response)
    }

    fn finish(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        for cookie in &self.cookies {
            if let Ok(cookie) = HeaderValue::from_str(cookie) {
                headers.append(SET_COOKIE, cookie);
            }
        }
        response
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// The members of a JSON object that the core wrote.
pub(crate) fn members(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_default()
}

//! The built custom elements: `web/twinlock.js`, `web/twinlock.css`, and a catalogue for each language.
//!
//! They hold nothing of any user, so browsers may keep them, and ask each time whether they changed.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use sha2::{Digest, Sha256};

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page at that path below `web/`.
pub(crate) fn page(request: &Parts, name: &str) -> Option<Response> {
    let (_, content) = *PAGES.iter().find(|(known, _)| *known == name)?;
    let kind = if name.ends_with(".css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
    let tag = format!("\"{}\"", hex(&Sha256::digest(content)));
    let asked = request.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = asked.is_some_and(|asked| asked.contains(&tag));
    let mut response = Response::new(if unchanged { Body::empty() } else { Body::from(content) });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    Some(response)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn asked(name: &str, known: Option<&HeaderValue>) -> Option<Response> {
        let mut request = Request::new(()).into_parts().0;
        request.headers.extend(known.map(|tag| (IF_NONE_MATCH, tag.clone())));
        page(&request, name)
    }

    #[test]
    fn every_built_file_is_served_in_its_kind_and_once() {
        for (name, _) in PAGES {
            let first = asked(name, None).unwrap();
            let kind = if name.ends_with("css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
            assert_eq!(first.headers()[CONTENT_TYPE], kind, "{name}");
            assert_eq!(asked(name, Some(&first.headers()[ETAG])).unwrap().status(), StatusCode::NOT_MODIFIED, "{name}");
        }
        assert!(asked("twinlock.js.map", None).is_none() && asked("../Cargo.toml", None).is_none());
    }
}

//! What the contract reads of a request.

use std::net::IpAddr;

use axum::http::header::{COOKIE, FORWARDED, HOST, ORIGIN, USER_AGENT, VIA};
use axum::http::request::Parts;
use axum::http::uri::Scheme;

use crate::dyn_hooks::DynHooks;

const CONTEXT: usize = 256;

/// A header's text; none where it is missing or no text.
pub(crate) fn header<'a>(request: &'a Parts, name: &str) -> Option<&'a str> {
    request.headers.get(name).and_then(|value| value.to_str().ok())
}

/// Every cookie of that name, as sent.
pub(crate) fn cookies(request: &Parts, name: &str) -> Vec<String> {
    let pairs = request.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|line| cookie::Cookie::split_parse_encoded(line.to_owned()).flatten())
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
        .collect()
}

/// The host that was asked for, with its port.
pub(crate) fn host(request: &Parts) -> &str {
    header(request, HOST.as_str()).or_else(|| request.uri.authority().map(|authority| authority.as_str())).unwrap_or("")
}

/// `http` or `https`, as this server sees it.
pub(crate) fn scheme(request: &Parts) -> &str {
    if request.uri.scheme() == Some(&Scheme::HTTPS) { "https" } else { "http" }
}

/// Development on one's own machine: `http` and a loopback host, where `Secure` cookies would be dropped.
///
/// A proxy may name a loopback host too, so what was forwarded never counts, nor what a page of our own on https sent.
pub(crate) fn is_plain_loopback(request: &Parts) -> bool {
    let forwarded = [FORWARDED.as_str(), "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", VIA.as_str()];
    if scheme(request) != "http" || forwarded.iter().any(|name| request.headers.contains_key(*name)) {
        return false;
    }
    let ours = header(request, "sec-fetch-site") == Some("same-origin");
    if ours && header(request, ORIGIN.as_str()).is_some_and(|origin| origin.starts_with("https:")) {
        return false;
    }
    let host = host(request).to_ascii_lowercase();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host.as_str(),
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || name.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// For example `Firefox on Linux (203.0.113.7)`: the browser first, because device labels show the beginning only.
pub(crate) fn context(request: &Parts, hooks: &dyn DynHooks) -> String {
    let agent = request.headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
    let place = hooks.client_ip(request).map(|address| printable(&format!(" ({address})"))).unwrap_or_default();
    let mut text = describe(&agent.unwrap_or_default());
    truncate(&mut text, CONTEXT.saturating_sub(place.len() + 1));
    text.push_str(if place.is_empty() { "" } else { " " });
    text.push_str(place.trim_start());
    truncate(&mut text, CONTEXT);
    text
}

/// At most so many bytes, cut between characters.
pub(crate) fn truncate(text: &mut String, bytes: usize) {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.truncate(end);
}

// The first that occurs wins: every browser names its forebears as well.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// Browser and system of a `User-Agent`; the text itself when it is none we know.
fn describe(agent: &str) -> String {
    let found =
        |marks: &[(&str, &'static str)]| marks.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (found(&BROWSERS), found(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        _ => Some(printable(agent)).filter(|text| !text.is_empty()).unwrap_or_else(|| "unknown client".to_owned()),
    }
}

fn printable(text: &str) -> String {
    let shown: String = text.chars().map(|c| if c.is_control() || c == '\u{fffd}' { ' ' } else { c }).collect();
    shown.trim().to_owned()
}

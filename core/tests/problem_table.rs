//! The one table (error, operation) → HTTP status and problem (DESIGN §6), row by row.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

use twinlock::{Code, Error, Operation};

const OPERATIONS: [Operation; 6] =
    [Operation::Verify, Operation::StepUp, Operation::Confirm, Operation::Guard, Operation::Login, Operation::Other];

/// DESIGN §6, the last table, but for the codes whose status depends on where they arise.
const STATUSES: [(u16, &[&str]); 9] = [
    (
        400,
        &[
            "malformed_code",
            "malformed_request",
            "code_required",
            "password_required",
            "wrong_password",
            "invalid_secret",
        ],
    ),
    (401, &["not_signed_in", "assurance_required"]),
    (403, &["origin_refused", "not_administrator", "required_by_policy"]),
    (404, &["not_found"]),
    (409, &["already_enrolled", "too_many_authenticators", "last_authenticator"]),
    (410, &["challenge_expired", "setup_expired"]),
    (429, &["throttled"]),
    (500, &["record_tampered", "unknown_key", "internal_error", "configuration_error"]),
    (503, &["contention", "storage_error", "storage_timeout"]),
];

/// Status at `verify`, `step_up`, `confirm`, `guard`, `login` and elsewhere.
const BY_OPERATION: [(&str, [u16; 6]); 5] = [
    ("invalid_code", [401, 400, 400, 400, 401, 400]),
    ("more_codes_required", [401, 400, 400, 400, 401, 400]),
    ("not_enabled", [409, 409, 409, 403, 409, 409]),
    ("too_large", [413; 6]),
    ("not_json", [415; 6]),
];

#[test]
fn every_code_has_its_status_at_every_place() {
    let mut rows: Vec<(&str, [u16; 6])> = BY_OPERATION.to_vec();
    rows.extend(STATUSES.iter().flat_map(|(status, codes)| codes.iter().map(|code| (*code, [*status; 6]))));
    assert_eq!(rows.len(), Code::ALL.len(), "every code stands in the table once");
    for (code, statuses) in rows {
        let code = Code::parse(code).unwrap_or_else(|| panic!("there is no {code}"));
        for (operation, status) in OPERATIONS.into_iter().zip(statuses) {
            assert_eq!(code.status(operation), status, "{code} at {operation:?}");
            let problem = code.problem(operation);
            assert_eq!((problem.status, problem.code), (status, code.as_str()));
        }
    }
}

#[test]
fn codes_are_stable_words_each_once() {
    let mut texts: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert!(texts.iter().all(|text| text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())));
    let count = texts.len();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), count);
    for text in texts {
        assert_eq!(Code::parse(text).map(Code::as_str), Some(text));
    }
}

#[test]
fn a_problem_is_rfc_9457_with_its_code_and_what_the_client_needs() {
    let problem = |error: Error| -> serde_json::Value {
        serde_json::from_str(&error.problem(Operation::Verify).to_json()).unwrap()
    };
    let throttled = problem(Error::Throttled { retry_after: 15 });
    assert_eq!(throttled["type"], "urn:twinlock:problem:throttled");
    assert_eq!((throttled["status"].as_u64(), throttled["retry_after"].as_u64()), (Some(429), Some(15)));
    assert!(throttled.get("count").is_none());
    let more = problem(Error::MoreCodesRequired { count: 3 });
    assert_eq!((more["status"].as_u64(), more["count"].as_u64()), (Some(401), Some(3)));
    assert!(more.get("retry_after").is_none());
    for fault in [Error::Contention, Error::StorageTimeout, Error::Storage("x".into())] {
        assert_eq!(problem(fault)["retry_after"].as_u64(), Some(1));
    }
}

#[test]
fn a_problem_tells_strangers_no_details_of_faults() {
    for error in [
        Error::Storage("disk /dev/sda1 failed".into()),
        Error::Internal("index 7 out of range".to_owned()),
        Error::Configuration("TWINLOCK_KEYS is wrong".to_owned()),
        Error::MalformedRequest("the user id must be 1 to 255 bytes".to_owned()),
        Error::InvalidSecret("the secret is not base32".to_owned()),
    ] {
        let text = error.problem(Operation::Other).to_json();
        let message = error.to_string();
        assert!(!text.contains(&message), "{text}");
        assert!(!text.contains("sda1") && !text.contains("TWINLOCK") && !text.contains("index 7"), "{text}");
    }
}

#[test]
fn messages_follow_the_style_and_details_are_there() {
    for code in Code::ALL {
        let problem = code.problem(Operation::Other);
        assert!(!problem.title.is_empty() && !problem.detail.is_empty(), "{code}");
        assert!(!problem.detail.ends_with('.') && problem.detail.starts_with(char::is_lowercase), "{code}");
    }
}

#[test]
fn operations_are_known_by_their_names() {
    for (name, operation) in ["verify", "step_up", "confirm", "guard", "login", "other"].into_iter().zip(OPERATIONS) {
        assert_eq!(Operation::parse(name), Some(operation));
    }
    assert_eq!(Operation::parse("anything"), None);
}

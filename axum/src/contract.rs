//! The calls of `contract/openapi.yaml`; a test holds the table to it.

use axum::http::Method;
use twinlock::Operation;

/// One call, named by the contract's `operationId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Verify,
    StepUp,
    BeginSetup,
    ConfirmSetup,
    Disable,
    Status,
    RegenerateBackupCodes,
    BackupCodesSaved,
    RenameAuthenticator,
    RemoveAuthenticator,
    ListDevices,
    RevokeAllDevices,
    RevokeDevice,
    ListEvents,
    AdminStats,
    AdminUser,
    AdminReset,
    AdminUnlock,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) call: Call,
    pub(crate) method: Verb,
    /// Below the base path of its router.
    pub(crate) path: &'static str,
    /// Whether a body is read at all.
    pub(crate) takes_body: bool,
    /// The operation under which its refusals are looked up in the core's problem table.
    pub(crate) problems_as: Operation,
}

/// The methods of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    pub(crate) fn http(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

const fn route(call: Call, method: Verb, path: &'static str, takes_body: bool) -> Route {
    let problems_as = match call {
        Call::Verify => Operation::Verify,
        Call::StepUp => Operation::StepUp,
        Call::ConfirmSetup => Operation::Confirm,
        _ => Operation::Other,
    };
    Route { call, method, path, takes_body, problems_as }
}

/// What a signed-in user, or one about to sign in, calls.
pub(crate) const ROUTES: [Route; 14] = [
    route(Call::Verify, Verb::Post, "/verify", true),
    route(Call::StepUp, Verb::Post, "/step-up", true),
    route(Call::BeginSetup, Verb::Post, "/setup", true),
    route(Call::ConfirmSetup, Verb::Post, "/setup/confirm", true),
    route(Call::Disable, Verb::Post, "/disable", true),
    route(Call::Status, Verb::Get, "/status", false),
    route(Call::RegenerateBackupCodes, Verb::Post, "/backup-codes", true),
    route(Call::BackupCodesSaved, Verb::Post, "/backup-codes/saved", true),
    route(Call::RenameAuthenticator, Verb::Patch, "/authenticators/{id}", true),
    route(Call::RemoveAuthenticator, Verb::Delete, "/authenticators/{id}", false),
    route(Call::ListDevices, Verb::Get, "/devices", false),
    route(Call::RevokeAllDevices, Verb::Delete, "/devices", false),
    route(Call::RevokeDevice, Verb::Delete, "/devices/{id}", false),
    route(Call::ListEvents, Verb::Get, "/events", false),
];

/// The help desk's, mounted apart.
pub(crate) const ADMIN_ROUTES: [Route; 4] = [
    route(Call::AdminStats, Verb::Get, "/stats", false),
    route(Call::AdminUser, Verb::Get, "/users/{id}", false),
    route(Call::AdminReset, Verb::Post, "/users/{id}/reset", true),
    route(Call::AdminUnlock, Verb::Post, "/users/{id}/unlock", true),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Each call of the document: path, method, operation id, whether it has a body. The document is written in one style, so its
    /// indentation tells.
    fn declared() -> Vec<(String, String, String, bool)> {
        let document = include_str!("../../contract/openapi.yaml");
        let paths = document.split_once("\npaths:\n").unwrap().1.split_once("\ncomponents:\n").unwrap().0;
        let (mut path, mut found) = (String::new(), Vec::new());
        for line in paths.lines() {
            if let Some(name) = line.strip_prefix("  /") {
                path = format!("/{}", name.trim_end_matches(':'));
            } else if let Some(verb) =
                ["get", "post", "patch", "delete"].iter().find(|verb| line == format!("    {verb}:"))
            {
                found.push((path.clone(), verb.to_uppercase(), String::new(), false));
            } else if let (Some(id), Some(last)) = (line.strip_prefix("      operationId: "), found.last_mut()) {
                last.2 = id.to_owned();
            } else if let (true, Some(last)) = (line.starts_with("      requestBody:"), found.last_mut()) {
                last.3 = true;
            }
        }
        found.sort();
        found
    }

    #[test]
    fn the_routes_are_those_of_the_contract() {
        let told = |prefix: &str, route: &Route| {
            let name = format!("{:?}", route.call);
            let id = name[..1].to_lowercase() + &name[1..];
            (format!("{prefix}{}", route.path), route.method.http().to_string(), id, route.takes_body)
        };
        let ours = ROUTES.iter().map(|route| told("", route));
        let mut ours: Vec<_> = ours.chain(ADMIN_ROUTES.iter().map(|route| told("/admin", route))).collect();
        ours.sort();
        assert_eq!(ours, declared());
    }
}

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

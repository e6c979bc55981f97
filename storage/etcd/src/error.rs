//! What can go wrong on the way to etcd.

use tonic::Status;
use twinlock::StorageError;

/// Why [`EtcdStorage::connect`](crate::EtcdStorage::connect) gave up.
///
/// ```
/// use twinlock_etcd::{ConnectError, EtcdStorage, Options};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let nobody = EtcdStorage::connect(Vec::<String>::new(), Options::new()).await;
/// assert!(matches!(nobody, Err(ConnectError::NoEndpoints)));
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No endpoint was given.
    #[error("no endpoint is given; name the client URLs of all nodes")]
    NoEndpoints,
    /// Not a URL of scheme, host and port alone. It is not repeated: it may hold a password.
    #[error("endpoint {number} is not a client URL such as http://127.0.0.1:2379")]
    Endpoint {
        /// Which one, counted from 1.
        number: usize,
    },
    /// An `https` endpoint, or TLS settings, without the feature `tls`.
    #[error("TLS is not built in; build twinlock-etcd with its feature tls")]
    NoTls,
    /// The TLS settings make no sense.
    #[error("the TLS settings are wrong")]
    Tls(#[source] tonic::transport::Error),
    /// A prefix is 1 to 200 of the characters a–z, A–Z, 0–9, `_`, `-`, `.`, `:` and `/`, without empty parts and without a part
    /// called `record` or `event`.
    #[error("the prefix is no prefix; twinlock, or apps/shop/twinlock, is one")]
    Prefix,
    /// The time-out is zero.
    #[error("the time-out is zero")]
    Timeout,
    /// etcd knows no such user, or the password is another.
    #[error("etcd refuses the user name or the password")]
    Credentials,
    /// No majority could be reached, or this user may not read below the prefix.
    #[error("etcd cannot be used")]
    Storage(#[source] StorageError),
}

impl ConnectError {
    /// Of the first read, which signs in.
    pub(crate) fn of(error: StorageError) -> Self {
        let said = match &error {
            StorageError::Failed(source) => source.downcast_ref::<Status>().map(Status::message),
            StorageError::Timeout => None,
        };
        let credentials = ["authentication failed, invalid user ID or password", "user name is empty"];
        match said {
            Some(said) if credentials.iter().any(|reason| said.ends_with(reason)) => Self::Credentials,
            _ => Self::Storage(error),
        }
    }
}

/// What is stored, or was to be, is nothing that this crate writes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("a record in etcd makes no sense")]
    Record,
    #[error("an event in etcd makes no sense")]
    Event,
    #[error("a key in etcd makes no sense")]
    Key,
    #[error("a version that no record can have")]
    Version,
    #[error("a key id longer than 65535 bytes")]
    KeyId,
    #[error("etcd takes at most {} keys in one transaction", crate::store::OPERATIONS)]
    TooManyEvents,
}

impl From<Unreadable> for StorageError {
    fn from(error: Unreadable) -> Self {
        Self::failed(error)
    }
}

/// What became of one request to one node.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing was done: it never left, or the node has no leader to ask or only learns. Another try is safe.
    NotDone(Status),
    /// Nothing was done: the token is too old.
    Token(Status),
    /// A definite no that another node would repeat; nothing was done.
    Refused(Status),
    /// Nobody knows whether it was done.
    Unknown(Status),
}

impl Failure {
    pub(crate) fn of(status: Status) -> Self {
        use tonic::Code;
        let not_here = ["etcdserver: no leader", "etcdserver: rpc not supported for learner"];
        if never_sent(&status) || not_here.contains(&status.message()) {
            return Self::NotDone(status);
        }
        let stale = ["invalid auth token", "revision of auth store is old", "revision in header is old"];
        if stale.iter().any(|said| status.message().ends_with(said)) {
            return Self::Token(status);
        }
        match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Unauthenticated => Self::Refused(status),
            _ => Self::Unknown(status),
        }
    }

    /// The same of a request that only prepared for another.
    pub(crate) fn before(self) -> Self {
        match self {
            Self::Unknown(status) => Self::NotDone(status),
            other => other,
        }
    }

    pub(crate) fn into_status(self) -> Status {
        match self {
            Self::NotDone(status) | Self::Token(status) | Self::Refused(status) | Self::Unknown(status) => status,
        }
    }
}

/// Whether there was no connection to send it over.
fn never_sent(status: &Status) -> bool {
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_surely_was_not_done_may_be_tried_again() {
        let done = |status| matches!(Failure::of(status), Failure::NotDone(_) | Failure::Token(_));
        assert!(done(Status::unavailable("etcdserver: no leader")));
        assert!(done(Status::unauthenticated("etcdserver: invalid auth token")));
        // Each of these is said of requests that were carried out nevertheless.
        assert!(!done(Status::unavailable("etcdserver: request timed out")));
        assert!(!done(Status::unavailable("etcdserver: request timed out, possibly due to previous leader failure")));
        assert!(!done(Status::unavailable("etcdserver: leader changed")));
        assert!(!done(Status::unavailable("connection reset")));
        assert!(!done(Status::cancelled("operation was canceled")));
        assert!(!done(Status::unknown("transport error")));
        assert!(!done(Status::unauthenticated("etcdserver: user name is empty")));
    }
}

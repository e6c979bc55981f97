//! Requests to whichever node answers: one deadline for all tries, and no second try of what may have been done.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;
use twinlock::StorageError;

use crate::error::{ConnectError, Failure};
use crate::options::{Credentials, Options};
use crate::wire::{AuthenticateRequest, AuthenticateResponse, Call};

/// Between two rounds over the nodes, while they elect a leader.
const PAUSE: Duration = Duration::from_millis(25);
/// More often than every five seconds a node takes for an attack.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// A page of records; etcd itself has no bound.
const LARGEST_ANSWER: usize = 64 << 20;

type Token = MetadataValue<Ascii>;

/// What a lost answer leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Changes nothing: it may be asked again, elsewhere too.
    Read,
    /// Sent again only when it surely was not done.
    Write,
}

pub(crate) struct Client {
    nodes: Vec<Channel>,
    /// The one that answered last.
    preferred: AtomicUsize,
    credentials: Option<Credentials>,
    token: Mutex<Option<Token>>,
    timeout: Duration,
}

impl Client {
    pub(crate) fn new(endpoints: &[String], options: &Options) -> Result<Self, ConnectError> {
        if endpoints.is_empty() {
            return Err(ConnectError::NoEndpoints);
        }
        let nodes = endpoints.iter().zip(1..).map(|(url, number)| channel(url, number, options));
        Ok(Self {
            nodes: nodes.collect::<Result<_, _>>()?,
            preferred: AtomicUsize::new(0),
            credentials: options.credentials.clone(),
            token: Mutex::new(None),
            timeout: options.timeout,
        })
    }

    pub(crate) async fn call<C: Call>(&self, kind: Kind, call: &C) -> Result<C::Answer, StorageError> {
        let deadline = Instant::now() + self.timeout;
        // A node that is frozen must leave time to ask the others.
        let patience = match kind {
            Kind::Read => self.timeout / u32::try_from(self.nodes.len()).unwrap_or(u32::MAX).max(1),
            Kind::Write => self.timeout,
        };
        let mut said = None;
        loop {
            for number in self.order() {
                let until = deadline.min(Instant::now() + patience);
                match timeout_at(until, self.signed(number, call)).await {
                    Ok(Ok(answer)) => {
                        self.preferred.store(number, Ordering::Relaxed);
                        return Ok(answer);
                    }
                    Ok(Err(Failure::Refused(status))) => return Err(StorageError::failed(status)),
                    Ok(Err(Failure::Unknown(status))) if kind == Kind::Write => {
                        self.avoid(number);
                        return Err(StorageError::failed(status));
                    }
                    Ok(Err(failure)) => said = Some(failure.into_status()),
                    Err(_) => {
                        self.avoid(number);
                        if kind == Kind::Write || Instant::now() >= deadline {
                            return Err(StorageError::Timeout);
                        }
                    }
                }
            }
            if Instant::now() + PAUSE >= deadline {
                return Err(said.map_or(StorageError::Timeout, StorageError::failed));
            }
            sleep(PAUSE).await;
        }
    }

    /// All nodes, the one that answered last first.
    fn order(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, count) = (self.preferred.load(Ordering::Relaxed), self.nodes.len());
        (0..count).map(move |step| (first + step) % count)
    }

    fn avoid(&self, number: usize) {
        self.preferred.store((number + 1) % self.nodes.len(), Ordering::Relaxed);
    }

    /// One request with a token, and with a new one if the node no longer knows it.
    async fn signed<C: Call>(&self, number: usize, call: &C) -> Result<C::Answer, Failure> {
        let token = self.token(number, None).await?;
        match self.send(number, call.clone(), token.as_ref()).await {
            Err(Failure::Token(_)) if token.is_some() => {
                let token = self.token(number, token).await?;
                self.send(number, call.clone(), token.as_ref()).await
            }
            answer => answer,
        }
    }

    /// The token that all share; a new one if there is none yet, or only `refused`. One task at a time fetches it: a password
    /// costs a node some 50 ms.
    async fn token(&self, number: usize, refused: Option<Token>) -> Result<Option<Token>, Failure> {
        let Some(Credentials { user, password }) = &self.credentials else { return Ok(None) };
        let mut token = self.token.lock().await;
        if token.is_none() || *token == refused {
            let call = AuthenticateRequest { name: user.clone(), password: password.to_string() };
            // Whatever became of this, the call that it is for was not sent.
            let AuthenticateResponse { token: fresh } = self.send(number, call, None).await.map_err(Failure::before)?;
            let fresh = Token::try_from(fresh).map_err(|_| Failure::Refused(Status::internal("not a token")))?;
            *token = Some(sensitive(fresh));
        }
        Ok(token.clone())
    }

    async fn send<C: Call>(&self, number: usize, call: C, token: Option<&Token>) -> Result<C::Answer, Failure> {
        let mut request = Request::new(call);
        // Otherwise a node that has lost its leader keeps what it is asked until it finds one, or for five seconds.
        request.metadata_mut().insert("hasleader", MetadataValue::from_static("true"));
        if let Some(token) = token {
            request.metadata_mut().insert("token", token.clone());
        }
        let Some(channel) = self.nodes.get(number) else {
            return Err(Failure::Refused(Status::internal("no such node")));
        };
        let mut node = Grpc::new(channel.clone()).max_decoding_message_size(LARGEST_ANSWER);
        let lost = |error: tonic::transport::Error| Failure::of(Status::from_error(error.into()));
        node.ready().await.map_err(lost)?;
        let path = http::uri::PathAndQuery::from_static(C::PATH);
        let answer = node.unary(request, path, ProstCodec::<C, C::Answer>::default()).await;
        answer.map(tonic::Response::into_inner).map_err(Failure::of)
    }
}

fn sensitive(mut token: Token) -> Token {
    token.set_sensitive(true);
    token
}

fn channel(url: &str, number: usize, options: &Options) -> Result<Channel, ConnectError> {
    let wrong = || ConnectError::Endpoint { number };
    let uri: http::Uri = url.parse().map_err(|_| wrong())?;
    let host = uri.authority().is_some_and(|authority| authority.port().is_some() && !authority.as_str().contains('@'));
    if !host || uri.path() != "/" || uri.query().is_some() {
        return Err(wrong());
    }
    let endpoint = Endpoint::from(uri.clone())
        .connect_timeout(options.timeout)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(options.timeout);
    match uri.scheme_str() {
        Some("http") => Ok(endpoint.connect_lazy()),
        Some("https") => secured(endpoint, options),
        _ => Err(wrong()),
    }
}

#[cfg(feature = "tls")]
fn secured(endpoint: Endpoint, options: &Options) -> Result<Channel, ConnectError> {
    Ok(endpoint.tls_config(options.tls.clone()).map_err(ConnectError::Tls)?.connect_lazy())
}

#[cfg(not(feature = "tls"))]
fn secured(_: Endpoint, _: &Options) -> Result<Channel, ConnectError> {
    Err(ConnectError::NoTls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_urls_of_nodes_are_endpoints() {
        let made = |url: &str| Client::new(&[url.to_owned()], &Options::new());
        for url in ["http://127.0.0.1:2379", "http://[::1]:2379", "http://etcd-0.etcd:2379/"] {
            assert!(made(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "127.0.0.1:2379",
            "http://127.0.0.1",
            "ftp://a:1",
            "http://a:1/v3",
            "http://a:1?x",
            "http://u:p@a:1",
            "a b",
        ] {
            assert!(matches!(made(url), Err(ConnectError::Endpoint { number: 1 })), "{url}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[tokio::test]
    async fn https_without_tls_built_in_is_said() {
        let made = Client::new(&["https://127.0.0.1:2379".to_owned()], &Options::new());
        assert!(matches!(made, Err(ConnectError::NoTls)));
    }
}

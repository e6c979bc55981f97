//! Somebody who signs in, on a connection of their own.

use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use twinlock::AuthenticatorAccount;

use crate::Failure;
use crate::records::Person;

pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> Result<Self, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        // Else the kernel waits for more before it sends the little that there is.
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, host: format!("127.0.0.1:{port}") })
    }

    /// Both steps of one person's login; how long they took.
    pub(crate) async fn login(&mut self, person: &Person, now: u64) -> Result<Duration, Failure> {
        let code = AuthenticatorAccount::from_uri(&person.uri)?.code_at(now);
        let begun = Instant::now();
        let next = self.post("/login", &json!({ "user": person.id })).await?;
        let verify = json!({ "challenge": next["challenge"], "code": code.as_str() });
        let verified = self.post("/2fa/verify", &verify).await?;
        let took = begun.elapsed();
        if verified["signed_in"] != person.id {
            return Err("somebody else was signed in".into());
        }
        Ok(took)
    }

    async fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = Request::post(path)
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(serde_json::to_vec(body)?))?;
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        if head.status != StatusCode::OK {
            return Err(format!("{path}: {} {}", head.status, String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

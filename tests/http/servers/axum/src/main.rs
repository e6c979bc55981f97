//! The server under test for axum: the applications that tests/http/README.md describes, on `$PORT`.

mod application;
mod host;
mod logs;
mod storage;

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tower_http::trace::TraceLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lines = logs::keep();
    let port: u16 = std::env::var("PORT")?.parse()?;
    let mut everything = Router::new();
    for name in ["session", "cookie", "bearer", "strict", "claim"] {
        everything = everything.nest(&format!("/{name}"), application::application(name, lines.clone())?);
    }
    let service = everything.layer(TraceLayer::new_for_http()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(TcpListener::bind(("127.0.0.1", port)).await?, service).await?;
    Ok(())
}

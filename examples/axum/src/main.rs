//! Serves on this machine; `APP_ENV=development` makes a key of its own. With the argument `keygen` it prints one for production.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use tokio::net::TcpListener;
use twinlock::KeyRing;
use twinlock_example_axum::{AppClock, Settings, SettingsError, application};

const WELCOME: &str = "
  1. Create an account and sign in.
  2. Under “Your account”, switch two-factor on. No phone at hand? The page has a pretend one.
  3. Sign out, sign in again: it asks for the code.
";

#[tokio::main]
async fn main() -> ExitCode {
    let asked = std::env::args().nth(1);
    let done = match asked.as_deref() {
        None => serve().await,
        Some("keygen") => keygen(),
        Some(_) => Err("the one argument there is: keygen".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot start: {error}");
            ExitCode::from(if error.is::<SettingsError>() { 2 } else { 1 })
        }
    }
}

fn keygen() -> Result<(), Box<dyn Error + Send + Sync>> {
    println!("{}", *KeyRing::generate("k1")?.to_text());
    Ok(())
}

async fn serve() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().json().init();
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8000);
    let settings = Settings::read(|name| std::env::var(name).ok(), port)?;
    let (development, data) = (settings.development, settings.data.clone());
    let router = application(settings, AppClock::default()).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    if development {
        println!(
            "\n  Twinlock demo: http://127.0.0.1:{port}/\n{WELCOME}\n  Accounts are kept in {}. Ctrl+C stops.\n",
            data.display()
        );
    }
    Ok(axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

//! The calls of the contract that end in no proof.

use axum::http::request::Parts;
use serde_json::{Map, Value};
use twinlock::{BeginOptions, Code, Event, Presenting};

use crate::body::Body;
use crate::contract::Call;
use crate::guard::Caller;
use crate::problems::{Refused, refused};
use crate::reply::{Reply, members};
use crate::service::{Service, Told};

/// Events on a page.
const PAGE: usize = 50;
/// Bytes of an actor in an event.
const ACTOR: usize = 128;

impl Service {
    pub(crate) async fn dispatch(&self, call: Call, request: &Parts, id: &str, body: &Body) -> Told {
        match call {
            Call::Verify => self.verify_call(request, body).await,
            Call::StepUp => self.step_up(request, body).await,
            Call::ConfirmSetup => self.confirm_setup(request, body).await,
            Call::AdminStats | Call::AdminUser | Call::AdminReset | Call::AdminUnlock => {
                self.administer(call, request, id, body).await
            }
            _ => {
                let caller = self.admit(request, None).await?;
                self.settings(call, request, &caller, id, body).await
            }
        }
    }

    /// What a signed-in user sees and changes.
    async fn settings(&self, call: Call, request: &Parts, caller: &Caller, id: &str, body: &Body) -> Told {
        let context = self.context(request);
        let (user, token) = (caller.id(), caller.token());
        match call {
            Call::Status => return self.status_call(request, caller).await,
            Call::BeginSetup => return self.begin_setup(request, caller, body, &context).await,
            Call::Disable => return self.disable_call(request, caller, body, &context).await,
            Call::ListDevices => return self.list_devices(request, caller).await,
            Call::ListEvents => return self.list_events(request, caller).await,
            Call::RegenerateBackupCodes => {
                let codes = self.engine.regenerate(user, token, &context).await?;
                return Ok(Reply::json(Map::from_iter([("backup_codes".to_owned(), codes.into())])));
            }
            Call::BackupCodesSaved => self.engine.codes_saved(user, &context).await?,
            Call::RenameAuthenticator => self.engine.rename(user, token, id, body.text("name")?, &context).await?,
            Call::RemoveAuthenticator => self.engine.remove(user, token, id, &context).await?,
            Call::RevokeDevice => self.engine.revoke(user, id, &context).await?,
            Call::RevokeAllDevices => self.engine.revoke_all(user, &context).await?,
            _ => return Err(refused(Code::NotFound)),
        }
        Ok(Reply::done())
    }

    async fn status_call(&self, request: &Parts, caller: &Caller) -> Told {
        let mut status = self.status_of(request, caller).await?;
        status.insert("required".to_owned(), self.hooks.required_for(&caller.user).await?.into());
        if let Some(csrf) = self.hooks.csrf(request) {
            status.insert("csrf".to_owned(), csrf.into());
        }
        Ok(Reply::json(status))
    }

    async fn status_of(&self, request: &Parts, caller: &Caller) -> Result<Map<String, Value>, Refused> {
        let device = self.proof.device(request).await?;
        let presenting = Presenting { device: device.as_deref(), assurance: caller.assurance.as_deref() };
        Ok(members(&self.engine.status(caller.id(), presenting).await?.body()))
    }

    /// A new secret, after a step-up or, the first time, the password.
    async fn begin_setup(&self, request: &Parts, caller: &Caller, body: &Body, context: &str) -> Told {
        let remembered = match body.optional_text("setup")? {
            Some(given) => Some(given.to_owned()),
            None => self.proof.setup(request).await?,
        };
        if !caller.enabled {
            self.ask_password(request, caller, body).await?;
        }
        let (assurance, setup) = (caller.assurance.as_deref(), remembered.as_deref());
        let options = BeginOptions { assurance, setup, issuer: None, context: Some(context) };
        let name = Self::account_name(&caller.user);
        let enrollment = self.engine.begin(caller.id(), &name, options).await?;
        let mut reply = Reply::text(&enrollment.body()?).created();
        self.proof.keep_setup(request, &mut reply, &enrollment.setup).await?;
        Ok(reply)
    }

    /// Switches off, unless the application wants this user to keep it.
    async fn disable_call(&self, request: &Parts, caller: &Caller, body: &Body, context: &str) -> Told {
        if self.hooks.required_for(&caller.user).await? {
            return Err(refused(Code::RequiredByPolicy));
        }
        if caller.enabled {
            self.ask_password(request, caller, body).await?;
        }
        self.engine.disable(caller.id(), caller.token(), context).await?;
        let mut reply = Reply::done();
        self.proof.forget(request, &mut reply).await?;
        Ok(reply)
    }

    async fn list_devices(&self, request: &Parts, caller: &Caller) -> Told {
        let mut status = self.status_of(request, caller).await?;
        let devices = status.remove("devices").unwrap_or_default();
        Ok(Reply::json(Map::from_iter([("devices".to_owned(), devices)])))
    }

    /// One page of what happened, the newest first.
    async fn list_events(&self, request: &Parts, caller: &Caller) -> Told {
        let before = cursor(request.uri.query().unwrap_or(""))?;
        let mut events = self.engine.events(caller.id(), before, PAGE + 1).await?;
        let more = events.len() > PAGE;
        events.truncate(PAGE);
        let last = events.last().filter(|_| more).map(Event::id_text);
        let shown: Vec<Value> = events.iter().map(|event| Value::Object(members(&event.to_json()))).collect();
        let page = [("events".to_owned(), Value::Array(shown)), ("next_cursor".to_owned(), last.into())];
        Ok(Reply::json(Map::from_iter(page)))
    }

    /// Where the application wants it: the password again, so that an open laptop is not enough.
    async fn ask_password(&self, request: &Parts, caller: &Caller, body: &Body) -> Result<(), Refused> {
        if !self.hooks.reauthenticates() {
            return Ok(());
        }
        let password = body.optional_text("password")?.filter(|password| !password.is_empty());
        let password = password.ok_or_else(|| refused(Code::PasswordRequired))?;
        if self.hooks.reauthenticate(request, &caller.user, password).await? {
            return Ok(());
        }
        Err(refused(Code::WrongPassword))
    }

    /// The help desk's calls; wiping and unlocking are as sensitive as switching off one's own.
    async fn administer(&self, call: Call, request: &Parts, id: &str, body: &Body) -> Told {
        let changes = matches!(call, Call::AdminReset | Call::AdminUnlock);
        let mut actor = self.administrator(request, changes.then(|| self.fresh_seconds())).await?;
        crate::request::truncate(&mut actor, ACTOR);
        let context = self.context(request);
        match call {
            Call::AdminStats => {
                let stats = self.engine.stats().await?;
                let body = serde_json::to_value(stats).unwrap_or_default();
                return Ok(Reply::json(body.as_object().cloned().unwrap_or_default()));
            }
            Call::AdminUser => {
                let status = self.engine.status(id, Presenting::default()).await?;
                return Ok(Reply::text(&status.body()));
            }
            Call::AdminReset => self.engine.reset(id, &actor, body.text("reason")?, &context).await?,
            _ => self.engine.unlock(id, &actor, &context).await?,
        }
        Ok(Reply::done())
    }
}

/// The event before which the page lies.
fn cursor(query: &str) -> Result<Option<[u8; 16]>, Refused> {
    let mut given = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "cursor");
    let Some((_, text)) = given.next() else { return Ok(None) };
    let before = Event::parse_id(&text).filter(|_| given.next().is_none());
    before.map(Some).ok_or_else(|| refused(Code::MalformedRequest))
}

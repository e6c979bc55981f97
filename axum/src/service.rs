//! The contract as one object: a request in, a reply out.

use std::sync::Arc;

use axum::body::Body as Incoming;
use axum::http::request::Parts;
use axum::response::Response;
use twinlock::Operation;

use crate::body::{self, Body};
use crate::contract::Route;
use crate::dyn_hooks::DynHooks;
use crate::engine::DynEngine;
use crate::hooks::User;
use crate::origin::OriginCheck;
use crate::problems::Refused;
use crate::proof::Places;
use crate::reply::{NO_STORE, Reply};
use crate::request::{context, truncate};

/// What an authenticator app takes as a name.
const NAME: usize = 128;

/// Every call of the contract, the login and the guard; each has its own file.
pub(crate) struct Service {
    pub(crate) engine: Arc<dyn DynEngine>,
    pub(crate) hooks: Box<dyn DynHooks>,
    pub(crate) proof: Places,
    pub(crate) origin: OriginCheck,
    pub(crate) setup_url: Option<String>,
}

/// What a call gives.
pub(crate) type Told = Result<Reply, Refused>;

impl Service {
    /// How old a proof may be for sensitive calls, in seconds.
    pub(crate) fn fresh_seconds(&self) -> u64 {
        self.engine.policy().settings().assurance_max_age.into()
    }

    /// What every call has in common: origin, body, refusals, no caching.
    pub(crate) async fn answer(&self, route: &Route, request: &Parts, id: &str, body: Incoming) -> Response {
        let told = self.call(route, request, id, body).await;
        let reply = told.unwrap_or_else(|refused| refused.reply(route.problems_as, Some(self.fresh_seconds()), &[]));
        not_to_be_kept(reply.into_response().await)
    }

    async fn call(&self, route: &Route, request: &Parts, id: &str, body: Incoming) -> Told {
        if let Err(refused) = self.origin.check(request) {
            body::pass_over(request, body).await;
            return Err(refused);
        }
        let body = if route.takes_body {
            body::read(request, body).await?
        } else {
            body::pass_over(request, body).await;
            Body::default()
        };
        self.dispatch(route.call, request, id, &body).await
    }

    /// For events and device lists.
    pub(crate) fn context(&self, request: &Parts) -> String {
        context(request, &*self.hooks)
    }

    /// A name that is too long for an app is shown in part, not refused.
    pub(crate) fn account_name(user: &User) -> String {
        let mut name = if user.account_name.is_empty() { user.id.clone() } else { user.account_name.clone() };
        truncate(&mut name, NAME);
        name
    }

    /// The reply to a refused login.
    pub(crate) async fn refuse_login(&self, refused: Refused) -> Response {
        not_to_be_kept(refused.reply(Operation::Login, None, &[]).into_response().await)
    }
}

/// Nothing that Twinlock answers may be kept.
pub(crate) fn not_to_be_kept(mut response: Response) -> Response {
    response.headers_mut().extend(NO_STORE);
    response
}

//! The guard as a layer.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use tower_layer::Layer;
use tower_service::Service;

use crate::routes::TwoFactorRoutes;

/// Made by [`TwoFactorRoutes::require`].
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use twinlock_axum::RequireLayer;
///
/// fn back_office(proved: RequireLayer) -> Router {
///     Router::new().route("/orders", get(|| async { "orders" })).route_layer(proved)
/// }
/// ```
#[derive(Clone)]
pub struct RequireLayer {
    routes: TwoFactorRoutes,
    max_age: Option<u64>,
    if_enabled: bool,
}

impl RequireLayer {
    pub(crate) fn new(routes: TwoFactorRoutes, max_age: Option<u64>, if_enabled: bool) -> Self {
        Self { routes, max_age, if_enabled }
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = Require<S>;

    fn layer(&self, inner: S) -> Require<S> {
        Require { inner, guard: self.clone() }
    }
}

/// A service behind the guard; [`RequireLayer`] makes it.
#[derive(Clone)]
pub struct Require<S> {
    inner: S,
    guard: RequireLayer,
}

impl<S> Service<Request> for Require<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready goes with the request; its clone waits for the next.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let guard = self.guard.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match guard.routes.guard(&parts, guard.max_age, guard.if_enabled).await {
                Ok(user) => {
                    parts.extensions.insert(user);
                    inner.call(Request::from_parts(parts, body)).await
                }
                Err(refused) => Ok(refused.into_response()),
            }
        })
    }
}

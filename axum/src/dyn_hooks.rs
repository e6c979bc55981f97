//! The hooks with their type forgotten.

use std::pin::Pin;

use axum::http::request::Parts;

use crate::hooks::{Answer, Hooked, Hooks, User, Verified};

type Asked<'a, T> = Pin<Box<dyn Future<Output = Hooked<T>> + Send + 'a>>;

pub(crate) trait DynHooks: Send + Sync {
    fn user<'a>(&'a self, request: &'a Parts) -> Asked<'a, Option<User>>;
    fn on_verified<'a>(&'a self, request: &'a Parts, verified: &'a Verified) -> Asked<'a, Answer>;
    fn required_for<'a>(&'a self, user: &'a User) -> Asked<'a, bool>;
    fn reauthenticates(&self) -> bool;
    fn reauthenticate<'a>(&'a self, request: &'a Parts, user: &'a User, password: &'a str) -> Asked<'a, bool>;
    fn may_administer<'a>(&'a self, request: &'a Parts) -> Asked<'a, bool>;
    fn client_ip(&self, request: &Parts) -> Option<String>;
    fn csrf(&self, request: &Parts) -> Option<String>;
}

impl<H: Hooks> DynHooks for H {
    fn user<'a>(&'a self, request: &'a Parts) -> Asked<'a, Option<User>> {
        Box::pin(Hooks::user(self, request))
    }

    fn on_verified<'a>(&'a self, request: &'a Parts, verified: &'a Verified) -> Asked<'a, Answer> {
        Box::pin(Hooks::on_verified(self, request, verified))
    }

    fn required_for<'a>(&'a self, user: &'a User) -> Asked<'a, bool> {
        Box::pin(Hooks::required_for(self, user))
    }

    fn reauthenticates(&self) -> bool {
        Hooks::reauthenticates(self)
    }

    fn reauthenticate<'a>(&'a self, request: &'a Parts, user: &'a User, password: &'a str) -> Asked<'a, bool> {
        Box::pin(Hooks::reauthenticate(self, request, user, password))
    }

    fn may_administer<'a>(&'a self, request: &'a Parts) -> Asked<'a, bool> {
        Box::pin(Hooks::may_administer(self, request))
    }

    fn client_ip(&self, request: &Parts) -> Option<String> {
        Hooks::client_ip(self, request)
    }

    fn csrf(&self, request: &Parts) -> Option<String> {
        Hooks::csrf(self, request)
    }
}

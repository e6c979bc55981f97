//! The engine behind the routes, whatever its storage and clock are.

use std::pin::Pin;

use twinlock::{
    AsyncReports, AsyncStorage, AsyncTwoFactor, BeginOptions, Clock, ConfirmOptions, Enrolled, Enrollment, Error,
    Event, FirstFactorOptions, NextStep, Policy, Presenting, Result, Stats, Status, StorageError, Verification,
    VerifyOptions,
};

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// An [`AsyncTwoFactor`] with its types forgotten, so that routes, guards and extractors have none of them.
pub(crate) trait DynEngine: Send + Sync {
    fn policy(&self) -> &Policy;
    fn after_first_factor<'a>(&'a self, user: &'a str, options: FirstFactorOptions<'a>) -> Answer<'a, NextStep>;
    fn verify<'a>(&'a self, challenge: &'a str, code: &'a str, options: VerifyOptions<'a>) -> Answer<'a, Verification>;
    fn check_assurance<'a>(&'a self, user: &'a str, token: &'a str, max_age: Option<u64>) -> Answer<'a, u64>;
    fn begin<'a>(&'a self, user: &'a str, account_name: &'a str, options: BeginOptions<'a>) -> Answer<'a, Enrollment>;
    fn confirm<'a>(
        &'a self,
        user: &'a str,
        setup: &'a str,
        code: &'a str,
        options: ConfirmOptions<'a>,
    ) -> Answer<'a, Enrolled>;
    fn status<'a>(&'a self, user: &'a str, presenting: Presenting<'a>) -> Answer<'a, Status>;
    fn disable<'a>(&'a self, user: &'a str, assurance: &'a str, context: &'a str) -> Answer<'a, ()>;
    fn regenerate<'a>(&'a self, user: &'a str, assurance: &'a str, context: &'a str) -> Answer<'a, Vec<String>>;
    fn codes_saved<'a>(&'a self, user: &'a str, context: &'a str) -> Answer<'a, ()>;
    fn rename<'a>(
        &'a self,
        user: &'a str,
        assurance: &'a str,
        id: &'a str,
        name: &'a str,
        context: &'a str,
    ) -> Answer<'a, ()>;
    fn remove<'a>(&'a self, user: &'a str, assurance: &'a str, id: &'a str, context: &'a str) -> Answer<'a, ()>;
    fn revoke<'a>(&'a self, user: &'a str, id: &'a str, context: &'a str) -> Answer<'a, ()>;
    fn revoke_all<'a>(&'a self, user: &'a str, context: &'a str) -> Answer<'a, ()>;
    fn reset<'a>(&'a self, user: &'a str, actor: &'a str, reason: &'a str, context: &'a str) -> Answer<'a, ()>;
    fn unlock<'a>(&'a self, user: &'a str, actor: &'a str, context: &'a str) -> Answer<'a, ()>;
    fn events<'a>(&'a self, user: &'a str, before: Option<[u8; 16]>, limit: usize) -> Answer<'a, Vec<Event>>;
    fn stats(&self) -> Answer<'_, Stats>;
}

/// What a report failed for is the storage's matter, as everywhere else.
fn stored(error: StorageError) -> Error {
    Error::from(error)
}

impl<S: AsyncStorage + AsyncReports, C: Clock> DynEngine for AsyncTwoFactor<S, C> {
    fn policy(&self) -> &Policy {
        self.engine().policy()
    }

    fn after_first_factor<'a>(&'a self, user: &'a str, options: FirstFactorOptions<'a>) -> Answer<'a, NextStep> {
        Box::pin(self.after_first_factor(user, options))
    }

    fn verify<'a>(&'a self, challenge: &'a str, code: &'a str, options: VerifyOptions<'a>) -> Answer<'a, Verification> {
        Box::pin(self.verify(challenge, code, options))
    }

    fn check_assurance<'a>(&'a self, user: &'a str, token: &'a str, max_age: Option<u64>) -> Answer<'a, u64> {
        Box::pin(self.check_assurance(user, token, max_age))
    }

    fn begin<'a>(&'a self, user: &'a str, account_name: &'a str, options: BeginOptions<'a>) -> Answer<'a, Enrollment> {
        Box::pin(self.begin_enrollment(user, account_name, options))
    }

    fn confirm<'a>(
        &'a self,
        user: &'a str,
        setup: &'a str,
        code: &'a str,
        options: ConfirmOptions<'a>,
    ) -> Answer<'a, Enrolled> {
        Box::pin(self.confirm_enrollment(user, setup, code, options))
    }

    fn status<'a>(&'a self, user: &'a str, presenting: Presenting<'a>) -> Answer<'a, Status> {
        Box::pin(self.status(user, presenting))
    }

    fn disable<'a>(&'a self, user: &'a str, assurance: &'a str, context: &'a str) -> Answer<'a, ()> {
        Box::pin(self.disable(user, assurance, Some(context)))
    }

    fn regenerate<'a>(&'a self, user: &'a str, assurance: &'a str, context: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let codes = self.regenerate_backup_codes(user, assurance, Some(context)).await?;
            Ok(codes.iter().map(|code| code.to_string()).collect())
        })
    }

    fn codes_saved<'a>(&'a self, user: &'a str, context: &'a str) -> Answer<'a, ()> {
        Box::pin(self.backup_codes_saved(user, Some(context)))
    }

    fn rename<'a>(
        &'a self,
        user: &'a str,
        assurance: &'a str,
        id: &'a str,
        name: &'a str,
        context: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(self.rename_authenticator(user, assurance, id, name, Some(context)))
    }

    fn remove<'a>(&'a self, user: &'a str, assurance: &'a str, id: &'a str, context: &'a str) -> Answer<'a, ()> {
        Box::pin(self.remove_authenticator(user, assurance, id, Some(context)))
    }

    fn revoke<'a>(&'a self, user: &'a str, id: &'a str, context: &'a str) -> Answer<'a, ()> {
        Box::pin(self.revoke_device(user, id, Some(context)))
    }

    fn revoke_all<'a>(&'a self, user: &'a str, context: &'a str) -> Answer<'a, ()> {
        Box::pin(self.revoke_all_devices(user, Some(context)))
    }

    fn reset<'a>(&'a self, user: &'a str, actor: &'a str, reason: &'a str, context: &'a str) -> Answer<'a, ()> {
        Box::pin(self.reset(user, actor, reason, Some(context)))
    }

    fn unlock<'a>(&'a self, user: &'a str, actor: &'a str, context: &'a str) -> Answer<'a, ()> {
        Box::pin(self.unlock(user, actor, Some(context)))
    }

    fn events<'a>(&'a self, user: &'a str, before: Option<[u8; 16]>, limit: usize) -> Answer<'a, Vec<Event>> {
        Box::pin(async move { self.storage().events(user, before, limit).await.map_err(stored) })
    }

    fn stats(&self) -> Answer<'_, Stats> {
        Box::pin(async move {
            let now = self.clock().now()?.as_secs();
            self.storage().stats(now).await.map_err(stored)
        })
    }
}

//! Scripts that run on the server, one commit each: those of `contract/redis`.

use data_encoding::HEXLOWER;
use redis::Cmd;
use sha1::{Digest, Sha1};

/// A script and the name under which servers keep it.
pub(crate) struct Script {
    source: &'static str,
    name: String,
}

impl Script {
    /// Writes a record and its events, if the version is still the expected one.
    pub(crate) fn save() -> Self {
        Self::named(include_str!("save.lua"))
    }

    /// Drops a user's old events.
    pub(crate) fn purge() -> Self {
        Self::named(include_str!("purge.lua"))
    }

    fn named(source: &'static str) -> Self {
        Self { source, name: HEXLOWER.encode(&Sha1::digest(source)) }
    }

    pub(crate) fn by_name(&self, keys: &[&str], arguments: &[String]) -> Cmd {
        call("EVALSHA", &self.name, keys, arguments)
    }

    pub(crate) fn whole(&self, keys: &[&str], arguments: &[String]) -> Cmd {
        call("EVAL", self.source, keys, arguments)
    }
}

fn call(command: &str, script: &str, keys: &[&str], arguments: &[String]) -> Cmd {
    let mut call = redis::cmd(command);
    call.arg(script).arg(keys.len()).arg(keys).arg(arguments);
    call
}

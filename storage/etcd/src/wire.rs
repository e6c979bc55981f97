//! The messages of etcd's API, version 3, that a storage needs, with the numbers of its `rpc.proto` and `kv.proto`.
//! Written by hand, since generating them would ask everybody who builds this for `protoc`; fields that are never read or
//! set are left out, as protobuf allows.

use std::fmt;

use prost::{Enumeration, Message, Oneof};

/// A method of etcd: its path, what is sent, what comes back.
pub(crate) trait Call: Message + Clone + 'static {
    const PATH: &'static str;
    type Answer: Message + Default + 'static;
}

impl Call for RangeRequest {
    const PATH: &'static str = "/etcdserverpb.KV/Range";
    type Answer = RangeResponse;
}

impl Call for TxnRequest {
    const PATH: &'static str = "/etcdserverpb.KV/Txn";
    type Answer = TxnResponse;
}

impl Call for AuthenticateRequest {
    const PATH: &'static str = "/etcdserverpb.Auth/Authenticate";
    type Answer = AuthenticateResponse;
}

/// Reads keys. `serializable` (7) is left out for good: without it a read is linearizable, it asks the majority first.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    /// Empty = `key` alone.
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) range_end: Vec<u8>,
    /// 0 = all.
    #[prost(int64, tag = "3")]
    pub(crate) limit: i64,
    #[prost(enumeration = "SortOrder", tag = "5")]
    pub(crate) sort_order: i32,
}

/// By key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(crate) enum SortOrder {
    /// As etcd keeps them, which is ascending.
    None = 0,
    Descending = 2,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RangeResponse {
    #[prost(message, repeated, tag = "2")]
    pub(crate) kvs: Vec<KeyValue>,
    /// Whether the limit left some out.
    #[prost(bool, tag = "3")]
    pub(crate) more: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct KeyValue {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    pub(crate) value: Vec<u8>,
}

/// Does `then` if all of `compare` hold, and nothing otherwise.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TxnRequest {
    #[prost(message, repeated, tag = "1")]
    pub(crate) compare: Vec<Compare>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) then: Vec<Op>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TxnResponse {
    /// Whether all of `compare` held.
    #[prost(bool, tag = "2")]
    pub(crate) succeeded: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Compare {
    #[prost(enumeration = "Relation", tag = "1")]
    pub(crate) relation: i32,
    #[prost(enumeration = "Target", tag = "2")]
    pub(crate) target: i32,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) key: Vec<u8>,
    #[prost(oneof = "With", tags = "5, 7")]
    pub(crate) with: Option<With>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(crate) enum Relation {
    Equal = 0,
    Greater = 1,
    Less = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(crate) enum Target {
    Version = 0,
    CreateRevision = 1,
    Value = 3,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum With {
    /// 0 = there is no such key.
    #[prost(int64, tag = "5")]
    CreateRevision(i64),
    /// Byte by byte; a key that is not there is neither less nor more.
    #[prost(bytes, tag = "7")]
    Value(Vec<u8>),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Op {
    #[prost(oneof = "Kind", tags = "2, 3")]
    pub(crate) kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Kind {
    #[prost(message, tag = "2")]
    Put(Put),
    #[prost(message, tag = "3")]
    Delete(Delete),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Put {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Delete {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) key: Vec<u8>,
    /// Empty = `key` alone.
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) range_end: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct AuthenticateRequest {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) password: String,
}

impl fmt::Debug for AuthenticateRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AuthenticateRequest").finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct AuthenticateResponse {
    #[prost(string, tag = "2")]
    pub(crate) token: String,
}

impl fmt::Debug for AuthenticateResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AuthenticateResponse").finish_non_exhaustive()
    }
}

impl Op {
    pub(crate) fn put(key: Vec<u8>, value: Vec<u8>) -> Self {
        Self { kind: Some(Kind::Put(Put { key, value })) }
    }

    pub(crate) fn delete(key: Vec<u8>, range_end: Vec<u8>) -> Self {
        Self { kind: Some(Kind::Delete(Delete { key, range_end })) }
    }
}

impl Compare {
    pub(crate) fn absent(key: &[u8]) -> Self {
        Self {
            relation: Relation::Equal.into(),
            target: Target::CreateRevision.into(),
            key: key.to_vec(),
            with: Some(With::CreateRevision(0)),
        }
    }

    pub(crate) fn value(key: &[u8], relation: Relation, value: Vec<u8>) -> Self {
        Self {
            relation: relation.into(),
            target: Target::Value.into(),
            key: key.to_vec(),
            with: Some(With::Value(value)),
        }
    }
}

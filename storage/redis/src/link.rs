//! The way to Redis: one connection that all calls share, or a cluster's.

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, Cmd, RedisResult, Value};

use crate::error::Refusal;

/// Where Redis is and how to sign in there.
pub(crate) enum Source {
    Single(Box<Client>),
    #[cfg(feature = "cluster")]
    Cluster(Box<redis::cluster::ClusterClient>),
}

/// An open way; its clones share it.
#[derive(Clone)]
pub(crate) enum Link {
    Single(MultiplexedConnection),
    #[cfg(feature = "cluster")]
    Cluster(redis::cluster_async::ClusterConnection),
}

/// Whom a command is for.
#[derive(Clone, Debug)]
pub(crate) enum To {
    /// Whoever has its key.
    Key,
    /// One primary of a cluster.
    #[cfg(feature = "cluster")]
    Node { host: String, port: u16 },
}

impl Source {
    /// Connects, and refuses servers that drop records when memory is short, and replicas, which lag.
    pub(crate) async fn connect(&self) -> Result<Link, Refusal> {
        let mut link = match self {
            Self::Single(client) => {
                // Every call has a time-out of its own around it.
                let waiting = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
                Link::Single(client.get_multiplexed_async_connection_with_config(&waiting).await?)
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(client) => Link::Cluster(client.get_async_connection().await?),
        };
        for (_, info) in link.primaries().await? {
            refuse_unless_safe(&info)?;
        }
        Ok(link)
    }
}

impl Link {
    /// Sends a command; a server's refusal is an error here, not a value as it is to redis-rs.
    pub(crate) async fn send(&mut self, to: &To, command: &Cmd) -> RedisResult<Value> {
        self.exchange(to, command).await?.extract_error()
    }

    async fn exchange(&mut self, to: &To, command: &Cmd) -> RedisResult<Value> {
        match (self, to) {
            (Self::Single(link), _) => link.req_packed_command(command).await,
            #[cfg(feature = "cluster")]
            (Self::Cluster(link), To::Key) => link.req_packed_command(command).await,
            #[cfg(feature = "cluster")]
            (Self::Cluster(link), To::Node { host, port }) => {
                use redis::cluster_routing::{RoutingInfo, SingleNodeRoutingInfo};
                let node = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
                link.route_command(command.clone(), RoutingInfo::SingleNode(node)).await
            }
        }
    }

    /// Every primary, with what it says of itself.
    pub(crate) async fn primaries(&mut self) -> Result<Vec<(To, String)>, Refusal> {
        // INFO rather than CONFIG, which hosted servers do not answer.
        let info = redis::cmd("INFO");
        match self {
            Self::Single(_) => Ok(vec![(To::Key, text(self.send(&To::Key, &info).await?)?)]),
            #[cfg(feature = "cluster")]
            Self::Cluster(link) => {
                use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
                let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let Value::Map(answers) = link.route_command(info, all).await?.extract_error()? else {
                    return Err(Refusal::Unreadable("INFO"));
                };
                if answers.is_empty() {
                    return Err(Refusal::Unreadable("INFO"));
                }
                answers.into_iter().map(|(node, info)| Ok((address(&text(node)?)?, text(info)?))).collect()
            }
        }
    }

    /// Whether it finds its servers again by itself: then it is kept whatever happens.
    pub(crate) fn heals(&self) -> bool {
        !matches!(self, Self::Single(_))
    }
}

fn text(answer: Value) -> Result<String, Refusal> {
    redis::from_redis_value(answer).map_err(|_| Refusal::Unreadable("INFO"))
}

#[cfg(feature = "cluster")]
fn address(node: &str) -> Result<To, Refusal> {
    let (host, port) = node.rsplit_once(':').ok_or(Refusal::Unreadable("address"))?;
    let port = port.parse().map_err(|_| Refusal::Unreadable("address"))?;
    Ok(To::Node { host: host.to_owned(), port })
}

fn refuse_unless_safe(info: &str) -> Result<(), Refusal> {
    let told = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim_end);
    let policy = told("maxmemory_policy").unwrap_or("an unknown one");
    if policy != "noeviction" {
        return Err(Refusal::Evicts { policy: policy.to_owned() });
    }
    if told("role") == Some("master") { Ok(()) } else { Err(Refusal::Follower) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_primary_that_keeps_everything_is_taken() {
        let info = |policy, role| format!("# Memory\r\nmaxmemory_policy:{policy}\r\n# Replication\r\nrole:{role}\r\n");
        assert!(refuse_unless_safe(&info("noeviction", "master")).is_ok());
        let refused = refuse_unless_safe(&info("allkeys-lru", "master"));
        assert!(matches!(refused, Err(Refusal::Evicts { policy }) if policy == "allkeys-lru"));
        assert!(matches!(refuse_unless_safe(&info("noeviction", "slave")), Err(Refusal::Follower)));
        assert!(matches!(refuse_unless_safe("maxmemory_policy:noeviction"), Err(Refusal::Follower)));
        assert!(matches!(refuse_unless_safe("role:master"), Err(Refusal::Evicts { .. })));
    }
}

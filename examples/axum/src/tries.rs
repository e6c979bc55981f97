//! How often one may try: the first wall against guessing passwords.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::problems::Problem;

/// More keys than that are looked through for such as have rested.
const KEPT: usize = 10_000;

/// So many tries in a minute for each address or account. In the memory of this process: several of them want a place that all share.
pub(crate) struct Tries {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Tries {
    /// At most so many at once, and as many in each minute after.
    #[must_use]
    pub(crate) fn new(per_minute: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// One try.
    pub(crate) fn take(&self, key: &str) -> Result<(), Problem> {
        if self.limiter.len() > KEPT {
            self.limiter.retain_recent();
        }
        let refused = self.limiter.check_key(&key.to_owned());
        refused.map_err(|not_until| Problem::TooManyRequests(not_until.wait_time_from(self.clock.now()).as_secs() + 1))
    }
}

/// What one customer of a provider has: an IPv4 address, or the /64 of an IPv6 one.
#[must_use]
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_tries_of_its_own() {
        let tries = Tries::new(2);
        assert!(tries.take("a").is_ok() && tries.take("a").is_ok() && tries.take("b").is_ok());
        assert!(matches!(tries.take("a"), Err(Problem::TooManyRequests(1..=30))));
    }

    #[test]
    fn an_ipv6_customer_is_one_whatever_the_address() {
        let one: IpAddr = "2001:db8:1:2:aaaa::1".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2:bbbb::2".parse().unwrap();
        assert_eq!(network(one), network(other));
        assert_eq!(network("::ffff:203.0.113.7".parse().unwrap()), "203.0.113.7");
    }
}

//! How often somebody may try to log in: after some failures each further one has to wait longer. Failures are counted for a
//! name from one address, for an address whatever the name, and for a name from all addresses together, so that many
//! machines guess no faster than a few. The last does not count where whoever has the name has been let in before: nobody
//! keeps somebody else out of their own house by failing in their name elsewhere. An attempt counts as failed from its
//! beginning, so that many at once are not one. Names that nobody has are treated alike.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// So many failures are typing errors.
const FREE: u32 = 5;
/// An address may be a whole house.
const FREE_ADDRESS: u32 = 15;
/// More than one address can fail with, so that it takes several to keep somebody waiting elsewhere.
const FREE_NAME: u32 = 30;
const LONGEST: Duration = Duration::from_secs(60);
const LONGEST_ADDRESS: Duration = Duration::from_secs(15 * 60);
/// What is longer ago is forgotten.
const MEMORY: Duration = Duration::from_secs(3600);
/// So many names and addresses are remembered.
const MOST: usize = 4096;

/// Who has failed lately.
#[derive(Default)]
pub(super) struct Throttle {
    pairs: Failures<(String, IpAddr)>,
    addresses: Failures<IpAddr>,
    names: Failures<String>,
}

impl Throttle {
    /// Lets somebody try, or tells how long to wait. `is_at_home`: whoever has the name was let in from there before.
    pub(super) fn enter(&mut self, name: &str, from: IpAddr, is_at_home: bool, now: Duration) -> Result<(), Duration> {
        let (name, network) = (name.to_lowercase(), network(from));
        let pair = (name.clone(), network);
        let mut wait = self.pairs.wait(&pair, now).max(self.addresses.wait(&network, now));
        if !is_at_home {
            wait = wait.max(self.names.wait(&name, now));
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        self.pairs.add(pair, now, FREE, LONGEST);
        self.addresses.add(network, now, FREE_ADDRESS, LONGEST_ADDRESS);
        if !is_at_home {
            self.names.add(name, now, FREE_NAME, LONGEST);
        }
        Ok(())
    }

    /// Takes back what [`Throttle::enter`] has counted: it was the right password.
    pub(super) fn passed(&mut self, name: &str, from: IpAddr, is_at_home: bool) {
        let (name, network) = (name.to_lowercase(), network(from));
        if !is_at_home {
            self.names.take_back(&name);
        }
        self.pairs.0.remove(&(name, network));
        self.addresses.take_back(&network);
    }
}

/// The network that one customer is given: who has one IPv6 address has billions.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

struct Failures<K>(HashMap<K, Failed>);

/// Times are those of the machine's uptime.
struct Failed {
    times: u32,
    last: Duration,
    until: Duration,
}

impl<K: Eq + Hash + Clone> Failures<K> {
    fn wait(&self, key: &K, now: Duration) -> Duration {
        self.0.get(key).map_or(Duration::ZERO, |failed| failed.until.saturating_sub(now))
    }

    fn add(&mut self, key: K, now: Duration, free: u32, longest: Duration) {
        if MOST <= self.0.len() && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let failed = self.0.entry(key).or_insert(Failed { times: 0, last: now, until: now });
        if MEMORY <= now.saturating_sub(failed.last) {
            failed.times = 0;
        }
        failed.times = failed.times.saturating_add(1);
        failed.last = now;
        let beyond = failed.times.saturating_sub(free);
        let wait = if beyond == 0 { Duration::ZERO } else { Duration::from_secs(1 << beyond.min(20)) };
        failed.until = now + wait.min(longest);
    }

    fn take_back(&mut self, key: &K) {
        if let Some(failed) = self.0.get_mut(key) {
            failed.times = failed.times.saturating_sub(1);
            failed.until = failed.last;
        }
    }

    /// Forgets what is long ago, or else who failed longest ago.
    fn make_room(&mut self, now: Duration) {
        self.0.retain(|_, failed| now.saturating_sub(failed.last) < MEMORY);
        if self.0.len() < MOST {
            return;
        }
        let oldest = self.0.iter().min_by_key(|(_, failed)| failed.last).map(|(key, _)| key.clone());
        oldest.iter().for_each(|key| _ = self.0.remove(key));
    }
}

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Failures(HashMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn at(last: u8) -> IpAddr {
        IpAddr::from([198, 51, 100, last])
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn whoever_fails_often_waits_longer_each_time_and_others_do_not() {
        let mut throttle = Throttle::default();
        (0..5).for_each(|_| throttle.enter("ann", HOME, false, seconds(0)).unwrap());
        let mut now = seconds(0);
        for wait in [2, 4, 8, 16, 32, 60, 60] {
            throttle.enter("Ann", HOME, false, now).unwrap();
            assert_eq!(throttle.enter("ann", HOME, false, now), Err(seconds(wait)));
            now += seconds(wait);
        }
        throttle.enter("ann", HOME, false, now).unwrap();
        throttle.enter("ann", at(1), false, now).unwrap();
        throttle.passed("ann", HOME, false);
        throttle.enter("ann", HOME, false, now).unwrap();
    }

    #[test]
    fn many_machines_guess_no_faster_than_a_few_and_keep_nobody_out_of_their_house() {
        let mut throttle = Throttle::default();
        (0..31).for_each(|n| throttle.enter("ann", at(n), false, seconds(0)).unwrap());
        assert_eq!(throttle.enter("ann", at(99), false, seconds(0)), Err(seconds(2)));
        throttle.enter("ann", HOME, true, seconds(0)).unwrap();
        throttle.enter("bob", at(99), false, seconds(0)).unwrap();
    }

    #[test]
    fn whoever_tries_many_names_waits_too() {
        let mut throttle = Throttle::default();
        let mut enter = |name: &str, from, now| throttle.enter(name, from, false, now);
        (0..16).for_each(|n| enter(&format!("user{n}"), HOME, seconds(0)).unwrap());
        assert_eq!(enter("another", HOME, seconds(0)), Err(seconds(2)));
        enter("another", at(1), seconds(0)).unwrap();
        enter("another", HOME, seconds(2)).unwrap();
        assert_eq!(enter("yet another", HOME, seconds(2)), Err(seconds(4)));
        let later = seconds(2) + MEMORY;
        (0..15).for_each(|n| enter(&format!("later{n}"), HOME, later).unwrap());
    }

    #[test]
    fn a_network_is_one_address() {
        let check = |one: &str, other: &str, same: bool| {
            assert_eq!(network(one.parse().unwrap()) == network(other.parse().unwrap()), same, "{one} {other}");
        };
        check("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true);
        check("2001:db8:1:2::1", "2001:db8:1:3::1", false);
        check("::ffff:192.0.2.1", "192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let mut failures = Failures::<u32>::default();
        (0..10_000).for_each(|key| failures.add(key, seconds(key.into()), FREE, LONGEST));
        assert!(failures.0.len() <= MOST && failures.0.contains_key(&9_999) && !failures.0.contains_key(&0));
    }
}

//! The reference model: the rules of DESIGN §§3 and 5 once more, in plain integers and lists, without seals, bytes or constant
//! time. It shares nothing with the engine but the arithmetic of codes.

use crate::parts::{Answer, FULL, Lane, MINUTE, Phone, STEP, no};

#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) key: usize,
    proved_at: i64,
    trusted_at: Option<i64>,
    lane: Lane,
}

#[derive(Clone)]
pub(crate) struct Challenge {
    key: usize,
    epoch: usize,
    issued_at: i64,
    browser: Option<usize>,
}

#[derive(Clone)]
struct Tally {
    challenge: usize,
    issued_at: i64,
    failures: u8,
    used: bool,
    on_browser: bool,
    charged: i64,
}

#[derive(Clone, Copy)]
pub(crate) struct Proof {
    pub(crate) epoch: usize,
    pub(crate) at: i64,
}

/// A success: the browser that is known now, and the proof.
pub(crate) struct Entered {
    pub(crate) browser: Option<usize>,
    pub(crate) proof: Proof,
}

/// One user.
#[derive(Clone, Default)]
pub(crate) struct User {
    pub(crate) now: i64,
    /// There is a record.
    pub(crate) exists: bool,
    pub(crate) phones: Vec<Phone>,
    pub(crate) epoch: usize,
    epochs: usize,
    browsers_made: usize,
    challenges_made: usize,
    pub(crate) spent: Vec<bool>,
    pub(crate) saved: bool,
    account: Lane,
    pub(crate) browsers: Vec<Browser>,
    tallies: Vec<Tally>,
    closed_before: Option<i64>,
    /// The operation writes.
    pub(crate) writes: bool,
}

fn grants(now: i64, start: i64, seconds: i64) -> bool {
    start <= now + MINUTE && now < start + seconds
}

impl User {
    pub(crate) fn at(now: i64) -> Self {
        Self { now, ..Self::default() }
    }

    pub(crate) fn active(&self) -> bool {
        !self.phones.is_empty()
    }

    fn new_epoch(&mut self) {
        self.epochs += 1;
        self.epoch = self.epochs;
    }

    /// Whatever is written is settled first.
    pub(crate) fn settle(&mut self) {
        let now = self.now;
        self.account.settle(now);
        self.browsers.iter_mut().for_each(|browser| browser.lane.settle(now));
        let set_back = |second| if second > now + MINUTE { now } else { second };
        self.closed_before = self.closed_before.map(set_back);
        self.tallies.iter_mut().for_each(|tally| tally.issued_at = set_back(tally.issued_at));
        self.exists = true;
    }

    pub(crate) fn is_known(&self, browser: &Browser) -> bool {
        grants(self.now, browser.proved_at, 90 * 86_400)
    }

    pub(crate) fn is_trusted(&self, browser: &Browser) -> bool {
        self.is_known(browser) && browser.trusted_at.is_some_and(|at| grants(self.now, at, 30 * 86_400))
    }

    pub(crate) fn known(&self, key: Option<usize>) -> Option<&Browser> {
        self.browsers.iter().find(|browser| Some(browser.key) == key && self.is_known(browser))
    }

    fn lane(&self, browser: Option<usize>) -> &Lane {
        self.known(browser).map_or(&self.account, |browser| &browser.lane)
    }

    fn lane_mut(&mut self, browser: Option<usize>) -> (&mut Lane, bool) {
        match self.known(browser).map(|browser| browser.key) {
            Some(key) => (&mut self.browsers.iter_mut().find(|browser| browser.key == key).unwrap().lane, true),
            None => (&mut self.account, false),
        }
    }

    fn full(&self) -> i64 {
        FULL * i64::try_from(self.phones.iter().filter(|phone| !phone.is_ahead(self.now)).count()).unwrap()
    }

    /// What `status` says: seconds to wait and codes required.
    pub(crate) fn throttle(&self, browser: Option<usize>) -> (Option<i64>, u8) {
        if !self.active() {
            return (None, 1);
        }
        match self.full() {
            0 => (None, 3),
            full => match self.lane(browser).ask(self.now, full) {
                Ok(()) => (None, 1),
                Err(("throttled", wait)) => (wait, 1),
                Err(_) => (None, 3),
            },
        }
    }

    /// A challenge, or `None` when there is nothing to ask.
    pub(crate) fn challenge(&mut self, browser: Option<usize>) -> Option<Challenge> {
        if !self.active() {
            return None;
        }
        self.challenges_made += 1;
        let browser = self.known(browser).map(|browser| browser.key);
        Some(Challenge { key: self.challenges_made, epoch: self.epoch, issued_at: self.now, browser })
    }

    fn holds(&self, challenge: &Challenge) -> bool {
        let open = match self.tallies.iter().find(|tally| tally.challenge == challenge.key) {
            Some(tally) => !tally.used && tally.failures < 5,
            None => {
                !self.closed_before.is_some_and(|closed| challenge.issued_at <= closed && closed <= self.now + MINUTE)
            }
        };
        self.active() && challenge.epoch == self.epoch && grants(self.now, challenge.issued_at, 300) && open
    }

    pub(crate) fn single(&mut self, challenge: &Challenge, code: &str, trust: bool) -> Answer<Entered> {
        if !self.holds(challenge) {
            return no("challenge_expired");
        }
        let (now, full) = (self.now, self.full());
        if full == 0 {
            return no("more_codes_required");
        }
        self.lane(challenge.browser).ask(now, full)?;
        let refusal =
            if self.phones.iter().any(|phone| phone.is_ahead(now)) { "more_codes_required" } else { "invalid_code" };
        let (mut fresh_steps, mut used, mut hits) = (0, false, Vec::new());
        for (index, phone) in self.phones.iter().enumerate().filter(|(_, phone)| !phone.is_ahead(now)) {
            let (fresh, burned): (Vec<i64>, Vec<i64>) = phone.window(now).partition(|step| phone.is_fresh(*step));
            fresh_steps += i64::try_from(fresh.len()).unwrap();
            used |= burned.iter().any(|step| phone.code(*step) == code);
            if let Some(highest) = fresh.into_iter().rev().find(|step| phone.code(*step) == code) {
                hits.push((index, highest));
            }
        }
        if used {
            return no(refusal);
        }
        if !hits.is_empty() {
            hits.into_iter().for_each(|(index, highest)| self.phones[index].accept(&[highest]));
            return Ok(self.enter(challenge, trust));
        }
        if fresh_steps > 0 {
            self.fail(challenge, fresh_steps * STEP, full);
        }
        no(refusal)
    }

    fn fail(&mut self, challenge: &Challenge, price: i64, full: i64) {
        let now = self.now;
        let (lane, on_browser) = self.lane_mut(challenge.browser);
        lane.whole_at = now * 1000 + lane.debt(now) + price;
        lane.retry_at = now + lane.wait(now, full);
        let tally = self.tally(challenge, on_browser);
        tally.failures += 1;
        tally.charged += price;
        self.writes = true;
    }

    fn tally(&mut self, challenge: &Challenge, on_browser: bool) -> &mut Tally {
        if !self.tallies.iter().any(|tally| tally.challenge == challenge.key) {
            if self.tallies.len() == 16 {
                let oldest = (0..16).min_by_key(|index| (self.tallies[*index].used, self.tallies[*index].issued_at));
                let dropped = self.tallies.remove(oldest.unwrap());
                if dropped.used {
                    self.closed_before = self.closed_before.max(Some(dropped.issued_at));
                }
            }
            self.tallies.push(Tally {
                challenge: challenge.key,
                issued_at: challenge.issued_at,
                failures: 0,
                used: false,
                on_browser,
                charged: 0,
            });
        }
        let index = self.tallies.iter().position(|tally| tally.challenge == challenge.key).unwrap();
        // The one touched last stands last; the order decides between tallies of the same second.
        let touched = self.tallies.remove(index);
        self.tallies.push(touched);
        let tally = self.tallies.last_mut().unwrap();
        if tally.on_browser != on_browser {
            (tally.on_browser, tally.charged) = (on_browser, 0);
        }
        tally
    }

    pub(crate) fn triple(&mut self, challenge: &Challenge, codes: &[String; 3], trust: bool) -> Answer<Entered> {
        if !self.holds(challenge) {
            return no("challenge_expired");
        }
        let (now, radius) = (self.now, [20, 10, 6][self.phones.len() - 1]);
        let found = self.phones.iter().enumerate().find_map(|(index, phone)| {
            let usable = |step: i64| {
                if phone.is_ahead(now) { !phone.recent.contains(&step) } else { phone.is_fresh(step) }
            };
            let ends = |newest: i64| {
                (0..3).all(|at| {
                    let step = newest - 2 + at;
                    step >= Phone::step(now) - radius
                        && usable(step)
                        && phone.code(step) == codes[usize::try_from(at).unwrap()]
                })
            };
            let centre = Phone::step(now);
            (centre - radius..=centre + radius).rev().find(|newest| ends(*newest)).map(|newest| (index, newest))
        });
        let Some((index, newest)) = found else { return no("invalid_code") };
        let phone = &mut self.phones[index];
        let offset = newest - Phone::step(now);
        if (offset - phone.drift).abs() > 1 {
            phone.drift = offset.clamp(-20, 20);
        }
        phone.accept(&[newest - 2, newest - 1, newest]);
        Ok(self.enter(challenge, trust))
    }

    pub(crate) fn backup(&mut self, challenge: &Challenge, index: Option<usize>) -> Answer<Entered> {
        if !self.holds(challenge) {
            return no("challenge_expired");
        }
        match index.and_then(|index| self.spent.get_mut(index)) {
            Some(spent) if !*spent => *spent = true,
            _ => return no("invalid_code"),
        }
        Ok(self.enter(challenge, false))
    }

    fn enter(&mut self, challenge: &Challenge, trust: bool) -> Entered {
        let now = self.now;
        let on_browser = self.known(challenge.browser).is_some();
        let tally = self.tally(challenge, on_browser);
        tally.used = true;
        let charged = std::mem::take(&mut tally.charged);
        let full = FULL * i64::try_from(self.phones.len()).unwrap();
        if charged > 0 {
            let lane = self.lane_mut(challenge.browser).0;
            let debt = (lane.debt(now) - charged).max(0);
            lane.whole_at = if debt == 0 { 0 } else { now * 1000 + debt };
            lane.retry_at = lane.retry_at.min(now + lane.wait(now, full));
        }
        self.writes = true;
        let browser = self.know_browser(challenge.browser, trust);
        Entered { browser, proof: Proof { epoch: self.epoch, at: now } }
    }

    fn know_browser(&mut self, presented: Option<usize>, trust: bool) -> Option<usize> {
        let now = self.now;
        let mut browser = match self.known(presented).cloned() {
            Some(known) => {
                self.browsers.retain(|other| other.key != known.key);
                known
            }
            None => {
                while self.browsers.len() >= 10 {
                    let worth = |index: &usize| {
                        let browser = &self.browsers[*index];
                        (self.is_trusted(browser), self.is_known(browser), browser.proved_at)
                    };
                    let least = (0..self.browsers.len()).min_by_key(worth).unwrap();
                    if self.is_trusted(&self.browsers[least]) && !trust {
                        return None;
                    }
                    self.browsers.remove(least);
                }
                self.browsers_made += 1;
                Browser { key: self.browsers_made, proved_at: now, trusted_at: None, lane: Lane::default() }
            }
        };
        browser.proved_at = now;
        browser.trusted_at = if trust { Some(now) } else { browser.trusted_at };
        let key = browser.key;
        self.browsers.push(browser);
        Some(key)
    }
}

// What the operations of `lifecycle.rs` change.
impl User {
    pub(crate) fn draw_epoch(&mut self) {
        self.new_epoch();
    }

    pub(crate) fn know(&mut self) -> Option<usize> {
        self.know_browser(None, false)
    }

    pub(crate) fn end_trust(&mut self) {
        self.browsers.iter_mut().for_each(|browser| browser.trusted_at = None);
    }

    /// A tombstone: the budget stays, everything else goes.
    pub(crate) fn bury(&mut self) {
        self.phones.clear();
        self.browsers.clear();
        self.tallies.clear();
        (self.spent, self.saved, self.closed_before) = (Vec::new(), false, None);
        self.new_epoch();
        self.writes = true;
    }

    pub(crate) fn unlock(&mut self) {
        if self.exists {
            self.account = Lane::default();
            self.browsers.iter_mut().for_each(|browser| browser.lane = Lane::default());
            self.tallies.iter_mut().for_each(|tally| tally.charged = 0);
            self.writes = true;
        }
    }
}

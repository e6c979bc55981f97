//! The rest of the model: what each operation ends.

use twinlock::AuthenticatorAccount;

use crate::parts::{Answer, Phone, no};
use crate::reference::{Entered, Proof, User};

impl User {
    pub(crate) fn proves(&self, proof: Proof, max_age: Option<i64>) -> bool {
        let young = max_age.is_none_or(|age| self.now <= proof.at + age);
        self.active() && proof.epoch == self.epoch && proof.at <= self.now + 60 && young
    }

    fn sensitive(&self, proof: Proof) -> Answer<()> {
        match () {
            () if !self.active() => no("not_enabled"),
            () if self.proves(proof, Some(300)) => Ok(()),
            () => no("assurance_required"),
        }
    }

    /// Begin and confirm in one go, with the code shown now.
    pub(crate) fn enroll(
        &mut self,
        proof: Option<Proof>,
        key: usize,
        account: AuthenticatorAccount,
    ) -> Answer<Entered> {
        if self.active() {
            self.may_add(proof)?;
        }
        let mut phone = Phone::new(key, account);
        phone.confirm(self.now);
        self.add(phone, 10);
        Ok(Entered { browser: self.know(), proof: Proof { epoch: self.epoch, at: self.now } })
    }

    /// What `begin_enrollment` says to a user who has a second factor.
    pub(crate) fn may_add(&self, proof: Option<Proof>) -> Answer<()> {
        match proof {
            Some(proof) if self.proves(proof, Some(300)) => {}
            _ => return no("assurance_required"),
        }
        if self.phones.len() == 3 { no("too_many_authenticators") } else { Ok(()) }
    }

    pub(crate) fn import(&mut self, key: usize, account: AuthenticatorAccount) -> Answer<()> {
        if self.phones.iter().any(|phone| phone.key == key) {
            return Ok(());
        }
        if self.phones.len() == 3 {
            return no("too_many_authenticators");
        }
        let mut phone = Phone::new(key, account);
        if self.exists && !self.active() {
            phone.burn_window(self.now);
        }
        self.add(phone, 0);
        Ok(())
    }

    fn add(&mut self, phone: Phone, codes: usize) {
        if !self.active() {
            self.draw_epoch();
            (self.spent, self.saved) = (vec![false; codes], false);
        }
        self.phones.push(phone);
        self.writes = true;
    }

    pub(crate) fn remove(&mut self, proof: Proof, index: usize) -> Answer<()> {
        self.sensitive(proof)?;
        match self.phones.len() {
            length if index >= length => no("not_found"),
            1 => no("last_authenticator"),
            _ => {
                self.phones.remove(index);
                self.draw_epoch();
                self.end_trust();
                self.writes = true;
                Ok(())
            }
        }
    }

    pub(crate) fn regenerate(&mut self, proof: Proof) -> Answer<()> {
        self.sensitive(proof)?;
        (self.spent, self.saved) = (vec![false; 10], false);
        self.writes = true;
        Ok(())
    }

    pub(crate) fn codes_saved(&mut self) -> Answer<()> {
        if !self.active() {
            return no("not_enabled");
        }
        self.writes = !self.spent.is_empty() && !self.saved;
        self.saved = !self.spent.is_empty();
        Ok(())
    }

    pub(crate) fn disable(&mut self, proof: Proof) -> Answer<()> {
        self.sensitive(proof)?;
        self.bury();
        Ok(())
    }

    pub(crate) fn reset(&mut self) {
        if self.active() {
            self.bury();
        }
    }

    pub(crate) fn password_changed(&mut self) {
        if self.active() {
            self.draw_epoch();
            self.end_trust();
            self.writes = true;
        }
    }

    pub(crate) fn revoke_all(&mut self) -> Answer<()> {
        if !self.active() {
            return no("not_enabled");
        }
        self.writes = !self.browsers.is_empty();
        self.browsers.clear();
        Ok(())
    }

    pub(crate) fn revoke(&mut self, key: Option<usize>) -> Answer<()> {
        if !self.active() {
            return no("not_enabled");
        }
        let before = self.browsers.len();
        self.browsers.retain(|browser| Some(browser.key) != key);
        self.writes = self.browsers.len() < before;
        if self.writes { Ok(()) } else { no("not_found") }
    }
}

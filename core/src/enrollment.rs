//! Getting a second factor: begin, confirm, import. Nothing is stored before the confirmation.

use zeroize::Zeroizing;

use crate::backup_codes::BackupCodes;
use crate::decision::Decision;
use crate::error::{Error, Result};
use crate::event::{Draft, EventKind};
use crate::input::{Id, Presented, TotpCode};
use crate::otp::{CodeGenerator, Parameters};
use crate::otpauth::OtpauthUri;
use crate::outcome::{Enrolled, Enrollment, NewBackupCodes};
use crate::policy::RESYNC_STEPS;
use crate::record::{Authenticator, Record};
use crate::secret::Secret;
use crate::token::{Setup, Token};
use crate::verification::{know_device, newest_of_three};

pub(crate) struct Begin {
    pub(crate) account_name: String,
    pub(crate) issuer: String,
    pub(crate) assurance: Option<String>,
    pub(crate) setup: Option<Setup>,
    /// `setup` as it came, to be given back unchanged.
    pub(crate) setup_text: String,
}

pub(crate) fn begin(decision: &mut Decision<'_>, begin: &Begin) -> Result<Enrollment> {
    let policy = decision.policy();
    if let Some(record) = decision.active() {
        let room = record.authenticators.len() < policy.settings().max_authenticators.into();
        decision.require_fresh_proof(begin.assurance.as_deref())?; // before any secret leaves
        if !room {
            return Err(Error::TooManyAuthenticators);
        }
    }
    let resumed = begin.setup.clone().filter(|setup| is_own(decision, setup));
    let (setup, text) = match resumed {
        Some(setup) => (setup, begin.setup_text.clone()),
        None => new_setup(decision)?,
    };
    let uri = OtpauthUri::new(Some(&begin.issuer), &begin.account_name, setup.secret.clone(), setup.parameters)
        .map_err(|error| Error::malformed(error.to_string()))?;
    Ok(Enrollment {
        setup: text,
        secret: setup.secret.to_base32(),
        uri: uri.to_uri(),
        expires_at: setup.issued_at.saturating_add(policy.settings().setup_ttl.into()),
        account_name: begin.account_name.clone(),
        issuer: begin.issuer.clone(),
        parameters: setup.parameters,
    })
}

fn new_setup(decision: &mut Decision<'_>) -> Result<(Setup, String)> {
    let policy = decision.policy();
    let random: Zeroizing<[u8; 64]> = Zeroizing::new(decision.entropy.take()?);
    let bytes = random.get(..policy.settings().secret_bytes.into()).unwrap_or(random.as_slice());
    let setup = Setup {
        user_id: decision.user_id.clone(),
        epoch: decision.record.as_ref().map(|record| record.epoch),
        active: decision.active().is_some(),
        issued_at: decision.now.as_secs(),
        parameters: policy.parameters(),
        secret: Secret::from_bytes(bytes).map_err(|_| Error::internal("a new secret is too short"))?,
    };
    let text = setup.seal(&decision.engine.sealer, &mut decision.entropy)?;
    Ok((setup, text))
}

/// This user's, unexpired, and nothing has changed since that ends setups.
fn is_own(decision: &Decision<'_>, setup: &Setup) -> bool {
    is_unexpired(decision, setup)
        && setup.epoch == decision.record.as_ref().map(|record| record.epoch)
        && setup.active == decision.active().is_some()
        && !decision.active().is_some_and(|record| has(record, setup))
}

fn is_unexpired(decision: &Decision<'_>, setup: &Setup) -> bool {
    let ttl = decision.policy().settings().setup_ttl;
    setup.user_id == *decision.user_id && decision.now.grants(setup.issued_at, ttl.into())
}

fn has(record: &Record, setup: &Setup) -> bool {
    find(record, &setup.secret, setup.parameters).is_some()
}

fn find<'r>(record: &'r Record, secret: &Secret, parameters: Parameters) -> Option<&'r Authenticator> {
    record.authenticators.iter().find(|other| other.secret == *secret && other.parameters == parameters)
}

pub(crate) struct Confirm {
    pub(crate) setup: Setup,
    pub(crate) presented: Presented,
    pub(crate) name: Option<String>,
}

pub(crate) fn confirm(decision: &mut Decision<'_>, confirm: &Confirm) -> Result<Enrolled> {
    check_setup(decision, &confirm.setup)?;
    let mut authenticator = Authenticator {
        id: Id(decision.entropy.take()?),
        name: confirm.name.clone().unwrap_or_else(|| default_name(decision)),
        secret: confirm.setup.secret.clone(),
        parameters: confirm.setup.parameters,
        last_step: None,
        drift: 0,
        recent: Vec::new(),
        created_at: decision.now.as_secs(),
        last_used_at: None,
    };
    let steps = evaluate(decision, &mut authenticator, &confirm.presented)?;
    authenticator.accept(&steps, decision.now); // the code that confirmed cannot sign in
    let id = authenticator.id.text();
    let backup_codes = add(decision, authenticator, true)?;
    let device = know_device(decision, None, false)?;
    Ok(Enrolled {
        authenticator_id: id,
        backup_codes,
        assurance: decision.assurance(decision.now.as_secs())?,
        device,
        verified_at: decision.now.as_secs(),
    })
}

fn default_name(decision: &Decision<'_>) -> String {
    let number = decision.active().map_or(0, |record| record.authenticators.len()).saturating_add(1);
    format!("Authenticator {number}")
}

/// Why a setup no longer holds, the kindest reason first.
fn check_setup(decision: &Decision<'_>, setup: &Setup) -> Result<()> {
    if setup.user_id != *decision.user_id {
        return Err(Error::SetupExpired);
    }
    if let Some(record) = decision.active() {
        if has(record, setup) {
            return Err(Error::AlreadyEnrolled); // a double click
        }
        if !setup.active {
            return Err(Error::AssuranceRequired); // became active meanwhile: whoever adds now must prove the second factor
        }
        if record.authenticators.len() >= decision.policy().settings().max_authenticators.into() {
            return Err(Error::TooManyAuthenticators);
        }
    }
    if is_own(decision, setup) { Ok(()) } else { Err(Error::SetupExpired) }
}

/// The steps that the codes prove. Whoever asks holds the secret already, so here a code outside the window may be told apart.
fn evaluate(decision: &mut Decision<'_>, authenticator: &mut Authenticator, presented: &Presented) -> Result<Vec<u64>> {
    let now = decision.now;
    let centre = i64::try_from(authenticator.parameters.step_at(now.as_secs())).unwrap_or(i64::MAX);
    let radius = i64::from(RESYNC_STEPS);
    let around = |reach: i64| (centre.saturating_sub(reach), centre.saturating_add(reach));
    let error = match presented {
        Presented::Backup(_) => Error::MalformedCode,
        Presented::Single(code) if code.digits != authenticator.parameters.digits => Error::MalformedCode,
        Presented::Triple(codes) if codes[0].digits != authenticator.parameters.digits => Error::MalformedCode,
        Presented::Single(code) => {
            if let Some(step) = highest(authenticator, *code, around(decision.policy().settings().window.into())) {
                return Ok(vec![step]);
            }
            match highest(authenticator, *code, around(radius)) {
                Some(_) => Error::MoreCodesRequired { count: 3 },
                None => Error::InvalidCode,
            }
        }
        Presented::Triple(codes) => {
            let (first, last) = around(radius);
            match newest_of_three(authenticator, codes, first, last, |_| true) {
                Some(newest) => {
                    authenticator.learn_drift(newest, now);
                    return Ok(vec![newest.saturating_sub(2), newest.saturating_sub(1), newest]);
                }
                None => Error::InvalidCode,
            }
        }
    };
    if !matches!(error, Error::MalformedCode) {
        decision.note(Draft::failed("not_confirmed", "totp", false));
    }
    Err(error)
}

fn highest(authenticator: &Authenticator, code: TotpCode, (first, last): (i64, i64)) -> Option<u64> {
    let generator = CodeGenerator::new(&authenticator.secret, authenticator.parameters);
    let steps = (first..=last).rev().filter_map(|step| u64::try_from(step).ok());
    steps.into_iter().find(|&step| generator.value(step) == code.value)
}

pub(crate) struct Import {
    pub(crate) name: Option<String>,
    pub(crate) secret: Secret,
    pub(crate) parameters: Parameters,
    pub(crate) last_used_step: Option<u64>,
    pub(crate) drift: i8,
    pub(crate) actor: String,
}

pub(crate) fn import(decision: &mut Decision<'_>, import: &Import) -> Result<String> {
    if let Some(record) = decision.active() {
        if let Some(there) = find(record, &import.secret, import.parameters) {
            return Ok(there.id.text());
        }
        if record.authenticators.len() >= decision.policy().settings().max_authenticators.into() {
            return Err(Error::TooManyAuthenticators);
        }
    }
    let over_tombstone = decision.record.as_ref().is_some_and(|record| !record.enabled);
    // After switching off, which codes were used is forgotten: the whole current window counts as used.
    let reach = i64::from(decision.policy().settings().window).saturating_add(import.drift.into());
    let seen = import.parameters.step_at(decision.now.as_secs()).saturating_add_signed(reach);
    let authenticator = Authenticator {
        id: Id(decision.entropy.take()?),
        name: import.name.clone().unwrap_or_else(|| default_name(decision)),
        secret: import.secret.clone(),
        parameters: import.parameters,
        last_step: if over_tombstone { import.last_used_step.max(Some(seen)) } else { import.last_used_step },
        drift: import.drift,
        recent: import.last_used_step.into_iter().collect(),
        created_at: decision.now.as_secs(),
        last_used_at: None,
    };
    let id = authenticator.id.text();
    decision.note(Draft::new(EventKind::AuthenticatorImported).by(&import.actor).with("authenticator_id", id.clone()));
    add(decision, authenticator, false)?;
    Ok(id)
}

/// Adds an authenticator; the first one switches the second factor on, draws a new epoch, and brings backup codes when confirmed.
fn add(decision: &mut Decision<'_>, authenticator: Authenticator, with_codes: bool) -> Result<NewBackupCodes> {
    let first = decision.active().is_none();
    let epoch = decision.new_epoch()?;
    let count = if first && with_codes { decision.policy().settings().backup_codes } else { 0 };
    let (set, texts) = BackupCodes::make(count, decision.now, &mut decision.entropy)?;
    let id = authenticator.id.text();
    let record = decision.change_or_make()?;
    record.authenticators.push(authenticator);
    if first {
        record.enabled = true;
        record.epoch = epoch;
        record.backup_codes = (count > 0).then_some(set);
    }
    let kind = if first { EventKind::Enrolled } else { EventKind::AuthenticatorAdded };
    decision.note(Draft::new(kind).with("authenticator_id", id));
    if count > 0 {
        decision.note(Draft::new(EventKind::BackupCodesMade).with("count", count));
    }
    Ok(texts)
}

//! Record ↔ bytes. The first byte of the sealed data is the format; every released format opens for ever
//! (`tests/records/` holds one record of each).

use super::{
    Authenticator, Device, MOST_AUTHENTICATORS, MOST_CODES, MOST_DEVICES, RECENT_STEPS, Record, TALLIES, Tally,
};
use crate::backup_codes::BackupCodes;
use crate::input::Id;
use crate::otp::{Algorithm, Parameters};
use crate::secret::Secret;
use crate::throttle::Budget;
use crate::wire::{Malformed, Reader, Writer, number_length};

/// The format that is written.
pub(crate) const FORMAT: u8 = 1;

/// An upper bound of the encoded size, so that no secret is left behind by growing. A tight one: buffers beyond a kilobyte are
/// slow to come by, and records stay below.
pub(crate) fn bound(record: &Record) -> usize {
    let mut bound = 120_usize;
    for Authenticator { name, secret, .. } in &record.authenticators {
        bound = bound.saturating_add(160).saturating_add(name.len()).saturating_add(secret.as_bytes().len());
    }
    for Tally { issued_at, charged, .. } in &record.tallies {
        bound = bound.saturating_add(8 + 2).saturating_add(2_usize.saturating_mul(number_length(issued_at | charged)));
    }
    for Device { label, proved_at, trusted_at, budget, .. } in &record.devices {
        let times = proved_at | trusted_at.unwrap_or(0).saturating_add(1) | budget.cool_at | budget.retry_at;
        bound = bound.saturating_add(8 + 2).saturating_add(label.len());
        bound = bound.saturating_add(4_usize.saturating_mul(number_length(times)));
    }
    bound.saturating_add(record.backup_codes.as_ref().map_or(0, |set| set.hashes.len().saturating_mul(16)))
}

pub(crate) fn encode(record: &Record, writer: &mut Writer<'_>) {
    writer.byte(record.enabled.into());
    writer.array(&record.epoch);
    budget(writer, &record.budget);
    writer.option(record.closed_before);
    list(writer, &record.authenticators, authenticator);
    writer.byte(record.backup_codes.is_some().into());
    record.backup_codes.iter().for_each(|set| backup_codes(writer, set));
    list(writer, &record.tallies, tally);
    list(writer, &record.devices, device);
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Record, Malformed> {
    let mut reader = Reader::new(bytes);
    let record = Record {
        enabled: reader.flag()?,
        epoch: reader.array()?,
        budget: read_budget(&mut reader)?,
        closed_before: reader.option()?,
        authenticators: reader.list(MOST_AUTHENTICATORS, read_authenticator)?,
        backup_codes: if reader.flag()? { Some(read_backup_codes(&mut reader)?) } else { None },
        tallies: reader.list(TALLIES, read_tally)?,
        devices: reader.list(MOST_DEVICES, read_device)?,
    };
    reader.end()?;
    if record.enabled == record.authenticators.is_empty() {
        return Err(Malformed);
    }
    Ok(record)
}

fn list<T>(writer: &mut Writer<'_>, items: &[T], item: fn(&mut Writer<'_>, &T)) {
    writer.number(items.len() as u64);
    items.iter().for_each(|each| item(writer, each));
}

fn budget(writer: &mut Writer<'_>, budget: &Budget) {
    writer.number(budget.cool_at);
    writer.number(budget.retry_at);
    writer.byte(budget.suspected.into());
}

fn read_budget(reader: &mut Reader<'_>) -> Result<Budget, Malformed> {
    Ok(Budget { cool_at: reader.number()?, retry_at: reader.number()?, suspected: reader.flag()? })
}

fn authenticator(writer: &mut Writer<'_>, authenticator: &Authenticator) {
    writer.array(&authenticator.id.0);
    writer.bytes(authenticator.name.as_bytes());
    writer.bytes(authenticator.secret.as_bytes());
    parameters(writer, authenticator.parameters);
    writer.option(authenticator.last_step);
    writer.array(&authenticator.drift.to_le_bytes());
    writer.number(authenticator.recent.len() as u64);
    for &step in &authenticator.recent {
        writer.number(step);
    }
    writer.number(authenticator.created_at);
    writer.option(authenticator.last_used_at);
}

fn read_authenticator(reader: &mut Reader<'_>) -> Result<Authenticator, Malformed> {
    Ok(Authenticator {
        id: Id(reader.array()?),
        name: reader.text(64)?,
        secret: read_secret(reader)?,
        parameters: read_parameters(reader)?,
        last_step: reader.option()?,
        drift: i8::from_le_bytes(reader.array()?),
        recent: reader.list(RECENT_STEPS, Reader::number)?,
        created_at: reader.number()?,
        last_used_at: reader.option()?,
    })
}

pub(crate) fn read_secret(reader: &mut Reader<'_>) -> Result<Secret, Malformed> {
    Secret::from_bytes(reader.bytes(64)?).map_err(|_| Malformed)
}

pub(crate) fn parameters(writer: &mut Writer<'_>, parameters: Parameters) {
    writer.byte(match parameters.algorithm {
        Algorithm::Sha1 => 1,
        Algorithm::Sha256 => 2,
        Algorithm::Sha512 => 3,
    });
    writer.byte(parameters.digits);
    writer.number(parameters.period.into());
}

pub(crate) fn read_parameters(reader: &mut Reader<'_>) -> Result<Parameters, Malformed> {
    let algorithm = match reader.byte()? {
        1 => Algorithm::Sha1,
        2 => Algorithm::Sha256,
        3 => Algorithm::Sha512,
        _ => return Err(Malformed),
    };
    Parameters::new(algorithm, reader.byte()?, reader.small()?).map_err(|_| Malformed)
}

fn backup_codes(writer: &mut Writer<'_>, codes: &BackupCodes) {
    writer.array(&codes.salt);
    writer.number(codes.hashes.len() as u64);
    for hash in &codes.hashes {
        writer.array(hash);
    }
    writer.number(codes.spent.into());
    writer.byte(codes.saved.into());
    writer.number(codes.made_at);
}

fn read_backup_codes(reader: &mut Reader<'_>) -> Result<BackupCodes, Malformed> {
    Ok(BackupCodes {
        salt: reader.array()?,
        hashes: reader.list(MOST_CODES, Reader::array)?,
        spent: reader.small()?,
        saved: reader.flag()?,
        made_at: reader.number()?,
    })
}

fn tally(writer: &mut Writer<'_>, tally: &Tally) {
    writer.array(&tally.id.0);
    writer.number(tally.issued_at);
    writer.byte(tally.failures);
    writer.byte(u8::from(tally.used) | u8::from(tally.on_device) << 1);
    writer.number(tally.charged);
}

fn read_tally(reader: &mut Reader<'_>) -> Result<Tally, Malformed> {
    let (id, issued_at, failures, flags) = (Id(reader.array()?), reader.number()?, reader.byte()?, reader.byte()?);
    if flags > 3 {
        return Err(Malformed);
    }
    Ok(Tally { id, issued_at, failures, used: flags & 1 != 0, on_device: flags & 2 != 0, charged: reader.number()? })
}

fn device(writer: &mut Writer<'_>, device: &Device) {
    writer.array(&device.id.0);
    writer.bytes(device.label.as_bytes());
    writer.number(device.proved_at);
    writer.option(device.trusted_at);
    budget(writer, &device.budget);
}

fn read_device(reader: &mut Reader<'_>) -> Result<Device, Malformed> {
    Ok(Device {
        id: Id(reader.array()?),
        label: reader.text(64)?,
        proved_at: reader.number()?,
        trusted_at: reader.option()?,
        budget: read_budget(reader)?,
    })
}

//! The little of protocol buffers that the migration format needs, strict about what it reads.

use zeroize::Zeroizing;

use super::UriError;

/// The value of one field, by wire type.
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Four or eight fixed bytes: no field of ours, skipped.
    Fixed,
}

/// Walks over the fields of a message.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field's number and value; nothing at the end of the message.
    pub(super) fn field(&mut self) -> Result<Option<(u64, Value<'a>)>, UriError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).map_err(|_| UriError::MalformedExport)?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(UriError::MalformedExport),
        };
        match key >> 3 {
            0 => Err(UriError::MalformedExport),
            number => Ok(Some((number, value))),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], UriError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(UriError::MalformedExport)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Seven bits a byte, least significant first; at most 64 bits.
    fn varint(&mut self) -> Result<u64, UriError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(UriError::MalformedExport)?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(UriError::MalformedExport)
    }
}

/// Builds a message. The capacity is given at the start, so that no outgrown buffer keeps a secret.
pub(super) struct Writer {
    message: Zeroizing<Vec<u8>>,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { message: Zeroizing::new(Vec::with_capacity(bytes)) }
    }

    pub(super) fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    pub(super) fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | 2);
        // A slice never has more than 2^63 bytes.
        self.varint(u64::try_from(value.len()).unwrap_or(u64::MAX));
        self.message.extend_from_slice(value);
    }

    pub(super) fn into_message(self) -> Zeroizing<Vec<u8>> {
        self.message
    }

    fn varint(&mut self, mut number: u64) {
        while number > 0x7f {
            let [.., low] = (number | 0x80).to_be_bytes();
            self.message.push(low);
            number >>= 7;
        }
        let [.., low] = number.to_be_bytes();
        self.message.push(low);
    }
}

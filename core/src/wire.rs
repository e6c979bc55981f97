//! Bytes of tokens and records: fixed order, varints in their shortest form, nothing left over.

/// What does not decode. After a seal has opened this means a fault of ours or a newer format.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Writes at the end of a buffer that its owner zeroizes.
pub(crate) struct Writer<'a>(pub(crate) &'a mut Vec<u8>);

impl Writer<'_> {
    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn array(&mut self, value: &[u8]) {
        self.0.extend_from_slice(value);
    }

    /// LEB128.
    pub(crate) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.number(value.len() as u64);
        self.array(value);
    }

    pub(crate) fn option(&mut self, value: Option<u64>) {
        self.number(value.map_or(0, |value| value.saturating_add(1)));
    }
}

/// Bytes that [`Writer::number`] takes for it.
pub(crate) fn number_length(value: u64) -> usize {
    let bits = u64::BITS.saturating_sub((value | 1).leading_zeros());
    bits.div_ceil(7) as usize
}

pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        if let Some((&first, rest)) = self.0.split_first().filter(|(first, _)| **first < 0x80) {
            self.0 = rest; // as most are
            return Ok(first.into());
        }
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 || (shift > 0 && byte == 0) {
                return Err(Malformed); // over 64 bits, or not the shortest form
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// A number that fits a smaller type.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, Malformed> {
        T::try_from(self.number()?).map_err(|_| Malformed)
    }

    pub(crate) fn bytes(&mut self, max: usize) -> Result<&'a [u8], Malformed> {
        let length: usize = self.small()?;
        if length > max {
            return Err(Malformed);
        }
        let (first, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) fn text(&mut self, max: usize) -> Result<String, Malformed> {
        let bytes = self.bytes(max)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Malformed)
    }

    pub(crate) fn option(&mut self) -> Result<Option<u64>, Malformed> {
        Ok(self.number()?.checked_sub(1))
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    /// Up to `max` items.
    pub(crate) fn list<T>(
        &mut self,
        max: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count: usize = self.small()?;
        if count > max {
            return Err(Malformed);
        }
        let mut items = Vec::with_capacity(count.saturating_add(1)); // what is read is about to grow
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }

    pub(crate) fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back_in_their_shortest_form(value: u64) {
            let mut bytes = Vec::new();
            Writer(&mut bytes).number(value);
            prop_assert_eq!(bytes.len(), number_length(value));
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.number(), Ok(value));
            prop_assert!(reader.end().is_ok());
        }

        #[test]
        fn any_bytes_read_as_a_number_write_back_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.number() {
                let used = bytes.len() - reader.0.len();
                let mut written = Vec::new();
                Writer(&mut written).number(value);
                prop_assert_eq!(&written[..], &bytes[..used]);
            }
        }
    }

    #[test]
    fn long_forms_and_leftovers_are_refused() {
        assert_eq!(Reader::new(&[0x80, 0x00]).number(), Err(Malformed));
        assert_eq!(Reader::new(&[0xff; 10]).number(), Err(Malformed));
        assert_eq!(Reader::new(&[1]).end(), Err(Malformed));
        assert_eq!(Reader::new(&[5, 1]).bytes(9), Err(Malformed));
        assert_eq!(Reader::new(&[2, 1, 1]).bytes(1), Err(Malformed));
    }
}

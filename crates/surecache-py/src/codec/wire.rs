//! `MessagePack` itself: markers and lengths, in the shortest form when written, in every form and
//! with every length checked against what is left when read.

use super::Ext;

/// Writes markers, lengths and scalars.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn nil(&mut self) {
        self.bytes.push(0xc0);
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xc3 } else { 0xc2 });
    }

    pub(super) fn unsigned(&mut self, value: u64) {
        if let Ok(small) = u8::try_from(value) {
            if small >= 0x80 {
                self.bytes.push(0xcc);
            }
            self.bytes.push(small);
        } else if let Ok(value) = u16::try_from(value) {
            self.marked(0xcd, &value.to_be_bytes());
        } else if let Ok(value) = u32::try_from(value) {
            self.marked(0xce, &value.to_be_bytes());
        } else {
            self.marked(0xcf, &value.to_be_bytes());
        }
    }

    pub(super) fn signed(&mut self, value: i64) {
        if let Ok(value) = u64::try_from(value) {
            self.unsigned(value);
        } else if let Ok(small) = i8::try_from(value) {
            if small < -32 {
                self.bytes.push(0xd0);
            }
            self.bytes.extend_from_slice(&small.to_be_bytes());
        } else if let Ok(value) = i16::try_from(value) {
            self.marked(0xd1, &value.to_be_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.marked(0xd2, &value.to_be_bytes());
        } else {
            self.marked(0xd3, &value.to_be_bytes());
        }
    }

    pub(super) fn float(&mut self, value: f64) {
        self.marked(0xcb, &value.to_be_bytes());
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), TooLong> {
        match text.len() {
            length @ 0..=31 => self.bytes.push(0xa0 | low(length)),
            length => self.length([Some(0xd9), Some(0xda), Some(0xdb)], length)?,
        }
        self.bytes.extend_from_slice(text.as_bytes());
        Ok(())
    }

    pub(super) fn binary(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        self.length([Some(0xc4), Some(0xc5), Some(0xc6)], bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn array(&mut self, length: usize) -> Result<(), TooLong> {
        match length {
            0..=15 => self.bytes.push(0x90 | low(length)),
            _ => self.length([None, Some(0xdc), Some(0xdd)], length)?,
        }
        Ok(())
    }

    pub(super) fn map(&mut self, length: usize) -> Result<(), TooLong> {
        match length {
            0..=15 => self.bytes.push(0x80 | low(length)),
            _ => self.length([None, Some(0xde), Some(0xdf)], length)?,
        }
        Ok(())
    }

    pub(super) fn ext(&mut self, kind: Ext, body: &[u8]) -> Result<(), TooLong> {
        match body.len() {
            1 => self.bytes.push(0xd4),
            2 => self.bytes.push(0xd5),
            4 => self.bytes.push(0xd6),
            8 => self.bytes.push(0xd7),
            16 => self.bytes.push(0xd8),
            length => self.length([Some(0xc7), Some(0xc8), Some(0xc9)], length)?,
        }
        self.bytes.push(kind as u8);
        self.bytes.extend_from_slice(body);
        Ok(())
    }

    /// A length in one, two or four bytes behind the marker for that many; `None` where there is
    /// no such form.
    fn length(&mut self, markers: [Option<u8>; 3], length: usize) -> Result<(), TooLong> {
        if let (Some(marker), Ok(length)) = (markers[0], u8::try_from(length)) {
            self.marked(marker, &[length]);
        } else if let (Some(marker), Ok(length)) = (markers[1], u16::try_from(length)) {
            self.marked(marker, &length.to_be_bytes());
        } else if let (Some(marker), Ok(length)) = (markers[2], u32::try_from(length)) {
            self.marked(marker, &length.to_be_bytes());
        } else {
            return Err(TooLong(length));
        }
        Ok(())
    }

    fn marked(&mut self, marker: u8, value: &[u8]) {
        self.bytes.push(marker);
        self.bytes.extend_from_slice(value);
    }
}

/// A length that has no form on the wire (4 GiB and more).
#[derive(Clone, Copy, Debug)]
pub(super) struct TooLong(pub(super) usize);

/// Reads items out of untrusted bytes: no length is believed that exceeds what is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// One item; of containers the head only.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'a> {
    Array(usize),
    Binary(&'a [u8]),
    Ext(Ext, Reader<'a>),
    False,
    Float(f64),
    Map(usize),
    Nil,
    Signed(i64),
    /// Bytes that should be UTF-8: whoever makes a text of them checks it.
    Text(&'a [u8]),
    True,
    Unsigned(u64),
}

/// Why bytes are no value: what was wanted and found, and where.
#[derive(Clone, Debug)]
pub(super) struct Malformed {
    pub(super) text: String,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        self.at = self.bytes.len();
        rest
    }

    /// That nothing is left.
    pub(super) fn finish(&self) -> Result<(), Malformed> {
        match self.left() {
            0 => Ok(()),
            left => Err(self.malformed("the end", &format!("bytes after it: {left}"))),
        }
    }

    /// The next item, where it is a text of at most 31 bytes, and whole: what most items are.
    /// Nothing is taken where it is not.
    #[inline]
    pub(super) fn short_text(&mut self) -> Option<&'a [u8]> {
        let (&marker, rest) = self.bytes.get(self.at..)?.split_first()?;
        if marker & 0xe0 != 0xa0 {
            return None;
        }
        let length = usize::from(marker & 0x1f);
        let text = rest.get(..length)?;
        self.at += 1 + length;
        Some(text)
    }

    /// The next item, where it is a whole number of at most 16 bits and not below zero.
    #[inline]
    pub(super) fn short_number(&mut self) -> Option<i64> {
        let (number, length) = match *self.bytes.get(self.at..)? {
            [number @ 0..=0x7f, ..] => (number.into(), 1),
            [0xcc, number, ..] => (number.into(), 2),
            [0xcd, high, low, ..] => (u16::from_be_bytes([high, low]).into(), 3),
            _ => return None,
        };
        self.at += length;
        Some(number)
    }

    pub(super) fn item(&mut self) -> Result<Item<'a>, Malformed> {
        let [marker] = self.take()?;
        Ok(match marker {
            0x00..=0x7f => Item::Unsigned(marker.into()),
            0x80..=0x8f => Item::Map(self.pairs((marker & 0x0f).into())?),
            0x90..=0x9f => Item::Array(self.items((marker & 0x0f).into())?),
            0xa0..=0xbf => Item::Text(self.slice((marker & 0x1f).into())?),
            0xc0 => Item::Nil,
            0xc2 => Item::False,
            0xc3 => Item::True,
            0xc4..=0xc6 => {
                let length = self.length(marker - 0xc4)?;
                Item::Binary(self.slice(length)?)
            }
            0xc7..=0xc9 => {
                let length = self.length(marker - 0xc7)?;
                self.ext(length)?
            }
            0xca => Item::Float(f32::from_be_bytes(self.take()?).into()),
            0xcb => Item::Float(f64::from_be_bytes(self.take()?)),
            0xcc => Item::Unsigned(self.take::<1>()?[0].into()),
            0xcd => Item::Unsigned(u16::from_be_bytes(self.take()?).into()),
            0xce => Item::Unsigned(u32::from_be_bytes(self.take()?).into()),
            0xcf => Item::Unsigned(u64::from_be_bytes(self.take()?)),
            0xd0 => Item::Signed(i8::from_be_bytes(self.take()?).into()),
            0xd1 => Item::Signed(i16::from_be_bytes(self.take()?).into()),
            0xd2 => Item::Signed(i32::from_be_bytes(self.take()?).into()),
            0xd3 => Item::Signed(i64::from_be_bytes(self.take()?)),
            0xd4..=0xd8 => self.ext(1 << (marker - 0xd4))?,
            0xd9..=0xdb => {
                let length = self.length(marker - 0xd9)?;
                Item::Text(self.slice(length)?)
            }
            0xdc..=0xdd => {
                let count = self.length(marker - 0xdc + 1)?;
                Item::Array(self.items(count)?)
            }
            0xde..=0xdf => {
                let count = self.length(marker - 0xde + 1)?;
                Item::Map(self.pairs(count)?)
            }
            0xe0..=0xff => Item::Signed(i8::from_be_bytes([marker]).into()),
            0xc1 => return Err(self.malformed("a marker", "the marker that is never used: 0xc1")),
        })
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let slice = self.slice(N)?;
        slice.try_into().map_err(|_| self.malformed("a fixed length", "another"))
    }

    pub(super) fn malformed(&self, wanted: &str, found: &str) -> Malformed {
        Malformed { text: format!("byte {}: wanted {wanted}, found {found}", self.at) }
    }

    /// A length in one byte (`width` 0), two (1) or four (2).
    fn length(&mut self, width: u8) -> Result<usize, Malformed> {
        let length = match width {
            0 => self.take::<1>()?[0].into(),
            1 => u16::from_be_bytes(self.take()?).into(),
            _ => u32::from_be_bytes(self.take()?),
        };
        usize::try_from(length).map_err(|_| self.malformed("a length that fits", "more"))
    }

    #[inline]
    fn slice(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        if length > self.left() {
            return Err(self.too_short(length));
        }
        let slice = &self.bytes[self.at..self.at + length];
        self.at += length;
        Ok(slice)
    }

    #[cold]
    fn too_short(&self, length: usize) -> Malformed {
        let wanted = format!("{length} bytes more");
        self.malformed(&wanted, &format!("bytes left: {}", self.left()))
    }

    fn ext(&mut self, length: usize) -> Result<Item<'a>, Malformed> {
        let [code] = self.take()?;
        let Some(kind) = Ext::from_code(code) else {
            return Err(self.malformed("an extension of 1 to 10", &format!("extension: {code}")));
        };
        Ok(Item::Ext(kind, Reader::new(self.slice(length)?)))
    }

    /// A count of items, each of which takes a byte at least.
    fn items(&self, count: usize) -> Result<usize, Malformed> {
        if count > self.left() {
            let wanted = format!("{count} items");
            return Err(self.malformed(&wanted, &format!("bytes left: {}", self.left())));
        }
        Ok(count)
    }

    fn pairs(&self, count: usize) -> Result<usize, Malformed> {
        self.items(count.saturating_mul(2))?;
        Ok(count)
    }
}

/// The low byte of a length that was matched to be small.
fn low(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

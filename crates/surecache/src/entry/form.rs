//! In which form the values of plain keys stand in a store.
//!
//! While an application moves here from another cache, the workers of both share one store. What
//! the other one writes has no seal and no header: its bytes are the whole value, and the store's
//! own expiry is the authority. Nothing vouches for such bytes: whoever can write to the store can
//! have any of them decoded. That is why this form is never the default.

use bytes::BytesMut;

use super::header::{Codec, Fingerprint, Header, NEVER, parse};
use super::payload::Entry;
use super::refusal::Refusal;
use super::seal::Seal;
use crate::base::Error;
use crate::key::EntryKey;

/// What is read under a plain key, and what may be written there.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Form {
    /// As `Mixed`, and nothing foreign is written any more.
    Leaving,
    /// Sealed entries, and also what another program wrote: its bytes as they are, under
    /// [`Codec::Foreign`].
    Mixed,
    /// Sealed entries and nothing else.
    #[default]
    Sealed,
}

impl Form {
    /// The entry that bytes are.
    ///
    /// # Errors
    /// The refusal. A sealed entry is refused as ever where its seal does not hold.
    #[inline]
    pub(crate) fn open(
        self,
        seal: &Seal,
        entry: &EntryKey,
        bytes: BytesMut,
    ) -> Result<Entry, Refusal> {
        if self != Self::Sealed && is_foreign(entry, &bytes) {
            return Ok(foreign(bytes));
        }
        seal.open(entry, bytes)
    }

    /// The bytes that an entry is.
    ///
    /// # Errors
    /// As [`Seal::seal`]; misuse for a foreign value where only sealed ones are read.
    pub(crate) fn close(
        self,
        seal: &Seal,
        entry: &EntryKey,
        header: &Header,
        payload: &[u8],
    ) -> Result<Vec<u8>, Error> {
        match (self, header.codec) {
            (Self::Mixed, Codec::Foreign) => Ok(payload.to_vec()),
            (Self::Leaving | Self::Sealed, Codec::Foreign) => {
                Err(Error::misuse("wanted a value to be sealed, found: a foreign one"))
            }
            _ => seal.seal(entry, header, payload),
        }
    }
}

/// True for bytes that are no sealed entry. One whose parts add up is one, whatever it says.
fn is_foreign(entry: &EntryKey, bytes: &[u8]) -> bool {
    matches!(parse(bytes, entry), Err(Refusal::Malformed | Refusal::OtherFormat))
}

fn foreign(bytes: BytesMut) -> Entry {
    let header = Header {
        codec: Codec::Foreign,
        fingerprint: Fingerprint::default(),
        created_unix_ms: 0,
        soft_unix_ms: NEVER,
        hard_unix_ms: NEVER,
        cost_us: 0,
        stamps: Vec::new(),
        added: Vec::new(),
    };
    Entry { header, payload: bytes.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: [&str; 1] = ["the secret of the tests"];

    fn header(codec: Codec) -> Header {
        Header { codec, ..foreign(BytesMut::new()).header }
    }

    #[test]
    fn foreign_bytes_are_read_as_they_are_where_that_is_declared() {
        let (seal, entry) = (Seal::new(&SECRETS, "ns").unwrap(), EntryKey::plain(b"ns:1:k"));
        for bytes in [&b""[..], b"12", b"\x80\x05K\x01.", &[1; 200], b"\x01\x00\x01"] {
            let opened = Form::Mixed.open(&seal, &entry, bytes.into()).unwrap();
            assert_eq!((opened.header.codec, &*opened.payload), (Codec::Foreign, bytes));
            assert!(Form::Sealed.open(&seal, &entry, bytes.into()).is_err());
        }
    }

    /// Nothing of a sealed entry is ever handed out but through its seal.
    #[test]
    fn a_sealed_entry_is_verified_in_each_form() {
        let seal = Seal::new(&SECRETS, "ns").unwrap();
        let (entry, other) = (EntryKey::plain(b"ns:1:k"), EntryKey::plain(b"ns:1:l"));
        let header = header(Codec::Pickle);
        let bytes = Form::Mixed.close(&seal, &entry, &header, b"value").unwrap();
        let opened = Form::Mixed.open(&seal, &entry, bytes[..].into()).unwrap();
        assert_eq!((opened.header.codec, &*opened.payload), (Codec::Pickle, &b"value"[..]));
        let mut damaged = bytes.clone();
        *damaged.last_mut().unwrap() ^= 1;
        let stranger = Seal::new(&["another secret"], "ns").unwrap();
        let refused = [
            (Form::Mixed.open(&seal, &entry, damaged[..].into()), Refusal::Forged),
            (Form::Mixed.open(&seal, &other, bytes[..].into()), Refusal::ForeignKey),
            (Form::Mixed.open(&stranger, &entry, bytes[..].into()), Refusal::OtherKey),
        ];
        for (opened, refusal) in refused {
            assert_eq!(opened.unwrap_err(), refusal);
        }
    }

    #[test]
    fn a_foreign_value_is_written_only_where_it_is_read() {
        let (seal, entry) = (Seal::new(&SECRETS, "ns").unwrap(), EntryKey::plain(b"ns:1:k"));
        let header = header(Codec::Foreign);
        assert_eq!(Form::Mixed.close(&seal, &entry, &header, b"12").unwrap(), b"12");
        assert!(Form::Sealed.close(&seal, &entry, &header, b"12").is_err());
    }
}

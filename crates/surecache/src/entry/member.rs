//! The seals inside a collection that a server keeps. Byte by byte in `docs/reference/format.md`.
//!
//! Members, fields and elements are sealed alike each time, so that the server finds equal ones:
//! AES-256-GCM-SIV with a key of their own and one nonce for all. That shows which are equal and
//! nothing else. The physical key is not part of it: a member means the same in every set. Values
//! of hashes are sealed as entries are, for their physical key and their field.

use super::collection::Kind;
use super::refusal::Refusal;
use super::seal::{Key, Seal, TAG_BYTES, opened, sealed};
use crate::base::mutant::{self, Mutant};
use crate::base::{Error, random};
use crate::key::EntryKey;

impl Seal {
    /// The bytes of a member, with the newest secret.
    ///
    /// # Errors
    /// Misuse where it is larger than one seal takes.
    pub fn seal_member(&self, kind: Kind, member: &[u8]) -> Result<Vec<u8>, Error> {
        self.keys[0].seal_member(kind, member)
    }

    /// The bytes that a member had with each older secret.
    ///
    /// # Errors
    /// As [`Seal::seal_member`].
    pub fn older_members(&self, kind: Kind, member: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        self.keys[1..].iter().map(|key| key.seal_member(kind, member)).collect()
    }

    /// True where members may have been sealed with an older secret.
    pub fn has_older(&self) -> bool {
        self.keys.len() > 1
    }

    /// The member in stored bytes, sealed with any of the secrets.
    ///
    /// # Errors
    /// The refusal: nothing is handed out before the seal is verified.
    pub fn open_member(&self, kind: Kind, mut bytes: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let (head, body) = bytes.split_at_mut_checked(HEAD).ok_or(Refusal::Malformed)?;
        let key = self.key_of(head, kind.code())?;
        let length = opened(&key.member_cipher, MEMBER_NONCE, head, body)?;
        bytes.truncate(HEAD + length);
        bytes.drain(..HEAD);
        Ok(bytes)
    }

    /// The bytes of the value of a field.
    ///
    /// # Errors
    /// As [`Seal::seal_member`]; `Unavailable` where the kernel has no random bytes.
    pub fn seal_value(
        &self,
        entry: &EntryKey,
        field: &[u8],
        value: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let key = &self.keys[0];
        let nonce: [u8; NONCE] = random::bytes()?;
        let mut bytes = Vec::with_capacity(HEAD + NONCE + value.len() + TAG_BYTES);
        bytes.extend_from_slice(&[FORMAT, VALUE]);
        bytes.extend_from_slice(&key.id);
        bytes.extend_from_slice(&nonce);
        let associated = associated(&bytes, entry, field);
        bytes.extend_from_slice(value);
        let tag = key.seal(nonce, &associated, &mut bytes[HEAD + NONCE..])?;
        bytes.extend_from_slice(&tag);
        Ok(bytes)
    }

    /// The value in stored bytes, which must have been sealed for this field of this key.
    ///
    /// # Errors
    /// As [`Seal::open_member`].
    pub fn open_value(
        &self,
        entry: &EntryKey,
        field: &[u8],
        mut bytes: Vec<u8>,
    ) -> Result<Vec<u8>, Refusal> {
        let (head, body) = bytes.split_at_mut_checked(HEAD + NONCE).ok_or(Refusal::Malformed)?;
        let key = self.key_of(head, VALUE)?;
        let (_, nonce) = head.split_last_chunk::<NONCE>().ok_or(Refusal::Malformed)?;
        let length = key.open(*nonce, &associated(head, entry, field), body)?;
        bytes.truncate(HEAD + NONCE + length);
        bytes.drain(..HEAD + NONCE);
        Ok(bytes)
    }

    /// The key that a head names, where it is the head of what was asked for.
    fn key_of(&self, head: &[u8], kind: u8) -> Result<&Key, Refusal> {
        match head {
            [FORMAT, found, ..] if *found == kind => {
                let id = &head[2..HEAD];
                self.keys.iter().find(|key| key.id == id).ok_or(Refusal::OtherKey)
            }
            [FORMAT, ..] => Err(Refusal::ForeignKey),
            _ => Err(Refusal::OtherFormat),
        }
    }
}

impl Key {
    fn seal_member(&self, kind: Kind, member: &[u8]) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(HEAD + member.len() + TAG_BYTES);
        bytes.extend_from_slice(&[FORMAT, kind.code()]);
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(member);
        let (head, body) = bytes.split_at_mut(HEAD);
        let tag = sealed(&self.member_cipher, MEMBER_NONCE, head, body)?;
        bytes.extend_from_slice(&tag);
        Ok(bytes)
    }
}

/// Head and nonce of a value, the physical key with its length, the field.
fn associated(head: &[u8], entry: &EntryKey, field: &[u8]) -> Vec<u8> {
    if mutant::is(Mutant::ValueUnbound) {
        return head.to_vec();
    }
    let key = entry.as_bytes();
    [head, &(key.len() as u64).to_be_bytes(), key, field].concat()
}

/// The version of the layout.
const FORMAT: u8 = 1;

/// What stands where a member has its kind.
const VALUE: u8 = 5;

/// Format, kind, key id.
const HEAD: usize = 10;

const NONCE: usize = 12;

/// One for all: what is sealed with the key of members shows only what is equal.
const MEMBER_NONCE: [u8; NONCE] = [0; NONCE];

#[cfg(test)]
mod tests;

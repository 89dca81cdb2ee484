//! The seal: AES-256-GCM-SIV over the payload, with the whole header, key included, as associated
//! data.
//!
//! The key comes from the application's secret and the namespace, so that an entry of another
//! namespace or application never opens. Nonces are random; misuse resistance is why this cipher
//! was chosen over GCM (`docs/decisions/0009-aes-gcm-siv.md`).

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use bytes::BytesMut;

use super::header::{Header, Sealed, Sealing, parse};
#[cfg(feature = "compress")]
use super::packing::Compression;
use super::packing::Packing;
use super::payload::Entry;
use super::refusal::Refusal;
use crate::base::mutant::{self, Mutant};
use crate::base::{Error, random};
use crate::key::EntryKey;

/// Seals and opens the entries of a namespace.
///
/// Sealing uses the first secret; opening any of them, so that secrets can be rotated.
#[derive(Debug)]
pub struct Seal {
    pub(super) keys: Vec<Key>,
    #[cfg(feature = "compress")]
    compression: Option<Compression>,
}

pub(super) struct Key {
    pub(super) id: [u8; 8],
    cipher: LessSafeKey,
    /// Of what is sealed alike each time: a key of its own.
    pub(super) member_cipher: LessSafeKey,
}

impl Seal {
    /// A seal from secrets, the newest first.
    ///
    /// # Errors
    /// Misuse where there is no secret, or one has fewer than [`Seal::MIN_SECRET_BYTES`] bytes.
    pub fn new<S: AsRef<[u8]>>(secrets: &[S], namespace: &str) -> Result<Self, Error> {
        if secrets.is_empty() {
            return Err(Error::misuse("wanted at least one secret to seal entries with, found: 0"));
        }
        let keys = secrets.iter().map(|secret| Key::derive(secret.as_ref(), namespace));
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
            #[cfg(feature = "compress")]
            compression: None,
        })
    }

    /// Compresses payloads before they are sealed. Default: none are. What is opened may be
    /// compressed in any case.
    #[cfg(feature = "compress")]
    #[must_use]
    pub fn with_compression(mut self, compression: Option<Compression>) -> Self {
        self.compression = compression;
        self
    }

    /// Fewer bytes than this are a typing error, not a secret.
    pub const MIN_SECRET_BYTES: usize = 8;

    /// Seals a payload for an entry.
    ///
    /// # Errors
    /// Misuse where key, tags or payload are larger than the format can say; `Unavailable` where
    /// the kernel has no random bytes, or a compressor no memory.
    pub fn seal(
        &self,
        entry: &EntryKey,
        header: &Header,
        payload: &[u8],
    ) -> Result<Vec<u8>, Error> {
        match self.packed(header, payload)? {
            Some((packing, packed)) => self.seal_packed(entry, header, packing, &packed),
            None => self.seal_packed(entry, header, Packing::Plain, payload),
        }
    }

    /// Seals what was packed.
    pub(super) fn seal_packed(
        &self,
        entry: &EntryKey,
        header: &Header,
        packing: Packing,
        packed: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let sealed = Sealed { packing, bytes: check_sizes(entry, header, packed)? };
        let key = &self.keys[0];
        let nonce = random::bytes()?;
        let mut bytes = Vec::with_capacity(header.size(entry) + packed.len() + TAG_BYTES);
        let sealing = Sealing { key_id: key.id, nonce };
        header.write_to(&mut bytes, entry, &sealing, sealed);
        let header_bytes = bytes.len();
        bytes.extend_from_slice(packed);
        let (head, body) = bytes.split_at_mut(header_bytes);
        let tag = key.seal(nonce, head, body)?;
        bytes.extend_from_slice(&tag);
        Ok(bytes)
    }

    /// Opens stored bytes that must have been sealed for this entry.
    ///
    /// # Errors
    /// The refusal: nothing of the payload is looked at, or inflated, before the seal is verified.
    #[inline]
    pub fn open(&self, entry: &EntryKey, mut bytes: BytesMut) -> Result<Entry, Refusal> {
        let parsed = parse(&bytes, entry)?;
        let key = self.keys.iter().find(|key| key.id == parsed.sealing.key_id);
        let key = key.ok_or(Refusal::OtherKey)?;
        let (head, body) = bytes.split_at_mut(parsed.length);
        let payload_bytes = key.open(parsed.sealing.nonce, head, body)?;
        let range = parsed.length..parsed.length + payload_bytes;
        Ok(Entry { header: parsed.header, payload: parsed.packing.unpack(bytes, range)? })
    }

    /// The payload as it is to be sealed, where that is not as it came.
    #[cfg(feature = "compress")]
    fn packed(&self, header: &Header, payload: &[u8]) -> Result<Option<(Packing, Vec<u8>)>, Error> {
        match self.compression {
            Some(compression) => compression.pack(header.codec, payload),
            None => Ok(None),
        }
    }

    /// As with the feature `compress` where nothing is to be compressed.
    #[cfg(not(feature = "compress"))]
    fn packed(&self, _: &Header, _: &[u8]) -> Result<Option<(Packing, Vec<u8>)>, Error> {
        Ok(None)
    }
}

impl Key {
    fn derive(secret: &[u8], namespace: &str) -> Result<Self, Error> {
        if secret.len() < Seal::MIN_SECRET_BYTES {
            return Err(Error::misuse(format!(
                "wanted a secret of at least {} bytes, found bytes: {}",
                Seal::MIN_SECRET_BYTES,
                secret.len()
            )));
        }
        let mut material = Vec::with_capacity(8 + namespace.len() + secret.len());
        material.extend_from_slice(&(namespace.len() as u64).to_be_bytes());
        material.extend_from_slice(namespace.as_bytes());
        material.extend_from_slice(secret);
        let cipher_key = blake3::derive_key("surecache seal v1: cipher key", &material);
        let key_id = blake3::derive_key("surecache seal v1: key id", &material);
        let mut id = [0; 8];
        id.copy_from_slice(&key_id[..8]);
        let member_key = blake3::derive_key("surecache seal v1: member key", &material);
        let (cipher, member_cipher) = (cipher_of(&cipher_key)?, cipher_of(&member_key)?);
        Ok(Self { id, cipher, member_cipher })
    }

    pub(super) fn seal(
        &self,
        nonce: [u8; 12],
        head: &[u8],
        body: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], Error> {
        sealed(&self.cipher, nonce, head, body)
    }

    /// Decrypts in place; the length of the payload.
    pub(super) fn open(
        &self,
        nonce: [u8; 12],
        head: &[u8],
        body: &mut [u8],
    ) -> Result<usize, Refusal> {
        opened(&self.cipher, nonce, head, body)
    }
}

fn cipher_of(key: &[u8; 32]) -> Result<LessSafeKey, Error> {
    let unbound = UnboundKey::new(&AES_256_GCM_SIV, key)
        .map_err(|_| Error::unavailable("AES-256-GCM-SIV is not available in this build"))?;
    Ok(LessSafeKey::new(unbound))
}

/// Encrypts in place; the authentication tag.
pub(super) fn sealed(
    cipher: &LessSafeKey,
    nonce: [u8; 12],
    head: &[u8],
    body: &mut [u8],
) -> Result<[u8; TAG_BYTES], Error> {
    if mutant::is(Mutant::SealUnverified) {
        return Ok([0; TAG_BYTES]);
    }
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = cipher
        .seal_in_place_separate_tag(nonce, Aad::from(head), body)
        .map_err(|_| Error::misuse("wanted a payload that fits one seal"))?;
    let mut bytes = [0; TAG_BYTES];
    bytes.copy_from_slice(tag.as_ref());
    Ok(bytes)
}

/// Decrypts in place; the length of the payload.
pub(super) fn opened(
    cipher: &LessSafeKey,
    nonce: [u8; 12],
    head: &[u8],
    body: &mut [u8],
) -> Result<usize, Refusal> {
    if mutant::is(Mutant::SealUnverified) {
        return body.len().checked_sub(TAG_BYTES).ok_or(Refusal::Malformed);
    }
    let nonce = Nonce::assume_unique_for_key(nonce);
    let opened = cipher.open_in_place(nonce, Aad::from(head), body);
    opened.map(|payload| payload.len()).map_err(|_| Refusal::Forged)
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

/// The length of the sealed payload, where everything fits its length field.
fn check_sizes(entry: &EntryKey, header: &Header, payload: &[u8]) -> Result<u32, Error> {
    let sealed = u32::try_from(payload.len() + TAG_BYTES).ok();
    let key = u32::try_from(entry.as_bytes().len()).ok();
    let stamps = u16::try_from(header.stamps.len()).ok();
    let tags_fit = header.added.iter().all(|tag| tag.as_bytes().len() <= usize::from(u16::MAX));
    match (sealed, key, stamps) {
        (Some(sealed), Some(_), Some(_)) if tags_fit => Ok(sealed),
        _ => Err(Error::misuse(format!(
            "wanted an entry of fewer than 4 GiB with at most 65535 tags of 64 KiB, \
             found payload bytes, tags: {}, {}",
            payload.len(),
            header.stamps.len()
        ))),
    }
}

pub(super) const TAG_BYTES: usize = 16;

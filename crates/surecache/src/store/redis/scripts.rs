//! The scripts that the store runs on the server, each one step there. Their heads say what they
//! take and answer.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::base::sync::OnceLock;

/// A script and the name that servers know it by.
#[derive(Debug)]
pub(super) struct Script {
    source: &'static str,
    name: OnceLock<[u8; 40]>,
}

impl Script {
    const fn new(source: &'static str) -> Self {
        Self { source, name: OnceLock::new() }
    }

    pub(super) fn source(&self) -> &'static [u8] {
        self.source.as_bytes()
    }

    /// The digest in hexadecimal that EVALSHA takes.
    pub(super) fn name(&self) -> &[u8; 40] {
        self.name.get_or_init(|| {
            let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, self.source());
            let mut name = [0; 40];
            for (place, byte) in name.chunks_exact_mut(2).zip(hash.as_ref()) {
                let digit = |value: u8| b"0123456789abcdef"[usize::from(value & 0xf)];
                place.copy_from_slice(&[digit(byte >> 4), digit(*byte)]);
            }
            name
        })
    }
}

pub(super) static ACQUIRE: Script = Script::new(include_str!("scripts/acquire.lua"));
pub(super) static COUNT: Script = Script::new(include_str!("scripts/count.lua"));
pub(super) static DELETE: Script = Script::new(include_str!("scripts/delete.lua"));
pub(super) static ESTABLISH: Script = Script::new(include_str!("scripts/establish.lua"));
pub(super) static LOCK: Script = Script::new(include_str!("scripts/lock.lua"));
pub(super) static PROLONG: Script = Script::new(include_str!("scripts/prolong.lua"));
pub(super) static EXCHANGE: Script = Script::new(include_str!("scripts/exchange.lua"));
pub(super) static EXPIRE: Script = Script::new(include_str!("scripts/expire.lua"));
pub(super) static PUT: Script = Script::new(include_str!("scripts/put.lua"));
pub(super) static RELEASE: Script = Script::new(include_str!("scripts/release.lua"));
pub(super) static RENAME: Script = Script::new(include_str!("scripts/rename.lua"));
pub(super) static RENEW: Script = Script::new(include_str!("scripts/renew.lua"));
pub(super) static UNLOCK: Script = Script::new(include_str!("scripts/unlock.lua"));

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of the empty text, from RFC 3174's reference.
    #[test]
    fn a_script_is_named_by_its_digest() {
        let name = Script::new("");
        assert_eq!(name.name(), b"da39a3ee5e6b4b0d3255bfef95601890afd80709");
    }
}

//! Where a store lies when nobody says where.

use std::ffi::{CStr, OsStr};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::process::geteuid;

use crate::base::Error;

/// The folder of a namespace below the home of the effective user. The home comes from the user
/// database and not from the environment, so that all processes of the user agree.
pub(super) fn default_folder(namespace: &str) -> Result<PathBuf, Error> {
    let home = home()?;
    if accessat(CWD, &home, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_err() {
        let message = "wanted a home that the user can write to";
        return Err(advise(Error::misuse(format!("{message}, found: {}", home.display()))));
    }
    Ok(home.join(".cache").join("surecache").join(escape(namespace)))
}

fn home() -> Result<PathBuf, Error> {
    let user = geteuid().as_raw();
    let mut buffer = vec![0_u8; 1024];
    loop {
        let mut entry = std::mem::MaybeUninit::<libc::passwd>::uninit();
        let mut found = std::ptr::null_mut();
        // SAFETY: all pointers are valid for the call, and the buffer's length is its own.
        #[expect(unsafe_code, reason = "the user database has no safe interface")]
        let code = unsafe {
            let (bytes, length) = (buffer.as_mut_ptr().cast(), buffer.len());
            libc::getpwuid_r(user, entry.as_mut_ptr(), bytes, length, &mut found)
        };
        match code {
            libc::ERANGE if buffer.len() < MAX_PASSWD_BYTES => buffer.resize(buffer.len() * 2, 0),
            libc::EINTR => {}
            0 if !found.is_null() => {
                // SAFETY: `found` points to `entry`, whose strings lie in `buffer`.
                #[expect(unsafe_code, reason = "the user database has no safe interface")]
                let home = unsafe { CStr::from_ptr((*found).pw_dir) };
                let home = Path::new(OsStr::from_bytes(home.to_bytes()));
                if home.is_absolute() && home.is_dir() {
                    return Ok(home.to_owned());
                }
                let message = format!("wanted a home for user {user}, found: {}", home.display());
                return Err(advise(Error::misuse(message)));
            }
            _ => {
                let message = "wanted the current user in the user database, found no entry for";
                return Err(advise(Error::misuse(format!("{message}: {user}"))));
            }
        }
    }
}

fn advise(error: Error) -> Error {
    error.with_hint("say where the store lies: LOCATION embedded:///path")
}

/// One name for each namespace: letters, digits, `_`, `-` and inner dots stand for themselves,
/// every other byte is escaped.
fn escape(namespace: &str) -> String {
    if namespace.is_empty() {
        return NO_NAMESPACE.to_owned();
    }
    let mut name = String::with_capacity(namespace.len());
    for (position, byte) in namespace.bytes().enumerate() {
        match byte {
            b'.' if position > 0 => name.push('.'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => name.push(char::from(byte)),
            _ => {
                // Writing to a string does not fail.
                let _ = write!(name, "%{byte:02X}");
            }
        }
    }
    match name.len() {
        0..=MAX_NAME_BYTES => name,
        _ => format!("{LONG_PREFIX}{}", blake3::hash(namespace.as_bytes()).to_hex()),
    }
}

/// No escaped name has these characters.
const NO_NAMESPACE: &str = "@default";
const LONG_PREFIX: char = '~';
/// Names of files are limited to 255 bytes.
const MAX_NAME_BYTES: usize = 200;
/// Far beyond any entry of a user database.
const MAX_PASSWD_BYTES: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{default_folder, escape};

    #[test]
    fn different_namespaces_have_different_names() {
        let long = "x".repeat(300);
        let names = [
            "",
            "default",
            "@default",
            "a/b",
            "a%2Fb",
            "a_b",
            "a.b",
            ".",
            "..",
            ".a",
            "%",
            "~",
            "A",
            "a",
            "\u{e4}",
            "a b",
            &long,
            &long[1..],
            "...",
            "a\0",
        ];
        let escaped: HashSet<_> = names.iter().map(|name| escape(name)).collect();
        assert_eq!(escaped.len(), names.len(), "{escaped:?}");
        assert!(escaped.iter().all(|name| !name.contains('/') && !name.starts_with('.')));
        assert!(escaped.iter().all(|name| name.len() < 255));
    }

    #[test]
    fn the_folder_lies_in_the_home_of_the_user_database() {
        match default_folder("shop/prod") {
            Ok(folder) => {
                assert!(folder.is_absolute());
                assert!(folder.ends_with(".cache/surecache/shop%2Fprod"), "{folder:?}");
            }
            Err(error) => assert!(error.to_string().contains("embedded:///path"), "{error}"),
        }
    }
}

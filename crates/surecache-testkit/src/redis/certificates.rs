//! The certificates that servers of tests show, and who vouches for them.

use std::path::{Path, PathBuf};

/// The file of a certificate in the folder `certificates` of this crate, by its name there.
pub fn certificate(name: &str) -> PathBuf {
    file(name, "pem")
}

/// The options of a server that shows one.
pub(super) fn tls_of(name: &str) -> Vec<String> {
    let files = [
        ("--tls-cert-file", certificate(name)),
        ("--tls-key-file", file(name, "key")),
        ("--tls-ca-cert-file", certificate("authority")),
    ];
    let files = files
        .into_iter()
        .flat_map(|(option, path)| [option.to_owned(), path.to_string_lossy().into_owned()]);
    files.chain(["--tls-auth-clients".to_owned(), "optional".to_owned()]).collect()
}

fn file(name: &str, extension: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("certificates");
    folder.join(name).with_extension(extension)
}

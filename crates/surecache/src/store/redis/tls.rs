//! TLS on a connection, without I/O: what is to be said in, bytes for the wire out, and back.
//!
//! The server's certificate and its name are always verified; there is no setting against it.
//! Sessions are not resumed: what two processes would share is left out of a fork.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rustls::client::{ClientConnection, Resumption};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use super::inbox::Inbox;
use crate::base::Error;
use crate::base::sync::Arc;

/// Who is trusted, and who comes: paths to files in PEM.
#[derive(Clone, Debug, Default)]
pub(super) struct TlsFiles {
    /// Certificates of authorities; those that the system trusts where it is not set.
    pub(super) ca: Option<PathBuf>,
    /// A certificate for the server to see, and its key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
}

/// The contents of [`TlsFiles`].
#[derive(Clone, Debug)]
pub(super) struct Trust(Arc<ClientConfig>);

/// One end of an encrypted connection. It begins by itself with what is said first.
#[derive(Debug)]
pub(super) struct Session(ClientConnection);

impl Trust {
    /// Reads the files.
    ///
    /// # Errors
    /// Misuse where one cannot be read, or has not in it what it should.
    pub(super) fn read(files: &TlsFiles) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::misuse("TLS cannot be used").with_source(error))?
            .with_root_certificates(authorities(files.ca.as_deref())?);
        let mut config = match &files.identity {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let read = PrivateKeyDer::from_pem_file(key);
                let secret = read.map_err(|error| unreadable("tls_key_file", key, error))?;
                let chain = certificates("tls_cert_file", certificate)?;
                config.with_client_auth_cert(chain, secret).map_err(|error| {
                    let wanted =
                        format!("tls_key_file: wanted the key of {}", certificate.display());
                    let message = format!("{wanted}, found at {}", key.display());
                    Error::misuse(message).with_source(error)
                })?
            }
        };
        config.resumption = Resumption::disabled();
        Ok(Self(Arc::new(config)))
    }

    /// A session with the server of a host.
    ///
    /// # Errors
    /// What is no name.
    pub(super) fn session(&self, host: &str) -> io::Result<Session> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        let mut connection = ClientConnection::new(Arc::clone(&self.0), name).map_err(refused)?;
        connection.set_buffer_limit(None);
        Ok(Session(connection))
    }
}

impl Session {
    /// How much of the wire is best read at once: a whole record, and the head of the next.
    pub(super) const ROOM_BYTES: usize = 17 * 1024;

    /// Takes what is to be said, which may be nothing; what is to be sent now.
    pub(super) fn seal(&mut self, said: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        // Does not fail: memory takes everything.
        let _ = self.send(said, &mut sealed);
        sealed
    }

    /// As [`Session::seal`], onto the wire. What it does not take without waiting is kept, and goes
    /// first with what is said next.
    ///
    /// # Errors
    /// What the wire says.
    pub(super) fn send(&mut self, said: &[u8], wire: &mut impl io::Write) -> io::Result<()> {
        // Does not fail: there is no limit to what waits.
        let _ = self.0.writer().write_all(said);
        while self.0.wants_write() {
            match self.0.write_tls(wire) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                written => drop(written?),
            }
        }
        Ok(())
    }

    /// Takes what came from the wire; what it says goes into the inbox.
    ///
    /// # Errors
    /// The end of the connection; an error of TLS, which [`is_refusal`] knows.
    pub(super) fn open(&mut self, mut came: &[u8], inbox: &mut Inbox) -> io::Result<()> {
        if came.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut is_ended = false;
        let mut has_said = false;
        while !came.is_empty() && !is_ended {
            self.0.read_tls(&mut came)?;
            self.0.process_new_packets().map_err(refused)?;
            loop {
                match self.0.reader().read(inbox.room()) {
                    Ok(0) => {
                        is_ended = true;
                        break;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    read => inbox.filled(read?)?,
                }
                has_said = true;
            }
        }
        // What was said before the end counts; the next call meets the end.
        if is_ended && !has_said { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// True for an error of TLS: somebody is there, and not who is wanted.
pub(super) fn is_refusal(error: &io::Error) -> bool {
    of_tls(error).is_some()
}

/// What to do about an error of TLS.
pub(super) fn hint(error: &io::Error) -> Option<&'static str> {
    use rustls::CertificateError::{NotValidForName, NotValidForNameContext, UnknownIssuer};
    use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage};

    match of_tls(error)? {
        InvalidCertificate(UnknownIssuer) => Some("set tls_ca_file to who signed its certificate"),
        InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            Some("write the location with a name that stands in its certificate")
        }
        AlertReceived(_) => Some("it may want tls_cert_file and tls_key_file of its clients"),
        InvalidMessage(_) => Some("write redis:// for a server without TLS"),
        _ => None,
    }
}

fn of_tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn refused(error: rustls::Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

fn authorities(file: Option<&Path>) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(path) => {
            for certificate in certificates("tls_ca_file", path)? {
                let added = roots.add(certificate);
                added.map_err(|error| unreadable("tls_ca_file", path, error))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        let message = "wanted certificates of authorities that this system trusts, found: none";
        return Err(Error::misuse(message).with_hint("set tls_ca_file, or install ca-certificates"));
    }
    Ok(roots)
}

fn certificates(setting: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match certificates {
        Ok(found) if found.is_empty() => Err(unreadable(setting, path, "no certificate in it")),
        Ok(found) => Ok(found),
        Err(error) => Err(unreadable(setting, path, error)),
    }
}

fn unreadable(
    setting: &str,
    path: &Path,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    let message = format!("{setting}: wanted a file in PEM, found at {}", path.display());
    Error::misuse(message).with_source(error)
}

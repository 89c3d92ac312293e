//! Where the server listens: this machine only, or, if it is asked for in so many words, others too, then with TLS.
//!
//! rustls is what the Rust world encrypts with; its `ring` provider builds without a C++ toolchain. A listener of our
//! own keeps axum's server (and its graceful end) for both ways.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use clap::Args;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
    server::TlsStream,
};

use crate::{
    error::{CliError, Kind},
    files,
};

/// Largest certificate or key that is read, bytes.
const MAX_PEM: u64 = 1 << 20;
/// Handshakes that go on at once.
const MAX_HANDSHAKES: usize = 64;
/// A handshake that takes longer is dropped.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Days for which a self-made certificate is good.
const DAYS: i64 = 397;

/// Where to listen, and how.
#[derive(Clone, Debug, Args)]
pub struct Where {
    /// Port.
    #[arg(long, default_value_t = 8640)]
    pub port: u16,
    /// Address to listen at. Other than this machine's own (127.0.0.1, ::1) it needs --off-this-machine and TLS.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub listen: IpAddr,
    /// Yes, other machines shall reach the record of patients.
    #[arg(long)]
    pub off_this_machine: bool,
    /// A name under which others call this machine, such as `clinic.local`; may be repeated.
    #[arg(long = "name", value_name = "NAME")]
    pub names: Vec<String>,
    /// Certificates (PEM), the server's first.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// A certificate of the server's own making, kept in this folder. Browsers will warn until they are told to trust it.
    #[arg(long, value_name = "FOLDER", conflicts_with = "tls_certificate")]
    pub tls_self_made: Option<PathBuf>,
}

impl Where {
    /// Whether only this machine can reach the server.
    pub fn is_local(&self) -> bool {
        self.listen.is_loopback()
    }

    /// Whether connections are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.tls_certificate.is_some() || self.tls_self_made.is_some()
    }

    /// Refuses what would put patients on a network by accident.
    ///
    /// # Errors
    /// A sentence with what is missing.
    pub fn check(&self, demo: bool) -> Result<(), CliError> {
        if self.is_local() {
            return Ok(());
        }
        let at = self.listen;
        if !self.off_this_machine {
            return Err(CliError::usage(format!("{at} would let other machines reach the server"))
                .hint("leave --listen out to serve this machine only, or say --off-this-machine and give a certificate"));
        }
        if !self.is_encrypted() {
            return Err(CliError::usage(format!(
                "at {at} everybody on the way could read the record: TLS is needed"
            ))
            .hint("give --tls-certificate FILE and --tls-key FILE, or --tls-self-made FOLDER"));
        }
        if demo {
            return Err(CliError::usage("a demonstration has no password and stays on this machine"));
        }
        if self.names.is_empty() && at.is_unspecified() {
            return Err(CliError::usage(format!("at {at} the server does not know its own name"))
                .hint("give the names under which it is called: --name clinic.local"));
        }
        Ok(())
    }

    /// Hosts by which the server may be called, with their port.
    pub fn hosts(&self, port: u16) -> Vec<String> {
        let mut names: Vec<String> = if self.is_local() {
            vec![host(self.listen), "127.0.0.1".into(), "localhost".into()]
        } else if self.listen.is_unspecified() {
            Vec::new()
        } else {
            vec![host(self.listen)]
        };
        names.extend(self.names.iter().cloned());
        names.dedup();
        let standard = if self.is_encrypted() { 443 } else { 80 };
        let mut hosts: Vec<String> = names.iter().map(|n| format!("{n}:{port}")).collect();
        if port == standard {
            hosts.extend(names);
        }
        hosts
    }

    /// The address that people open.
    pub fn url(&self, port: u16) -> String {
        let scheme = if self.is_encrypted() { "https" } else { "http" };
        let name = self.names.first().cloned().unwrap_or_else(|| host(self.listen));
        format!("{scheme}://{name}:{port}")
    }

    /// Certificate and key, if there are any.
    ///
    /// # Errors
    /// Names the file that cannot be used.
    pub fn acceptor(&self) -> Result<Option<TlsAcceptor>, CliError> {
        let (certificate, key) = match (&self.tls_certificate, &self.tls_key, &self.tls_self_made) {
            (Some(c), Some(k), _) => (c.clone(), k.clone()),
            (_, _, Some(folder)) => self_made(folder, &self.certified())?,
            _ => return Ok(None),
        };
        let wrong =
            |path: &Path, e: &dyn std::fmt::Display| CliError::input(format!("{}: {e}", path.display()));
        let pem = files::read(&certificate, MAX_PEM)?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|e| wrong(&certificate, &e))?;
        if chain.is_empty() {
            return Err(wrong(&certificate, &"there is no certificate in it; expected PEM"));
        }
        let key_der =
            PrivateKeyDer::from_pem_slice(&files::read(&key, MAX_PEM)?).map_err(|e| wrong(&key, &e))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|b| b.with_no_client_auth().with_single_cert(chain, key_der))
            .map_err(|e| wrong(&certificate, &format!("certificate and key cannot be used: {e}")))?;
        Ok(Some(TlsAcceptor::from(Arc::new(config))))
    }

    fn certified(&self) -> Vec<String> {
        let mut names = self.names.clone();
        if !self.listen.is_unspecified() {
            names.push(self.listen.to_string());
        }
        if self.is_local() {
            names.push("localhost".into());
        }
        names
    }
}

fn host(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

/// A certificate of our own for these names: the one in the folder if it is there, else a new one.
fn self_made(folder: &Path, names: &[String]) -> Result<(PathBuf, PathBuf), CliError> {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    let failed = |e: rcgen::Error| CliError::new(Kind::Output, format!("no certificate can be made: {e}"));
    let pair = rcgen::KeyPair::generate().map_err(failed)?;
    let mut wish = rcgen::CertificateParams::new(names.to_vec()).map_err(failed)?;
    wish.distinguished_name.push(rcgen::DnType::CommonName, "Baihui, self-made");
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let last = today.checked_add(jiff::Span::new().days(DAYS)).unwrap_or(today);
    let date = |d: jiff::civil::Date| {
        rcgen::date_time_ymd(
            i32::from(d.year()),
            u8::try_from(d.month()).unwrap_or(1),
            u8::try_from(d.day()).unwrap_or(1),
        )
    };
    (wish.not_before, wish.not_after) = (date(today), date(last));
    let made = wish.self_signed(&pair).map_err(failed)?;
    files::write(&certificate, made.pem().as_bytes())?;
    private(&key, pair.serialize_pem().as_bytes())?;
    Ok((certificate, key))
}

/// Writes a file that only its owner may read.
fn private(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    use std::io::Write as _;
    let failed =
        |e: io::Error| CliError::new(Kind::Output, format!("{} cannot be written: {e}", path.display()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).and_then(|mut f| f.write_all(bytes)).map_err(failed)
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, Encrypted>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Encrypted>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Connections whose handshake is done. Handshakes go on beside each other, so that one slow caller keeps nobody out.
pub struct Encrypted {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    at: SocketAddr,
}

impl Encrypted {
    /// Encrypts what a listener accepts.
    pub fn new(listener: TcpListener, acceptor: TlsAcceptor) -> io::Result<Self> {
        let at = listener.local_addr()?;
        let (done, ready) = mpsc::channel(MAX_HANDSHAKES);
        let turns = Arc::new(Semaphore::new(MAX_HANDSHAKES));
        tokio::spawn(async move {
            let mut listener = listener;
            while let Ok(turn) = Arc::clone(&turns).acquire_owned().await {
                // axum's accept waits and tries again where the system has no more files.
                let (stream, from) = Listener::accept(&mut listener).await;
                let (acceptor, done) = (acceptor.clone(), done.clone());
                if done.is_closed() {
                    return;
                }
                tokio::spawn(async move {
                    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
                    drop(turn);
                    if let Ok(Ok(stream)) = shaken {
                        let _ = done.send((stream, from)).await;
                    }
                });
            }
        });
        Ok(Self { ready, at })
    }
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(next) => next,
            // The task ended with the runtime; nothing will come any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(listen: &str) -> Where {
        Where {
            port: 8640,
            listen: listen.parse().unwrap(),
            off_this_machine: false,
            names: Vec::new(),
            tls_certificate: None,
            tls_key: None,
            tls_self_made: None,
        }
    }

    #[test]
    fn off_this_machine_needs_a_flag_and_a_certificate_and_a_name() {
        assert!(at("127.0.0.1").check(true).is_ok() && at("::1").check(true).is_ok());
        let mut w = at("0.0.0.0");
        let said = |w: &Where, demo| w.check(demo).unwrap_err().message;
        assert!(said(&w, false).contains("other machines"));
        w.off_this_machine = true;
        assert!(said(&w, false).contains("TLS is needed"));
        w.tls_self_made = Some("folder".into());
        assert!(said(&w, true).contains("demonstration"));
        assert!(said(&w, false).contains("own name"));
        w.names.push("clinic.local".into());
        assert!(w.check(false).is_ok());
        assert_eq!(w.hosts(8640), ["clinic.local:8640"]);
        assert_eq!(w.url(443), "https://clinic.local:443");
        assert_eq!(w.hosts(443), ["clinic.local:443", "clinic.local"]);
    }

    #[test]
    fn hosts_of_this_machine() {
        assert_eq!(at("127.0.0.1").hosts(1), ["127.0.0.1:1", "localhost:1"]);
        assert!(at("::1").hosts(1).contains(&"[::1]:1".to_owned()));
    }

    #[test]
    fn a_self_made_certificate_is_made_once_and_its_key_is_private() {
        let folder = std::env::temp_dir().join(format!("baihui-tls-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut w = at("127.0.0.1");
        w.tls_self_made = Some(folder.clone());
        assert!(w.acceptor().unwrap().is_some());
        let first = std::fs::read(folder.join("certificate.pem")).unwrap();
        assert!(w.acceptor().unwrap().is_some());
        assert_eq!(std::fs::read(folder.join("certificate.pem")).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.join("key.pem")).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        std::fs::write(folder.join("key.pem"), "nonsense").unwrap();
        let Err(said) = w.acceptor() else { panic!("a broken key is refused") };
        assert!(said.message.contains("key.pem"), "{}", said.message);
        let _ = std::fs::remove_dir_all(&folder);
    }
}

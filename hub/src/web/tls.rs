//! TLS, with a certificate from files or one of the hub's own. It is looked at again while the hub runs: files that somebody
//! renews, and the hub's own before its end, are used from then on without a restart.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::time::Clock;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;
use tracing::{error, info};

use super::patient::Patient;
use crate::certificate::{self, Certificate};
use crate::config::{self, CertificateFiles, WebConfig};

/// A certificate in use.
pub(super) struct Tls {
    source: Source,
    clock: Arc<dyn Clock>,
    current: RwLock<Current>,
}

enum Source {
    Own { data: PathBuf, names: Vec<String> },
    Files(CertificateFiles),
}

struct Current {
    /// What was read last, whether it could be used or not.
    pem: Pem,
    /// It could not be read again, and that was told.
    is_lost: bool,
    server: Arc<ServerConfig>,
}

/// How a connection begins.
pub(super) enum Greeting {
    Encrypted(Box<TlsStream<Patient<TcpStream>>>),
    /// With HTTP, as if there were no TLS here.
    Bare(Patient<TcpStream>),
}

/// A certificate with those above it, and its key.
#[derive(PartialEq, Eq)]
struct Pem {
    chain: Vec<u8>,
    key: Vec<u8>,
}

impl Tls {
    /// As configured; none where nothing is to be encrypted.
    ///
    /// # Errors
    /// The certificate cannot be read or made, or its key is not its own.
    pub(super) fn open(config: &WebConfig, at: IpAddr, data: &Path, clock: Arc<dyn Clock>) -> Result<Option<Tls>> {
        let Some(tls) = &config.tls else { return Ok(None) };
        let source = match tls {
            config::Tls::Own(_) => Source::Own { data: data.to_owned(), names: certificate::names(at, &config.names) },
            config::Tls::Files(files) => Source::Files(files.clone()),
        };
        let pem = source.read(&*clock).context("web.tls")?;
        let server = pem.server().context("web.tls")?;
        Ok(Some(Tls { source, clock, current: RwLock::new(Current { pem, is_lost: false, server }) }))
    }

    /// Begins with somebody who has connected and is to take what he is sent within `taking`.
    ///
    /// # Errors
    /// The handshake failed.
    pub(super) async fn greet(&self, stream: TcpStream, taking: Duration) -> io::Result<Greeting> {
        let mut first = [0];
        stream.peek(&mut first).await?;
        let stream = Patient::new(stream, taking);
        // A method of HTTP; TLS begins with 22 (RFC 8446, 5.1).
        if first[0].is_ascii_uppercase() {
            return Ok(Greeting::Bare(stream));
        }
        let server = self.current.read().unwrap_or_else(PoisonError::into_inner).server.clone();
        TlsAcceptor::from(server).accept(stream).await.map(|stream| Greeting::Encrypted(Box::new(stream)))
    }

    /// Whether browsers know who vouches for it, and can be told never to come without TLS again.
    pub(super) fn is_vouched_for(&self) -> bool {
        matches!(self.source, Source::Files(_))
    }

    /// Takes another certificate into use where there is one. To be called now and then.
    pub(super) fn refresh(&self) {
        let read = self.source.read(&*self.clock);
        let (is_known, was_lost) = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            (read.as_ref().is_ok_and(|pem| *pem == current.pem), current.is_lost)
        };
        if is_known && !was_lost {
            return;
        }
        let pem = match read {
            Ok(pem) => pem,
            Err(error) => {
                if !was_lost {
                    error!("web.tls: the page keeps the certificate that it has, until its end: {error:#}");
                }
                self.current.write().unwrap_or_else(PoisonError::into_inner).is_lost = true;
                return;
            }
        };
        let server = pem.server();
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        (current.pem, current.is_lost) = (pem, false);
        match server {
            Ok(server) => current.server = server,
            // Whoever writes one file after the other is not done yet.
            Err(error) => error!("web.tls: the page keeps its certificate: {error:#}"),
        }
    }
}

impl Source {
    fn read(&self, clock: &dyn Clock) -> Result<Pem> {
        let file = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        match self {
            Source::Files(files) => Ok(Pem { chain: file(&files.certificate)?, key: file(&files.key)? }),
            Source::Own { data, names } => {
                let own = Certificate::settle(data, names, clock.now())?;
                Ok(Pem { chain: own.certificate.into(), key: own.key.into() })
            }
        }
    }
}

impl Pem {
    fn server(&self) -> Result<Arc<ServerConfig>> {
        let chain = CertificateDer::pem_slice_iter(&self.chain).collect::<Result<Vec<_>, _>>();
        let chain = chain.context("the certificate is no PEM file")?;
        let first = chain.first().context("there is no certificate in the file of the certificate")?;
        let fingerprint = certificate::fingerprint(first);
        let key = PrivateKeyDer::from_pem_slice(&self.key).context("there is no private key in the file of the key")?;
        let server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key);
        let mut server = server.context("certificate and key do not go together")?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        info!(sha256 = %fingerprint, "the page is encrypted; the fingerprint of its certificate");
        Ok(Arc::new(server))
    }
}

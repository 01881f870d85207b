//! The page and the interface for programs, as people configure them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use picket_common::config::Complaints;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The page on which people see what happened, and the interface for programs (`/api`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Where browsers reach it: `address:port`; `*:8080` is every network of this machine, and `none` serves no page.
    /// Beyond this machine it also wants users (`picket-hub user add`), or `auth`. Default: 127.0.0.1:8080, this machine
    /// alone.
    pub listen: String,
    /// Who may use it while there are no users (`picket-hub user`). `none`: everybody who reaches the address, to see, pin
    /// and delete. Default: whoever is on this machine; where others reach it, the hub does not start without users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// Encrypts it: `self-made`, with a certificate that the hub makes itself, whose fingerprint it tells and which
    /// browsers ask about once; or with one from files, `{certificate: /etc/ssl/hub.pem, key: /etc/ssl/hub.key}`.
    /// Default: it is not encrypted.
    // Its alternatives as they are: those of an alternative are not looked into for a block's keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Tls")]
    pub tls: Option<Tls>,
    /// Other names under which browsers reach it, such as that of a proxy: `[cameras.example.org]`. Names that are not
    /// known are refused, so that no other site can speak to it through somebody's browser. Default: none beside
    /// the machine's own name and its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// Who may use the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// Everybody who reaches it.
    None,
}

/// With which certificate the page is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Tls {
    /// One of the hub's own.
    Own(SelfMade),
    /// One that somebody has given.
    Files(CertificateFiles),
}

/// The word for a certificate of the hub's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum SelfMade {
    /// The hub makes it, and keeps it in its data directory.
    SelfMade,
}

/// A certificate in files; they are read again when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct CertificateFiles {
    /// The certificate and those between it and the root, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

impl Default for WebConfig {
    fn default() -> Self {
        WebConfig { listen: "127.0.0.1:8080".into(), auth: None, tls: None, names: Vec::new() }
    }
}

impl WebConfig {
    /// Where the page listens if there is to be none.
    pub const NONE: &str = "none";

    /// Where to listen; none where no page is wanted.
    ///
    /// # Errors
    /// It is no address, in words.
    pub fn address(&self) -> Result<Option<SocketAddr>, String> {
        if self.listen == WebConfig::NONE {
            return Ok(None);
        }
        let named = [("*:", "0.0.0.0:"), ("localhost:", "127.0.0.1:")];
        let of_name = |(name, address): (&str, &str)| Some(format!("{address}{}", self.listen.strip_prefix(name)?));
        let listen = named.into_iter().find_map(of_name).unwrap_or_else(|| self.listen.clone());
        let message =
            || format!("`{}` is no address; write one such as 127.0.0.1:8080 or *:8080, or none", self.listen);
        listen.parse().map(Some).map_err(|_| message())
    }

    /// Whether everybody who reaches it may do everything while there are no users.
    pub fn is_open_without_users(&self) -> bool {
        let is_private = |address: SocketAddr| WebConfig::is_private(address.ip());
        self.auth == Some(Auth::None) || self.address().is_ok_and(|address| address.is_none_or(is_private))
    }

    /// Whether only this machine reaches `address`.
    pub fn is_private(address: IpAddr) -> bool {
        address.to_canonical().is_loopback()
    }
}

/// Whether there are users is seen at the start: they are not in this file.
pub(super) fn validate(web: &WebConfig, complaints: &mut Complaints<'_>) {
    if let Err(message) = web.address() {
        complaints.add("web.listen", message);
    }
    for (place, name) in web.names.iter().enumerate() {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || ":/*".contains(c)) {
            let message = format!(
                "`{name}` is no name; write one such as cameras.example.org, without https:// and without a port"
            );
            complaints.add(format!("web.names[{place}]"), message);
        }
    }
    let Some(Tls::Files(files)) = &web.tls else { return };
    for (key, path) in [("certificate", &files.certificate), ("key", &files.key)] {
        if !path.is_absolute() {
            let message = format!("`{}` is no whole path; write one such as /etc/ssl/hub.pem", path.display());
            complaints.add(format!("web.tls.{key}"), message);
        }
    }
}

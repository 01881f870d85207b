//! The certificate that the hub makes itself, `certificate.json` in the data directory, with its key: so that the page can be
//! encrypted where nobody has got one. Nobody vouches for it: people compare its fingerprint with the one that the hub tells, once. It
//! is valid for as long as browsers let one be, and made anew before its end, or where the hub's names are others.

use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::{Span, ToSpan};
use picket_common::time::Timestamp;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::private;

const FILE: &str = "certificate.json";

const ABOUT: &str = "The certificate with which this Picket hub's page is encrypted. `key` is secret. Without this file the hub \
    makes another one, and browsers ask again.";

/// Apple's programs take none that is valid for more than 825 days.
const DAYS: i64 = 820;
/// It is made anew so long before its end.
const SPARE: i64 = 30;

/// A certificate of the hub's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    about: String,
    /// Whom it names.
    names: Vec<String>,
    /// The SHA-256 of the certificate, as browsers show it.
    pub fingerprint: String,
    /// The day on which it is over.
    pub until: jiff::civil::Date,
    /// In PEM.
    pub certificate: String,
    /// In PEM.
    pub key: String,
}

impl Certificate {
    /// The one in `data`; none where the hub has made none.
    pub fn read(data: &Path) -> Result<Option<Certificate>> {
        private::read(&data.join(FILE), "put a copy of it back, or move it away")
    }

    /// The one in `data`, made where there is none for these names, or its end is near.
    pub fn settle(data: &Path, names: &[String], now: Timestamp) -> Result<Certificate> {
        if let Some(found) = Certificate::read(data)?
            && found.names == names
            && !found.is_near_its_end(now)
        {
            return Ok(found);
        }
        let made = Certificate::make(names, now).context("the hub cannot make a certificate")?;
        private::write(&data.join(FILE), &made)?;
        Ok(made)
    }

    /// Whether it should be made anew.
    pub fn is_near_its_end(&self, now: Timestamp) -> bool {
        day(now, SPARE.days()) >= self.until
    }

    fn make(names: &[String], now: Timestamp) -> Result<Certificate> {
        // The clock of a machine that has just started may be a little behind.
        let (from, until) = (day(now, -1.days()), day(now, DAYS.days()));
        let key = KeyPair::generate()?;
        let of_certificates = |name: &&String| name.is_ascii() && !name.is_empty();
        let mut params = CertificateParams::new(names.iter().filter(of_certificates).cloned().collect::<Vec<_>>())?;
        let [from, end] = [from, until]
            .map(|day| date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs()));
        (params.not_before, params.not_after) = (from, end);
        params.distinguished_name.push(DnType::CommonName, "Picket hub");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let made = params.self_signed(&key)?;
        Ok(Certificate {
            about: ABOUT.to_owned(),
            names: names.to_vec(),
            fingerprint: fingerprint(made.der()),
            until,
            certificate: made.pem(),
            key: key.serialize_pem(),
        })
    }
}

/// Those by which a page at this address is reached, with those that the configuration adds.
pub fn names(address: IpAddr, added: &[String]) -> Vec<String> {
    let host = picket_common::config::hostname();
    let mut names = vec![host.clone(), format!("{host}.local"), "localhost".into(), "127.0.0.1".into(), "::1".into()];
    names.extend((!address.is_unspecified() && !address.is_loopback()).then(|| address.to_string()));
    names.extend(added.iter().cloned());
    names
}

/// The SHA-256 of a certificate, as browsers show it: `AB:CD:...`.
pub fn fingerprint(der: &[u8]) -> String {
    let bytes: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

/// The day, in UTC, that lies so far from now.
fn day(now: Timestamp, away: Span) -> jiff::civil::Date {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    today.saturating_add(away)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn one_is_made_and_kept_until_its_end_is_near_or_the_names_are_others() {
        let data = sample::folder();
        let names = |more: &str| names([192, 0, 2, 1].into(), &[more.to_owned()]);
        let settle =
            |more: &str, now: &str| Certificate::settle(data.path(), &names(more), now.parse().unwrap()).unwrap();
        let made = settle("cameras.example.org", "2026-11-20T12:00:00Z");
        assert_eq!(made.until.to_string(), "2029-02-17");
        assert_eq!(settle("cameras.example.org", "2029-01-17T12:00:00Z"), made);
        let renewed = settle("cameras.example.org", "2029-01-18T12:00:00Z");
        assert_ne!(renewed.fingerprint, made.fingerprint);
        assert_ne!(settle("Kameras-Süd", "2029-01-18T12:00:00Z").fingerprint, renewed.fingerprint);
        assert_eq!(made.fingerprint.len(), 32 * 3 - 1);
    }

    #[test]
    fn a_fingerprint_is_the_one_that_browsers_show() {
        let known = "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55";
        assert_eq!(fingerprint(b""), known);
    }
}

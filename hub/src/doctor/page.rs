//! The page: who may reach it, whether they are asked who they are, and whether others on the way can read along.

use std::path::Path;

use picket_common::doctor::Finding;

use crate::access::users::Users;
use crate::certificate::Certificate;
use crate::config::{Tls, WebConfig};

const CHECK: &str = "page";

/// What there is to say; nothing where no page is wanted.
pub(super) fn look(data: &Path, config: &WebConfig) -> Vec<Finding> {
    let Ok(Some(address)) = config.address() else { return Vec::new() };
    let is_private = WebConfig::is_private(address.ip());
    let users = match Users::read(data) {
        Ok(users) => users.len(),
        Err(error) => {
            let advice = "run this as the hub's user; a hub whose users cannot be read has no page";
            return vec![Finding::wrong(CHECK, format!("{error:#}"), advice)];
        }
    };
    let listen = &config.listen;
    let mut findings = vec![match users {
        0 if !config.is_open_without_users() => Finding::wrong(
            CHECK,
            format!("the hub does not start: {listen} can be reached from other machines, and there are no users"),
            "`picket-hub user add NAME --role admin`, or `web: {auth: none}` if everybody there may see and delete all images",
        ),
        0 if !is_private => Finding::warning(
            CHECK,
            format!("everybody who reaches {listen} may see and delete all images"),
            "`picket-hub user add NAME --role admin` makes the page ask who is there",
        ),
        0 => Finding::ok(CHECK, format!("at {listen}, for everybody on this machine")),
        users => Finding::ok(CHECK, format!("at {listen}, for users: {users}")),
    }];
    match (&config.tls, Certificate::read(data)) {
        (None, _) if !is_private => findings.push(Finding::warning(
            CHECK,
            "it is not encrypted: others on the network can read passwords and see images",
            "`web: {tls: self-made}`, or a proxy before it that encrypts",
        )),
        (Some(Tls::Own(_)), Ok(Some(own))) => {
            findings.push(Finding::ok(
                CHECK,
                format!("its own certificate, until {}, SHA-256 {}", own.until, own.fingerprint),
            ));
        }
        _ => {}
    }
    findings
}

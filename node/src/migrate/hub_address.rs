//! The section `hub_address:`.

use picket_common::config;
use picket_common::config::migrate::{Block, Old, Report, left_over};

use crate::config::{Addresses, HubSection, NodeConfig};

/// Takes the section over.
pub(super) fn take(old: &Old, hub: &mut HubSection, report: &mut Report) {
    let Some(mut addresses) = Block::of(old, "hub", report) else { return };
    match addresses.take("H1") {
        Some(first) => take_first(&first, hub, report),
        None => {
            let at = addresses.like("H1").unwrap_or(addresses.at);
            report.refuse(
                at,
                "hub_address",
                "there is no `H1:`, the only address that imagenode reads; write `H1: tcp://hub.local:5555`",
            );
        }
    }
    let further: Vec<String> = (2..=9).map(|number| format!("H{number}")).collect();
    for key in &further {
        if let Some(old) = addresses.take(key) {
            let text = "imagenode never tried this one; here `hub.connect` may be a list, tried in its order";
            report.note(&old, "hub.connect", text);
        }
    }
    left_over(addresses, &["H1", "H2", "H3"], "hub", report);
}

fn take_first(old: &Old, hub: &mut HubSection, report: &mut Report) {
    let address = old.word().unwrap_or_default();
    match complaint(address) {
        None => {
            hub.connect = Some(Addresses(vec![address.to_owned()]));
            report.keep("hub.connect");
        }
        Some(complaint) => report.refuse(old.at, &old.path, &complaint),
    }
}

/// What the loader says of an address.
fn complaint(address: &str) -> Option<String> {
    let formats = config::formats::<NodeConfig>();
    let format = formats.iter().find(|format| format.name == "picket-connect")?;
    (format.check)(address).err()
}

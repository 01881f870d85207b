//! Where messages wait for the hub: how much of them in memory, when and where on the disk.

use std::ffi::OsString;
use std::path::PathBuf;

use picket_common::config::{Complaints, Duration, MinFree, Percent, Size};
use picket_common::state;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::at_least_a_second;
use super::{Protocol, seconds};

/// What is not yet acknowledged by the hub.
///
/// While the hub answers, messages wait in memory, and the disk is left alone. A power cut costs what is in memory: of
/// the last second events, readings and the best frame of each event, and of the last 30s (`spill_after`) other frames,
/// when the hub is away; with `durability: always` what one write takes, some hundredths of a second on a card.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("x-instead" = {"path": "directory", "size": "max_size"}))]
pub struct SpoolSection {
    /// The folder of what waits on the disk; each node needs one of its own. Default: the service's own
    /// (`/var/lib/picket-node/spool`), else `picket-node/` and the node's name in `$XDG_STATE_HOME` or `~/.local/state`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// How many bytes may wait on the disk, at least 1MiB; the least valuable go first when it is full. Default: 1GiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_size: Option<Size>,
    /// How many bytes may wait in memory, at least 1MiB. From half of it on, what waits goes to the disk at once; where
    /// that cannot be used, the least valuable go first when it is full. Default: 32MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Size>,
    /// How much of the disk is left to others: a size, or a share of the disk (a number alone is a share, in percent).
    /// Default: 256MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_free: Option<MinFree>,
    /// How long a frame waits in memory for the hub before it goes to the disk, at least 1s. Events, readings and the
    /// best frame of each event go after one second. Default: 30s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spill_after: Option<Duration>,
    /// Whether everything goes to the disk at once, hub or no hub. Default: normal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durability: Option<Durability>,
}

/// When messages go to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// When the hub has not acknowledged them for a while.
    #[default]
    Normal,
    /// At once. It wears a card out: each frame is written to it.
    Always,
}

impl SpoolSection {
    const MAX_SIZE: Size = Size(1 << 30);
    const MEMORY: Size = Size(32 << 20);
    const MIN_FREE: MinFree = MinFree::Size(Size(256 << 20));
    const SPILL_AFTER: Duration = seconds(30);

    /// Where the packaged service keeps what waits.
    pub const SERVICE: &str = "/var/lib/picket-node/spool";

    /// The folder that this machine gives the node called `name`, where its configuration says nothing of it.
    pub fn default_directory(name: &str) -> Option<PathBuf> {
        default_directory(name, |variable| std::env::var_os(variable))
    }

    /// How many bytes may wait on the disk.
    pub fn max_size(&self) -> Size {
        self.max_size.unwrap_or(SpoolSection::MAX_SIZE)
    }

    /// How many bytes may wait in memory.
    pub fn memory(&self) -> Size {
        self.memory.unwrap_or(SpoolSection::MEMORY)
    }

    /// How much of the disk is left to others.
    pub fn min_free(&self) -> MinFree {
        self.min_free.unwrap_or(SpoolSection::MIN_FREE)
    }

    /// How long a frame waits in memory.
    pub fn spill_after(&self) -> Duration {
        self.spill_after.unwrap_or(SpoolSection::SPILL_AFTER)
    }

    /// When messages go to the disk.
    pub fn durability(&self) -> Durability {
        self.durability.unwrap_or_default()
    }

    /// Fills in what the protocol has a default for, and the folder that the machine gives the node called `name`.
    pub(super) fn resolve(&mut self, name: &str, protocol: Protocol) {
        self.memory = Some(self.memory());
        if protocol == Protocol::ImagezmqPub {
            return;
        }
        if self.directory.is_none() {
            self.directory = SpoolSection::default_directory(name);
        }
        self.max_size = Some(self.max_size());
        self.min_free = Some(self.min_free());
        self.spill_after = Some(self.spill_after());
        self.durability = Some(self.durability());
    }

    pub(super) fn validate(&self, protocol: Protocol, complaints: &mut Complaints<'_>) {
        for (path, size) in [("spool.max_size", self.max_size()), ("spool.memory", self.memory())] {
            if size.0 < 1 << 20 {
                complaints.add(path, format!("{size} holds hardly a frame; write 1MiB or more"));
            }
        }
        at_least_a_second("spool.spill_after", self.spill_after(), complaints);
        if let Some(MinFree::Share(Percent(share))) = self.min_free
            && share > 90.0
        {
            complaints.add("spool.min_free", format!("{share}% leaves the spool hardly any disk; write 90% or less"));
        }
        if self.directory.as_ref().is_some_and(|directory| directory.as_os_str().is_empty()) {
            let message = "it is empty; write a folder, such as /var/lib/picket-node/spool, or leave it out";
            complaints.add("spool.directory", message);
        }
        if protocol == Protocol::ImagezmqPub {
            self.nothing_is_kept(complaints);
        }
    }

    /// What is published is not acknowledged, so nothing waits on the disk.
    fn nothing_is_kept(&self, complaints: &mut Complaints<'_>) {
        let keys = [
            ("directory", self.directory.is_some()),
            ("max_size", self.max_size.is_some()),
            ("min_free", self.min_free.is_some()),
            ("spill_after", self.spill_after.is_some()),
            ("durability", self.durability.is_some()),
        ];
        for (key, _) in keys.into_iter().filter(|(_, given)| *given) {
            let message = "with `protocol: imagezmq-pub` nothing waits on the disk, for nobody acknowledges anything; \
                           leave it out (`memory: 32MiB` bounds what waits to be published)";
            complaints.add(format!("spool.{key}"), message);
        }
    }
}

/// Where a node's spool is without a word about it; none where the machine has no place for it.
fn default_directory(name: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let service = state::of_service(&variable).into_iter().next().map(|state| state.join("spool"));
    service.or_else(|| Some(state::of_user(&variable)?.join("picket-node").join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_services_or_the_users() {
        let check = |set: &[(&str, &str)], expected: Option<&str>| {
            let variable =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
            assert_eq!(default_directory("Barn", variable), expected.map(PathBuf::from), "{set:?}");
        };
        let (state, home) = (("STATE_DIRECTORY", "/var/lib/picket-node"), ("HOME", "/home/me"));
        check(&[state, home], Some("/var/lib/picket-node/spool"));
        check(&[("STATE_DIRECTORY", "/var/lib/a:/var/lib/b"), home], Some("/var/lib/a/spool"));
        check(&[home], Some("/home/me/.local/state/picket-node/Barn"));
        check(&[], None);
    }
}

//! The hub's configuration, as people write it; with no file at all its defaults do. Knows no socket and
//! no store.

mod input;
mod limits;
mod output;
pub mod people;
mod retention;
mod web;

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use picket_common::config::{self, Complaints, Duration, Foreign, NotFound, Size, Validate, hostname};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::input::InputConfig;
pub(crate) use self::input::publishers;
pub use self::limits::Limits;
pub use self::output::{OutputConfig, PubConfig, SendType};
pub use self::people::{Labels, Meaning, Names};
pub use self::retention::RetentionConfig;
pub use self::web::{Auth, CertificateFiles, SelfMade, Tls, WebConfig};

/// A Picket hub: where it listens, and where it stores.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HubConfig {
    /// The hub itself.
    pub hub: HubSection,
    /// What one node may send at most.
    #[serde(skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    /// Who is listened to beside those who connect to the hub. Default: nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputConfig>,
    /// Where pictures go on to, beside the shelf. Default: nowhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<OutputConfig>,
    /// What may be forgotten: which images are deleted by themselves.
    pub retention: RetentionConfig,
    /// The page on which people see what happened.
    pub web: WebConfig,
    /// Your words for states, for questions and answers (`picket-hub ask`). For each node (`WaterMeter`) or view
    /// (`Driveway Mailbox`), a word for each state: `WaterMeter: {moving: flowing, still: off}`. Default: none.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Your names for nodes, views and readings, for questions: each with what it means, which may be several things:
    /// `house: JeffOffice`, `inside: [Garage, JeffOffice]`, `deck: BackDeck Temp`. They go before the names that there
    /// are. Default: none.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub names: Names,
}

/// The hub itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HubSection {
    /// The hub's name, by which nodes and people know it: letters, digits, `-`, `_` and `.`, at most 64 bytes.
    /// Default: the hostname.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-name"))]
    pub name: Option<String>,
    /// Where nodes and imagezmq senders connect, `tcp://address:port`; `tcp://*:5555` is every network of this
    /// machine. It is not encrypted. Default: tcp://127.0.0.1:5555, this machine alone.
    #[schemars(extend("format" = "picket-listen", "pattern" = "^tcp://.+:[0-9]+$"))]
    pub listen: String,
    /// The folder in which everything is stored; a leading `~` is the home directory. Default: ~/picket-data.
    pub data_directory: PathBuf,
    /// How long a node may be silent before that is logged, at least 1s. Default: 10m.
    pub patience: Duration,
    /// The largest message that is taken, 1MiB to 1GiB. Default: 64MiB.
    pub max_message: Size,
}

impl Default for HubSection {
    fn default() -> Self {
        HubSection {
            name: None,
            listen: "tcp://127.0.0.1:5555".into(),
            data_directory: PathBuf::from("~/picket-data"),
            patience: Duration(std::time::Duration::from_secs(600)),
            max_message: Size(64 << 20),
        }
    }
}

impl HubConfig {
    /// Reads the file that is given, or the first `picket-hub.yaml` where they are looked for, or takes the
    /// embedded defaults where there is none, and fills in the rest. Gives the file's path too.
    pub fn load(given: Option<&Path>) -> anyhow::Result<(Option<PathBuf>, HubConfig)> {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        HubConfig::load_found(config::find("picket-hub", given), home.as_deref())
    }

    /// The same, from what a search has found. A file with a wrong name is refused: whoever wrote it did not
    /// want the defaults.
    pub fn load_found(
        found: Result<PathBuf, NotFound>,
        home: Option<&Path>,
    ) -> anyhow::Result<(Option<PathBuf>, HubConfig)> {
        let (path, config) = match found {
            Ok(path) => (Some(path.clone()), config::load(&path)?),
            Err(error) if error.similar.is_empty() => (None, HubConfig::default()),
            Err(error) => return Err(error.into()),
        };
        Ok((path, config.resolved(home).map_err(|message| anyhow!(message))?))
    }

    /// The configuration with everything filled in that is left to the machine. `home` is the home directory
    /// (the variable `HOME`), which is only asked for where the data directory begins with `~`.
    pub fn resolved(mut self, home: Option<&Path>) -> Result<HubConfig, String> {
        self.hub.name.get_or_insert_with(hostname);
        if let Ok(below) = self.hub.data_directory.strip_prefix("~") {
            let home = home.filter(|home| home.is_absolute()).ok_or_else(|| {
                let directory = self.hub.data_directory.display();
                format!(
                    "hub.data_directory: `{directory}` begins with the home directory, and this user has none \
                     (HOME is not set); write the whole path, such as /var/lib/picket-hub"
                )
            })?;
            self.hub.data_directory = home.join(below);
        }
        Ok(self)
    }
}

impl Validate for HubConfig {
    fn foreign() -> Option<Foreign> {
        let keys = &["hub.max_images_write", "hub.queuemax", "hub.print_settings"];
        Some(Foreign { program: "imagehub", keys, instead: "picket-hub migrate" })
    }

    fn validate(&self, complaints: &mut Complaints<'_>) {
        let hub = &self.hub;
        let directory = hub.data_directory.to_string_lossy();
        if directory.is_empty() {
            complaints.add("hub.data_directory", "the name is empty; write a folder such as ~/picket-data");
        }
        if directory.starts_with('~') && !hub.data_directory.starts_with("~") {
            let message = format!("`{directory}` is another user's home directory; write the whole path instead");
            complaints.add("hub.data_directory", message);
        }
        if hub.patience.0.as_secs() < 1 {
            complaints.add("hub.patience", format!("{} is too short; write 1s or more", hub.patience));
        }
        if !(1 << 20..=1 << 30).contains(&hub.max_message.0) {
            complaints.add("hub.max_message", format!("{} is out of range; write 1MiB to 1GiB", hub.max_message));
        }
        limits::validate(&self.limits, complaints);
        input::validate(&self.inputs, complaints);
        output::validate(&self.outputs, &hub.listen, complaints);
        output::validate_inputs(&self.outputs, &self.inputs, complaints);
        retention::validate(&self.retention, complaints);
        web::validate(&self.web, complaints);
        people::validate(&self.labels, &self.names, complaints);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leading_tilde_is_the_home_directory() {
        let resolved = |directory: &str, home: Option<&str>| {
            let hub = HubSection { data_directory: directory.into(), ..HubSection::default() };
            HubConfig { hub, ..HubConfig::default() }
                .resolved(home.map(Path::new))
                .map(|config| config.hub.data_directory)
        };
        assert_eq!(resolved("~/picket-data", Some("/home/ann")), Ok("/home/ann/picket-data".into()));
        assert_eq!(resolved("/srv/~/data", None), Ok("/srv/~/data".into()));
        assert_eq!(resolved("data", None), Ok("data".into()));
        let message = resolved("~/picket-data", None).unwrap_err();
        assert!(message.starts_with("hub.data_directory: `~/picket-data` begins with the home directory"), "{message}");
    }

    #[test]
    fn the_hub_runs_without_a_file() {
        let hub = HubConfig::default().resolved(Some(Path::new("/home/ann"))).unwrap().hub;
        assert_eq!(hub.name.as_deref().and_then(picket_common::name::complaint), None);
        assert_eq!((hub.listen.as_str(), hub.max_message), ("tcp://127.0.0.1:5555", Size(64 << 20)));
    }
}

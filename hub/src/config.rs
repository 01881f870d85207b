//! temp
use picket_common::config::{Duration, Size};
use std::path::PathBuf;
pub struct HubConfig {
    pub hub: HubSection,
}
pub struct HubSection {
    pub listen: String,
    pub data_directory: PathBuf,
    pub name: String,
    pub patience: Duration,
    pub max_message: Size,
}

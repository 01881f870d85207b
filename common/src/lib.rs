//! What both ends of Picket lean on: the wire, names, time, events, configuration loading, JPEG,
//! and the durable log. It knows neither cameras nor the hub's data directory.

#![warn(missing_docs)]

pub mod bytes;
pub mod config;
pub mod doctor;
pub mod event;
pub mod exit;
pub mod jpeg;
pub mod log;
pub mod name;
pub mod pulse;
pub mod room;
pub mod service;
pub mod shutdown;
pub mod signals;
pub mod state;
pub mod tally;
pub mod telemetry;
pub mod time;
pub mod transport;
pub mod wake;
pub mod wire;

//! The hub itself: its name, its clock, and who asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use picket_common::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Role, Who};
use crate::web::Hub;

/// The hub.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct ThisHub {
    /// Its name.
    name: String,
    /// The version of its program.
    version: String,
    /// Its zone: days are days there.
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// Where it listens to nodes; `[::]` and `0.0.0.0` are all addresses of its machine.
    #[schema(example = "tcp://[::]:5555")]
    address: String,
    /// What time it is there.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// Who asks.
    user: User,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct User {
    /// By name; none where the hub has no users.
    name: Option<String>,
    /// What they may do.
    role: Role,
    /// The nodes and views that they may see; none where that is everything.
    #[schema(example = json!(["Barn", "Yard Door"]))]
    views: Option<Vec<String>>,
}

/// The hub, and who asks.
#[utoipa::path(get, path = "/api/hub", tag = "hub", responses((status = 200, body = ThisHub)))]
pub(super) async fn hub(State(hub): State<Arc<Hub>>, who: Who) -> Json<ThisHub> {
    let around = &hub.around;
    Json(ThisHub {
        name: around.name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        zone: zone(&around.zone),
        address: around.address.clone(),
        now: around.clock.now(),
        user: User { name: who.name, role: who.role, views: who.sight.patterns() },
    })
}

/// The zone's name, or where it has none what browsers take for one too.
fn zone(zone: &jiff::tz::TimeZone) -> String {
    let fixed = || zone.to_fixed_offset().map(|offset| offset.to_string()).unwrap_or_else(|_| "UTC".to_owned());
    zone.iana_name().map_or_else(fixed, str::to_owned)
}

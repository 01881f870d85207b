//! Nodes: how they are, and what is kept of their views.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Who;
use crate::index::{Index, LatestImage, NodeRow, ViewRow, Wanted};
use crate::list::problem::{Problem, problems};
use crate::web::refusal::Reason;
use crate::web::{Hub, Refusal};

/// One node with its views and its problems.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct NodeWithViews {
    #[serde(flatten)]
    node: NodeRow,
    /// What is kept of its views.
    views: Vec<NodesView>,
    /// What is wrong with it, as `picket-hub nodes` tells it. Whether it is silent, `silent` tells.
    problems: Vec<Problem>,
}

/// What is kept of one of a node's views.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct NodesView {
    /// Its name; none for what has no view's name.
    view: Option<String>,
    /// How many images.
    images: u64,
    /// Their bytes.
    bytes: u64,
    /// The latest image.
    latest: Option<LatestImage>,
}

/// All nodes, in the order of their names, as they are now.
#[utoipa::path(get, path = "/api/nodes", tag = "nodes",
    responses((status = 200, body = [NodeWithViews]), (status = 500, body = Reason)))]
pub(super) async fn nodes(State(hub): State<Arc<Hub>>, who: Who) -> Result<Json<Vec<NodeWithViews>>, Refusal> {
    let wanted = Wanted { sight: who.sight, ..Wanted::default() };
    let ask = move |index: &Index| Ok((index.nodes(&wanted)?, index.kept_views(&wanted.sight)?));
    let (nodes, views) = hub.readers.ask(ask).await?;
    let with_views = |node: NodeRow| {
        let own = views.iter().filter(|view| view.node == node.node).cloned();
        let own = own.map(|ViewRow { view, images, bytes, latest, .. }| NodesView { view, images, bytes, latest });
        NodeWithViews { views: own.collect(), problems: problems(&node), node }
    };
    Ok(Json(nodes.into_iter().map(with_views).collect()))
}

/// All views of all nodes, in the order of their names.
#[utoipa::path(get, path = "/api/views", tag = "nodes",
    responses((status = 200, body = [ViewRow]), (status = 500, body = Reason)))]
pub(super) async fn views(State(hub): State<Arc<Hub>>, who: Who) -> Result<Json<Vec<ViewRow>>, Refusal> {
    hub.readers.ask(move |index| index.kept_views(&who.sight)).await.map(Json)
}

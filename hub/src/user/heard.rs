//! Whether what somebody may see is known to the hub: a misspelt view hides everything, and nobody notices until they look.

use std::io::Write;
use std::path::Path;
use std::slice;

use anyhow::Result;

use crate::access::{Pattern, Sight};
use crate::index::{Index, IndexError, NodeRow, Wanted};

/// Tells which of `patterns` fit nothing that was heard of; nothing where nothing was heard at all.
pub(super) fn tell(data: &Path, patterns: &[Pattern], out: &mut dyn Write) -> Result<()> {
    // A user is added whether or not there is an index yet, or one of this version.
    let Ok((index, nodes)) = read(data) else { return Ok(()) };
    if nodes.is_empty() {
        return Ok(());
    }
    for pattern in patterns {
        let sight = Sight::of(slice::from_ref(pattern));
        let is_heard = nodes.iter().any(|node| sight.has(&node.node, None)) || !index.kept_views(&sight)?.is_empty();
        if !is_heard {
            writeln!(out, "{pattern} is nothing that the hub has heard of yet; `picket-hub nodes` lists what it has")?;
        }
    }
    Ok(())
}

fn read(data: &Path) -> Result<(Index, Vec<NodeRow>), IndexError> {
    let index = Index::read(data)?;
    let nodes = index.nodes(&Wanted::default())?;
    Ok((index, nodes))
}

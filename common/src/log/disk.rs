//! The file operations a log needs: a trait, and the real folder behind it.

/// A folder of files. (Signatures come with the log.)
pub trait Disk: Send + Sync {}

//! What a machine is called when its configuration gives no name.

/// The hostname up to its first dot, made fit for a name.
pub fn hostname() -> String {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    crate::name::clean(name.split('.').next().unwrap_or_default())
}

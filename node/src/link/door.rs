//! A port at which others connect. It is opened once and then kept, so that nobody else can take it meanwhile. Knows
//! nothing of what they say.

use std::io::{Error, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// An open port.
#[derive(Debug)]
pub(crate) struct Door {
    listener: TcpListener,
}

impl Door {
    /// Listens at `address:port`; `*` is every address of this machine.
    pub(crate) fn open(at: &str) -> Result<Door, String> {
        let place = at.strip_prefix('*').map_or_else(|| at.to_owned(), |port| format!("0.0.0.0{port}"));
        let open = || {
            let listener = TcpListener::bind(&place)?;
            listener.set_nonblocking(true)?;
            Ok(Door { listener })
        };
        open().map_err(|error: Error| {
            let hint = match error.kind() {
                ErrorKind::AddrInUse => "another program listens there; stop it, or choose another port",
                ErrorKind::AddrNotAvailable => "this machine has no such address; 0.0.0.0 stands for all that it has",
                ErrorKind::PermissionDenied => "a port from 1024 on can be had by everybody",
                _ => "is the address right?",
            };
            format!("cannot listen at {at}: {hint} ({error})")
        })
    }

    /// Who has connected, if somebody has; does not wait.
    pub(crate) fn look(&self) -> Result<Option<(TcpStream, SocketAddr)>, String> {
        match self.listener.accept() {
            Ok(found) => Ok(Some(found)),
            // Who has gone again before we looked is not our trouble.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock
                        | ErrorKind::Interrupted
                        | ErrorKind::ConnectionAborted
                        | ErrorKind::ConnectionReset
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(format!("a connection cannot be taken: {error}")),
        }
    }

    /// Where it listens; the port that the system has chosen, where it was left to it.
    #[cfg(test)]
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }
}

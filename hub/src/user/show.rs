//! Users and sessions, as people read them.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use jiff::{Timestamp, Zoned};
use serde_json::json;

use crate::access::users::{User, Users};
use crate::access::{Role, sessions};
use crate::certificate::Certificate;
use crate::list::table::Table;

/// A role in a sentence.
pub(super) fn role(role: Role) -> String {
    let article = if role == Role::Admin { "an" } else { "a" };
    format!("{article} {role}")
}

/// What a user may see.
pub(super) fn views(user: &User) -> String {
    let views: Vec<String> = user.views.iter().map(ToString::to_string).collect();
    if views.is_empty() { "everything".to_owned() } else { views.join(", ") }
}

pub(super) fn users(data: &Path, json: bool, now: &Zoned, out: &mut dyn Write) -> Result<()> {
    let users = Users::read(data)?;
    if json {
        return users.all().iter().try_for_each(|user| {
            let tokens: Vec<_> = user
                .tokens
                .iter()
                .map(|token| json!({"for": token.name, "role": token.role, "since": token.since}))
                .collect();
            let (name, role, views) = (&user.name, user.role, &user.views);
            let line = json!({"name": name, "role": role, "views": views, "since": user.since, "tokens": tokens});
            Ok(writeln!(out, "{line}")?)
        });
    }
    if users.is_empty() {
        eprintln!("there are no users: `picket-hub user add NAME --role admin` adds the first");
    } else {
        let mut table = Table::new(&["USER", "ROLE", "SEES", "SINCE", "TOKENS"]);
        for user in users.all() {
            let tokens: Vec<String> =
                user.tokens.iter().map(|token| format!("{} ({})", token.name, token.role.min(user.role))).collect();
            table.row(vec![
                user.name.clone(),
                user.role.to_string(),
                views(user),
                local(user.since, now),
                tokens.join(", "),
            ]);
        }
        table.print(out)?;
    }
    if let Some(own) = Certificate::read(data)? {
        writeln!(
            out,
            "\nThe hub's own certificate (web.tls: self-made), until {}, SHA-256:\n  {}",
            own.until, own.fingerprint
        )?;
    }
    Ok(())
}

pub(super) fn sessions(data: &Path, name: Option<&str>, now: &Zoned, out: &mut dyn Write) -> Result<()> {
    let users = Users::read(data)?;
    let mut table = Table::new(&["USER", "FROM", "SINCE", "LAST USED, ABOUT"]);
    for session in sessions::read(data)? {
        let user = users.named(&session.user).filter(|user| session.is_of(user) && session.lasts(now.timestamp()));
        let is_wanted = name.is_none_or(|name| name.to_lowercase() == session.user.to_lowercase());
        if let Some(user) = user.filter(|_| is_wanted) {
            table.row(vec![
                user.name.clone(),
                session.from.to_string(),
                local(session.since, now),
                local(session.used, now),
            ]);
        }
    }
    if table.len() == 0 {
        eprintln!("nobody is logged in");
        return Ok(());
    }
    Ok(table.print(out)?)
}

fn local(time: Timestamp, now: &Zoned) -> String {
    time.to_zoned(now.time_zone().clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

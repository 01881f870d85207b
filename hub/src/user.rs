//! `picket-hub user`: who may use the page. Changes `users.json`, whether a hub is running or not; one that runs notices within a
//! second or two.

mod ask;
mod heard;
mod show;

use std::io::Write;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use clap::Subcommand;
use jiff::Zoned;
use picket_common::name;

use self::ask::Passwords;
use crate::access::secret::{self, Digest};
use crate::access::users::{Token, User, Users};
use crate::access::{Pattern, Role, password};
use crate::config::HubConfig;
use crate::known::Known;
use crate::store::identity;

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Options {
    /// Adds a user. The password is asked for twice, or read from standard input where that is no terminal.
    Add {
        /// Letters, digits, `-`, `_` and `.`; upper and lower case are the same.
        name: String,
        /// What they may do: a viewer sees, a reviewer also pins and marks as reviewed, an admin also deletes.
        #[arg(long, default_value = "viewer")]
        role: Role,
        #[command(flatten)]
        views: Views,
    },
    /// Lists the users with their tokens.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Gives a user another role, or other views.
    Change {
        /// Whom.
        name: String,
        /// What they may do.
        #[arg(long)]
        role: Option<Role>,
        #[command(flatten)]
        views: Views,
        /// They may see everything.
        #[arg(long, conflicts_with = "views")]
        all_views: bool,
    },
    /// Removes a user, with all sessions and tokens.
    Remove {
        /// Whom.
        name: String,
    },
    /// Gives a user another password, and ends all their sessions.
    Password {
        /// Whom.
        name: String,
    },
    /// Makes a token, with which a program asks in a user's name (`Authorization: Bearer ...`), and shows it, once.
    Token {
        /// In whose name.
        name: String,
        /// What it is for.
        #[arg(long = "for", value_name = "WHAT", default_value = "token")]
        purpose: String,
        /// What it may do, and no more than its user may.
        #[arg(long, default_value = "viewer")]
        role: Role,
        /// Makes none, but takes back the one that is for this.
        #[arg(long, value_name = "WHAT", conflicts_with_all = ["purpose", "role"])]
        revoke: Option<String>,
    },
    /// Lists who is logged in, from where and since when; or ends their sessions.
    Sessions {
        /// Whose. Default: everybody's.
        name: Option<String>,
        /// Ends them: whoever is logged in has to log in again.
        #[arg(long)]
        revoke: bool,
    },
}

/// What somebody may see.
#[derive(Debug, Default, clap::Args)]
pub struct Views {
    /// What they may see: nodes (`Barn`) and views ("Barn Door"), with commas between them, or with `*` ("* Door"). Default:
    /// everything.
    #[arg(long, value_name = "VIEWS", value_delimiter = ',')]
    views: Vec<Pattern>,
}

/// Does it, to the users of the hub that this is the configuration of.
pub fn run(config: &HubConfig, options: Options, now: &Zoned, out: &mut dyn Write) -> Result<()> {
    let data = config.hub.data_directory.as_path();
    // Where a disk is missing nothing is written in its place.
    Known::of_this_machine().check(data)?;
    identity::check(data)?;
    match options {
        Options::Add { name, role, views } => add(config, &name, role, views.views, now, out),
        Options::List { json } => show::users(data, json, now, out),
        Options::Change { name, role, views, all_views } => {
            if role.is_none() && views.views.is_empty() && !all_views {
                bail!("what is to change? Say --role, --views or --all-views");
            }
            let user = change(data, &name, |user| {
                user.role = role.unwrap_or(user.role);
                if all_views || !views.views.is_empty() {
                    user.views = views.views;
                }
                Ok(user.clone())
            })?;
            writeln!(out, "{} is {} now, and sees {}", user.name, show::role(user.role), show::views(&user))?;
            heard::tell(data, &user.views, out)
        }
        Options::Remove { name } => remove(config, &name, out),
        Options::Password { name } => {
            let users = Users::read(data)?;
            let user = users.named(&name).ok_or_else(|| unknown(&users, &name))?;
            let hash = password::hash(&Passwords::of_the_terminal().ask(&user.name)?)?;
            change(data, &name, |user| {
                (user.password, user.generation) = (hash, secret::make()?);
                Ok(())
            })?;
            Ok(writeln!(out, "{name} has another password; whoever was logged in under that name has to log in again")?)
        }
        Options::Token { name, purpose, role, revoke: None } => token(data, &name, purpose, role, now, out),
        Options::Token { name, revoke: Some(purpose), .. } => {
            change(data, &name, |user| {
                let before = user.tokens.len();
                user.tokens.retain(|token| token.name != purpose);
                if user.tokens.len() == before {
                    bail!("{} has no token for {purpose}; `picket-hub user list` lists them", user.name);
                }
                Ok(())
            })?;
            Ok(writeln!(out, "the token for {purpose} is no longer taken")?)
        }
        Options::Sessions { name, revoke: false } => show::sessions(data, name.as_deref(), now, out),
        Options::Sessions { name, revoke: true } => {
            let ended = Users::change(data, |users| {
                if let Some(name) = &name {
                    users.named(name).ok_or_else(|| unknown(users, name))?;
                }
                users.renew(name.as_deref())
            })?;
            Ok(writeln!(out, "all sessions of {} have ended", ended.join(", "))?)
        }
    }
}

fn add(
    config: &HubConfig,
    name: &str,
    role: Role,
    views: Vec<Pattern>,
    now: &Zoned,
    out: &mut dyn Write,
) -> Result<()> {
    let data = config.hub.data_directory.as_path();
    if let Some(complaint) = name::complaint(name) {
        bail!("{complaint}");
    }
    let taken = |users: &Users| match users.named(name) {
        Some(user) => {
            bail!("there is a user {} already; `picket-hub user change` or `password` changes them", user.name)
        }
        None => Ok(()),
    };
    taken(&Users::read(data)?)?;
    let password = password::hash(&Passwords::of_the_terminal().ask(name)?)?;
    let user = User {
        name: name.to_owned(),
        role,
        views,
        password,
        generation: secret::make()?,
        since: now.timestamp(),
        tokens: Vec::new(),
    };
    let is_first = Users::change(data, |users| {
        taken(users)?;
        let is_first = users.is_empty();
        users.add(user.clone());
        Ok(is_first)
    })?;
    writeln!(out, "{name} is {}, and sees {}", show::role(role), show::views(&user))?;
    heard::tell(data, &user.views, out)?;
    if is_first && config.web.is_open_without_users() {
        writeln!(out, "from now on the page asks who is there, also on this machine")?;
    }
    if role != Role::Admin && !Users::read(data)?.all().iter().any(|user| user.role == Role::Admin) {
        writeln!(out, "nobody may delete images yet: `picket-hub user change {name} --role admin`")?;
    }
    Ok(())
}

fn remove(config: &HubConfig, name: &str, out: &mut dyn Write) -> Result<()> {
    let is_last = Users::change(&config.hub.data_directory, |users| {
        if !users.remove(name) {
            return Err(unknown(users, name));
        }
        Ok(users.is_empty())
    })?;
    writeln!(out, "{name} is no longer a user")?;
    if is_last {
        let open = match config.web.is_open_without_users() {
            true => "everybody who reaches the page may do everything now",
            false => "nobody can use the page now, and the hub will not start; add another one",
        };
        writeln!(out, "that was the last one: {open}")?;
    }
    Ok(())
}

fn token(data: &Path, name: &str, purpose: String, role: Role, now: &Zoned, out: &mut dyn Write) -> Result<()> {
    if let Some(complaint) = name::complaint(&purpose) {
        bail!("--for: {complaint}");
    }
    let secret = format!("picket_{}", secret::make()?);
    let token = Token { name: purpose, role, since: now.timestamp(), digest: Digest::of(&secret) };
    let more = change(data, name, |user| {
        if user.tokens.iter().any(|known| known.name == token.name) {
            bail!(
                "{} has a token for {} already; take that back first, with --revoke, or make one --for something else",
                user.name,
                token.name
            );
        }
        user.tokens.push(token);
        Ok(user.role < role)
    })?;
    writeln!(out, "{secret}")?;
    eprintln!("it is shown this once; a program sends it as `Authorization: Bearer ...`");
    if more {
        eprintln!("its user may not do as much, so neither may it");
    }
    Ok(())
}

fn change<T>(data: &Path, name: &str, change: impl FnOnce(&mut User) -> Result<T>) -> Result<T> {
    Users::change(data, |users| match users.named_mut(name) {
        Some(user) => change(user),
        None => Err(unknown(users, name)),
    })
}

fn unknown(users: &Users, name: &str) -> anyhow::Error {
    let names: Vec<&str> = users.all().iter().map(|user| user.name.as_str()).collect();
    match names.is_empty() {
        true => anyhow!("there is no user {name}; there are none at all"),
        false => anyhow!("there is no user {name}; there are {}", names.join(", ")),
    }
}

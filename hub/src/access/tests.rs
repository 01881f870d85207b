//! Users, sessions and tokens over a real data directory, on a simulated clock.

use std::time::Duration;

use picket_common::time::SimClock;

use super::users::Token;
use super::*;
use crate::sample;

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn clock() -> SimClock {
    SimClock::new("2026-11-20T12:00:00Z".parse().unwrap())
}

fn add(data: &Path, name: &str, role: Role, views: &[&str]) {
    let user = User {
        name: name.to_owned(),
        role,
        views: views.iter().map(|text| text.parse().unwrap()).collect(),
        password: password::hash("correct horse").unwrap(),
        generation: secret::make().unwrap(),
        since: clock().now(),
        tokens: Vec::new(),
    };
    Users::change(data, |users| {
        users.add(user);
        Ok(())
    })
    .unwrap();
}

fn open(data: &Path, clock: &SimClock) -> Access {
    Access::open(data, &WebConfig::default(), Arc::new(clock.clone())).unwrap()
}

#[test]
fn other_machines_are_let_in_with_users_or_with_the_word_that_none_are_wanted() {
    let data = sample::folder();
    let check = |listen: &str, auth: Option<crate::config::Auth>, starts: bool| {
        let config = WebConfig { listen: listen.to_owned(), auth, ..WebConfig::default() };
        let opened = Access::open(data.path(), &config, Arc::new(clock()));
        assert_eq!(opened.is_ok(), starts, "{listen} {auth:?}");
        if let Err(error) = opened {
            assert!(error.to_string().contains("`picket-hub user add NAME --role admin`"), "{error}");
        }
    };
    check("127.0.0.1:8080", None, true);
    check("[::1]:8080", None, true);
    check("none", None, true);
    check("*:8080", None, false);
    check("192.0.2.1:8080", None, false);
    check("*:8080", Some(crate::config::Auth::None), true);
    add(data.path(), "ann", Role::Viewer, &[]);
    check("*:8080", None, true);
}

#[test]
fn without_users_this_machine_may_do_everything_and_with_users_it_is_asked() {
    let (data, clock) = (sample::folder(), clock());
    let access = open(data.path(), &clock);
    let everybody = access.anybody().unwrap();
    assert_eq!((everybody.name.as_deref(), everybody.role), (None, Role::Admin));
    assert_eq!(access.log_in("ann", "correct horse", HOME), Err(Denied::NoUsers));
    add(data.path(), "ann", Role::Viewer, &["Barn Door"]);
    access.refresh();
    assert_eq!(access.anybody(), Err(Denied::Wrong));
    assert!(!access.still_knows(&everybody));
    let id = access.log_in("Ann", "correct horse", HOME).unwrap();
    let who = access.by_session(&id).unwrap();
    assert_eq!((who.name.as_deref(), who.role), (Some("ann"), Role::Viewer));
    assert!(who.sight.has("Barn", Some("Door")) && !who.sight.has("Barn", Some("Yard")));
}

#[test]
fn a_hub_for_others_whose_last_user_is_removed_lets_nobody_in() {
    let data = sample::folder();
    add(data.path(), "ann", Role::Viewer, &[]);
    let config = WebConfig { listen: "*:8080".to_owned(), ..WebConfig::default() };
    let access = Access::open(data.path(), &config, Arc::new(clock())).unwrap();
    assert!(Users::change(data.path(), |users| Ok(users.remove("ann"))).unwrap());
    access.refresh();
    assert_eq!(access.anybody(), Err(Denied::NoUsers));
}

#[test]
fn users_that_cannot_be_read_any_more_stay_as_they_were() {
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Viewer, &[]);
    let access = open(data.path(), &clock);
    std::fs::write(data.path().join(users::FILE), "{").unwrap();
    access.refresh();
    assert_eq!(access.anybody(), Err(Denied::Wrong));
    access.log_in("ann", "correct horse", HOME).unwrap();
    assert!(Access::open(data.path(), &WebConfig::default(), Arc::new(clock)).is_err());
}

#[test]
fn users_whose_file_is_gone_stay_as_they_were_until_it_is_back() {
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Viewer, &[]);
    let access = open(data.path(), &clock);
    let id = access.log_in("ann", "correct horse", HOME).unwrap();
    let (file, away) = (data.path().join(users::FILE), data.path().join("away"));
    for (from, to) in [(&file, &away), (&away, &file)] {
        std::fs::rename(from, to).unwrap();
        access.refresh();
        assert_eq!(access.anybody(), Err(Denied::Wrong));
        assert!(access.by_session(&id).is_some());
    }
    assert!(Users::change(data.path(), |users| Ok(users.remove("ann"))).unwrap());
    access.refresh();
    assert_eq!(access.anybody().map(|who| who.role), Ok(Role::Admin), "that there are to be none was said");
}

#[test]
fn a_name_that_nobody_can_have_costs_nothing_and_is_not_remembered() {
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Viewer, &[]);
    let access = open(data.path(), &clock);
    for _ in 0..100 {
        assert_eq!(access.log_in(&"x".repeat(65_000), "wrong password", HOME), Err(Denied::Wrong));
    }
    access.log_in("ann", "correct horse", HOME).unwrap();
}

#[test]
fn a_session_outlives_the_hub_and_ends_unused_or_old_or_on_request() {
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Viewer, &[]);
    let hours = |hours: u64| clock.advance(Duration::from_secs(hours * 3600));
    let log_in = || open(data.path(), &clock).log_in("ann", "correct horse", HOME).unwrap();
    let id = log_in();
    let access = open(data.path(), &clock);
    assert!(access.by_session(&id).is_some(), "it is there after a restart");
    assert!(access.by_session("another").is_none());
    hours(7 * 24 - 1);
    assert!(access.by_session(&id).is_some());
    access.refresh();
    hours(2);
    assert!(open(data.path(), &clock).by_session(&id).is_some(), "its use is remembered");
    hours(7 * 24);
    assert!(access.by_session(&id).is_none(), "it was not used for a week");
    let id = log_in();
    let access = open(data.path(), &clock);
    for _ in 0..30 {
        assert!(access.by_session(&id).is_some());
        hours(24);
    }
    assert!(access.by_session(&id).is_none(), "it lasts for a month");
    let id = log_in();
    let access = open(data.path(), &clock);
    let who = access.by_session(&id).unwrap();
    assert!(access.still_knows(&who));
    access.log_out(&who);
    assert!(access.by_session(&id).is_none() && !access.still_knows(&who));
    assert!(open(data.path(), &clock).by_session(&id).is_none());
    let stored = std::fs::read_to_string(data.path().join("sessions.json")).unwrap();
    assert!(!stored.contains(&id), "{stored}");
}

#[test]
fn another_generation_ends_all_sessions_of_a_user() {
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Admin, &[]);
    add(data.path(), "bob", Role::Viewer, &[]);
    let access = open(data.path(), &clock);
    let [ann, bob] = ["ann", "bob"].map(|name| access.log_in(name, "correct horse", HOME).unwrap());
    let who = access.by_session(&ann).unwrap();
    Users::change(data.path(), |users| {
        users.named_mut("ann").unwrap().generation = secret::make()?;
        Ok(())
    })
    .unwrap();
    access.refresh();
    assert!(access.by_session(&ann).is_none() && !access.still_knows(&who));
    assert!(access.by_session(&bob).is_some());
}

#[test]
fn a_token_may_do_no_more_than_its_user() {
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Reviewer, &["Barn"]);
    let make = |role: Role| {
        let secret = secret::make().unwrap();
        let token = Token { name: "a".into(), role, since: clock.now(), digest: Digest::of(&secret) };
        Users::change(data.path(), |users| {
            users.named_mut("ann").unwrap().tokens.push(token);
            Ok(())
        })
        .unwrap();
        secret
    };
    let (low, high) = (make(Role::Viewer), make(Role::Admin));
    let access = open(data.path(), &clock);
    assert_eq!(access.by_token(&low).unwrap().role, Role::Viewer);
    let high = access.by_token(&high).unwrap();
    assert_eq!((high.role, high.sight.has_some_of("Yard")), (Role::Reviewer, false));
    assert!(access.by_token("another").is_none() && access.still_knows(&high));
    let stored = std::fs::read_to_string(data.path().join(users::FILE)).unwrap();
    assert!(!stored.contains(&low), "{stored}");
}

#[test]
fn many_wrong_passwords_make_whoever_tries_wait_and_nobody_else() {
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Viewer, &[]);
    let access = open(data.path(), &clock);
    let wrong = |name: &str, from| assert_eq!(access.log_in(name, "wrong password", from), Err(Denied::Wrong));
    for name in ["ann", "nobody"] {
        (0..6).for_each(|_| wrong(name, HOME));
        assert_eq!(access.log_in(name, "correct horse", HOME), Err(Denied::Wait(Duration::from_secs(2))));
    }
    clock.advance(Duration::from_secs(2));
    access.log_in("ann", "correct horse", HOME).unwrap();
    // Whoever tries everywhere in somebody's name does not keep them from where they have been before.
    (0..32).for_each(|n| _ = access.log_in("ann", "wrong password", IpAddr::from([192, 0, 2, n])));
    let elsewhere = IpAddr::from([198, 51, 100, 1]);
    assert!(matches!(access.log_in("ann", "correct horse", elsewhere), Err(Denied::Wait(_))));
    access.log_in("ann", "correct horse", HOME).unwrap();
}

#[test]
fn somebody_can_log_in_where_nothing_can_be_written() {
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Admin, &[]);
    let access = open(data.path(), &clock);
    // As a full disk: nothing takes its place.
    let in_the_way = data.path().join("sessions.json");
    std::fs::create_dir_all(in_the_way.join("x")).unwrap();
    let id = access.log_in("ann", "correct horse", HOME).unwrap();
    assert!(access.by_session(&id).is_some());
    std::fs::remove_dir_all(in_the_way).unwrap();
    access.refresh();
    assert!(open(data.path(), &clock).by_session(&id).is_some(), "it is written down once that can be done");
}

#[test]
fn a_session_begun_by_a_wrong_clock_lasts_no_longer() {
    let (data, ahead) = (sample::folder(), SimClock::new("2031-01-01T00:00:00Z".parse().unwrap()));
    add(data.path(), "ann", Role::Viewer, &[]);
    let id = open(data.path(), &ahead).log_in("ann", "correct horse", HOME).unwrap();
    let clock = clock();
    let access = open(data.path(), &clock);
    assert!(access.by_session(&id).is_some(), "a clock that is put right ends none");
    clock.advance(Duration::from_secs(8 * 24 * 3600));
    assert!(access.by_session(&id).is_none(), "it was not used for a week");
}

#[test]
fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (data, clock) = (sample::folder(), clock());
    add(data.path(), "ann", Role::Viewer, &[]);
    open(data.path(), &clock).log_in("ann", "correct horse", HOME).unwrap();
    for file in [users::FILE, "sessions.json"] {
        let mode = std::fs::metadata(data.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

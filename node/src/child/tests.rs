use super::*;

fn shell(script: &str) -> Child {
    Child::start(&Program { argv: ["sh", "-c", script].map(Into::into).into(), ..Program::default() }).unwrap()
}

fn fill(child: &mut Child, len: usize, limit_ms: u64) -> (Vec<u8>, Result<(), Gap>) {
    let mut buffer = vec![];
    let result = child.fill(&mut buffer, len, Duration::from_millis(limit_ms), &Shutdown::new());
    (buffer, result)
}

/// Reads a process number that the child writes as its first line.
fn pid_told(child: &mut Child) -> u32 {
    let mut line = vec![];
    while line.last() != Some(&b'\n') {
        let len = line.len() + 1;
        child.fill(&mut line, len, GRACE, &Shutdown::new()).unwrap();
    }
    String::from_utf8(line).unwrap().trim().parse().unwrap()
}

/// Gone, or as good as gone within a second: a signal to a child's child takes effect in its own time.
fn is_gone(pid: u32) -> bool {
    (0..100).any(|turn| looks_gone(pid) || SystemClock.wait(Duration::from_millis(turn.min(10)), &Shutdown::new()))
}

/// Neither running, nor a zombie of ours. (One whose parent is gone may be a zombie of somebody else's.)
fn looks_gone(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Err(_) => true,
        Ok(stat) => {
            let after_name: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
            after_name[0] == "Z" && after_name[1] != std::process::id().to_string()
        }
    }
}

#[test]
fn output_is_read_to_the_byte_and_its_end_told() {
    let mut child = shell("printf 'abcdef'; exit 3");
    assert_eq!(fill(&mut child, 4, 5000).0, b"abcd");
    let (rest, result) = fill(&mut child, 4, 5000);
    assert!(rest == b"ef" && matches!(result, Err(Gap::End)), "{rest:?}, {result:?}");
    assert_eq!(child.farewell(), (false, "sh ended (exit status: 3)".into()));
    assert!(is_gone(child.process.id()));
}

#[test]
fn more_than_a_pipe_holds_is_read_in_one_go() {
    let (bytes, result) = fill(&mut shell("head -c 5000000 /dev/zero"), 5_000_000, 20_000);
    assert!(result.is_ok() && bytes.len() == 5_000_000);
}

#[test]
fn silence_and_dribbling_are_both_a_stall() {
    for script in ["sleep 1000", "printf a; sleep 1000", "while :; do printf x; sleep 0.01; done"] {
        let (_, result) = fill(&mut shell(script), 1_000_000, 200);
        assert!(matches!(result, Err(Gap::Stall)), "{script}: {result:?}");
    }
}

#[test]
fn a_shutdown_is_noticed_while_waiting() {
    let shutdown = Shutdown::new();
    let other = shutdown.clone();
    let asking = std::thread::spawn(move || {
        SystemClock.wait(Duration::from_millis(100), &Shutdown::new());
        other.request();
    });
    let started = SystemClock.uptime();
    let result = shell("sleep 1000").fill(&mut vec![], 1, Duration::from_secs(60), &shutdown);
    assert!(matches!(result, Err(Gap::Stop)));
    assert!(SystemClock.uptime() - started < Duration::from_secs(5));
    asking.join().unwrap();
}

#[test]
fn a_child_that_says_too_much_is_not_held_up() {
    let script = "head -c 3000000 /dev/zero | tr '\\0' 'e' >&2; echo >&2; echo at last >&2; printf frame";
    let mut child = shell(script);
    assert_eq!(fill(&mut child, 5, 20_000).0, b"frame");
    let (_, words) = child.farewell();
    assert!(words.starts_with("sh ended (exit status: 0): eee") && words.ends_with("eee / at last"), "{words}");
    assert!(words.len() < 400);
}

#[test]
fn secrets_are_struck_out_of_what_it_says() {
    let argv = ["sh", "-c", "echo cannot open rtsp://jo:pa%40ss@cam or pa@ss >&2; exit 1"].map(Into::into).into();
    let secrets = vec!["pa%40ss".into(), "pa@ss".into()];
    let mut child = Child::start(&Program { argv, secrets, ..Program::default() }).unwrap();
    assert_eq!(child.farewell().1, "sh ended (exit status: 1): cannot open rtsp://jo:***@cam or ***");
}

#[test]
fn what_is_handed_in_is_read_by_the_child() {
    let argv = ["cat"].map(Into::into).into();
    let mut child = Child::start(&Program { argv, input: Some("hello".into()), ..Program::default() }).unwrap();
    assert_eq!(fill(&mut child, 5, 5000).0, b"hello");
    assert!(matches!(fill(&mut child, 1, 5000).1, Err(Gap::End)));
}

#[test]
fn no_child_and_no_child_of_it_outlives_the_drop() {
    for script in [
        "echo $$; sleep 1000",
        "trap '' TERM; echo $$; while :; do sleep 1; done",
        "(trap '' TERM; sleep 1000) & echo $!; sleep 1000",
        "(trap '' TERM; sleep 1000) & echo $!; exit 0",
        "echo $$; exec 1>&-; sleep 1000",
        "echo $$; exit 1",
        "echo $$; kill -STOP $$",
    ] {
        let mut child = shell(script);
        let (own, told) = (child.process.id(), pid_told(&mut child));
        drop(child);
        assert!(is_gone(own) && is_gone(told), "{script}: {own} {}, {told} {}", is_gone(own), is_gone(told));
    }
}

#[test]
fn a_child_that_ends_its_output_but_not_itself_is_ended() {
    let mut child = shell("exec 1>&-; sleep 1000");
    assert!(matches!(fill(&mut child, 1, 5000).1, Err(Gap::End)));
    let (went_well, words) = child.farewell();
    assert!(!went_well && words.contains("signal: 15"), "{words}");
}

#[test]
fn a_program_that_is_not_there_is_named_with_what_to_try() {
    let check = |argv: &[&str], expected: &str| {
        let argv = argv.iter().map(Into::into).collect();
        let program = Program { argv, hint: "get it", ..Program::default() };
        assert_eq!(Child::start(&program).err().unwrap(), expected);
    };
    check(&["/no/such/program"], "program is not installed; get it");
    check(&["/etc/passwd"], "passwd cannot be started: Permission denied (os error 13)");
    check(&[], "`program` is empty: which one is to be started?");
}

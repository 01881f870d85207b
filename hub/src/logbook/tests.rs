use super::*;

const TODAY: &str = "\
2026-11-20 06:00:00,001 ~ Barn Door|motion|moving
2026-11-20 06:00:09,500 ~ Barn Door|motion|still
2026-11-20 12:00:00,000 ~ Träger Süd|temperature|21 C
";
const YESTERDAY: &str = "\
a line without a time
2026-11-19 23:00:00,000 ~ Barn Door|motion|moving
Traceback (most recent call last):
  File x
2026-11-19 23:59:59,999 ~ not of a node
";

fn folder() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let logs = data.path().join("logs");
    fs::create_dir(&logs).unwrap();
    fs::write(logs.join("imagehub.log"), TODAY).unwrap();
    fs::write(logs.join("imagehub.log.2026-11-19"), YESTERDAY).unwrap();
    fs::write(logs.join("imagehub.log.2026-11-18"), "2026-11-18 01:00:00,000 ~ Old Sender|restart\n").unwrap();
    fs::write(logs.join("imagehub.log.2026-11-19.other1"), "2026-11-19 01:00:00,000 ~ strange\n").unwrap();
    fs::write(logs.join("other.txt"), "2026-11-19 01:00:00,000 ~ strange\n").unwrap();
    data
}

fn ask(data: &Path, wanted: &Wanted, cursor: Option<Cursor>) -> (Vec<String>, Option<Cursor>) {
    let day = Some(jiff::civil::date(2026, 11, 20));
    let (lines, next) = read(data, (&TimeZone::UTC, day), wanted, cursor).unwrap();
    (lines.into_iter().map(|line| format!("{} {}", &line.at[8..16], line.text)).collect(), next)
}

fn wanted() -> Wanted {
    Wanted { limit: 100, ..Wanted::default() }
}

#[test]
fn the_newest_line_comes_first_through_all_days() {
    let data = folder();
    let (lines, next) = ask(data.path(), &wanted(), None);
    let expected = [
        "20 12:00 Träger Süd|temperature|21 C",
        "20 06:00 Barn Door|motion|still",
        "20 06:00 Barn Door|motion|moving",
        "19 23:59 not of a node",
        "19 23:00 Barn Door|motion|moving\nTraceback (most recent call last):\n  File x",
        "18 01:00 Old Sender|restart",
    ];
    assert_eq!((lines, next), (expected.map(str::to_owned).to_vec(), None));
}

#[test]
fn lines_are_chosen_by_words_node_and_time() {
    let data = folder();
    let check = |wanted: Wanted, expected: &[&str]| {
        let (lines, _) = ask(data.path(), &wanted, None);
        let minutes: Vec<&str> = lines.iter().map(|line| &line[..8]).collect();
        assert_eq!(minutes, expected, "{wanted:?}");
    };
    let search = |words: &str| Wanted { search: Some(words.into()), ..wanted() };
    check(search("MOTION|mov"), &["20 06:00", "19 23:00"]);
    check(search("süD"), &["20 12:00"]);
    check(search("traceback"), &["19 23:00"]);
    check(search("11-18 01"), &["18 01:00"]);
    check(search("nothing like that"), &[]);
    let of = |nodes: &[&str]| Wanted { nodes: nodes.iter().map(|&node| node.to_owned()).collect(), ..wanted() };
    check(of(&["barn"]), &["20 06:00", "20 06:00", "19 23:00"]);
    check(of(&["TRÄGER", "old"]), &["20 12:00", "18 01:00"]);
    let time = |text: &str| Some(text.parse().unwrap());
    check(Wanted { since: time("2026-11-20T06:00:09Z"), ..wanted() }, &["20 12:00", "20 06:00"]);
    check(Wanted { until: time("2026-11-19T23:30:00Z"), ..wanted() }, &["19 23:00", "18 01:00"]);
    let noon = time("2026-11-20T12:00:00Z");
    check(Wanted { since: noon, ..wanted() }, &["20 12:00"]);
    check(Wanted { since: time("2026-11-20T06:00:00.001Z"), until: noon, ..wanted() }, &["20 06:00", "20 06:00"]);
}

#[test]
fn page_by_page_is_the_same_as_at_once_whatever_comes_meanwhile() {
    let data = folder();
    let (all, _) = ask(data.path(), &wanted(), None);
    for limit in 1..=all.len() {
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let (lines, next) = ask(data.path(), &Wanted { limit, ..Wanted::default() }, cursor);
            assert!(lines.len() <= limit);
            pages.extend(lines);
            // Cursors are told as text.
            cursor = next.map(|next| next.to_string().parse().unwrap());
            if cursor.is_none() {
                break;
            }
            let mut log = File::options().append(true).open(data.path().join("logs/imagehub.log")).unwrap();
            std::io::Write::write_all(&mut log, b"2026-11-20 13:00:00,000 ~ Barn Door|new\n").unwrap();
        }
        assert_eq!(pages, all, "{limit} at a time");
        fs::write(data.path().join("logs/imagehub.log"), TODAY).unwrap();
    }
}

#[test]
fn a_cursor_finds_its_file_also_after_the_day_has_ended() {
    let data = folder();
    let (_, next) = ask(data.path(), &Wanted { limit: 1, ..Wanted::default() }, None);
    let logs = data.path().join("logs");
    fs::rename(logs.join("imagehub.log"), logs.join("imagehub.log.2026-11-20")).unwrap();
    fs::write(logs.join("imagehub.log"), "2026-11-21 00:00:00,000 ~ Barn Door|new\n").unwrap();
    let day = Some(jiff::civil::date(2026, 11, 21));
    let (lines, _) = read(data.path(), (&TimeZone::UTC, day), &wanted(), next).unwrap();
    assert_eq!(lines.first().map(|line| &*line.text), Some("Barn Door|motion|still"));
}

#[test]
fn one_question_reads_so_much_and_the_next_goes_on() {
    let data = folder();
    let many: String = (0..200_000).map(|n| format!("2026-11-20 06:00:00,000 ~ Barn Door|number|{n}|\n")).collect();
    assert!(BUDGET * 2 < many.len() as u64);
    fs::write(data.path().join("logs/imagehub.log"), many).unwrap();
    let wanted = Wanted { search: Some("number|7|".into()), ..wanted() };
    let (mut questions, mut cursor, mut found) = (0, None, Vec::new());
    while questions == 0 || cursor.is_some() {
        let (lines, next) = ask(data.path(), &wanted, cursor);
        questions += 1;
        found.extend(lines);
        cursor = next;
    }
    assert_eq!(found, ["20 06:00 Barn Door|number|7|"]);
    assert!(2 < questions, "more than one was needed");
}

#[test]
fn what_is_no_log_does_not_hold_a_question_up() {
    let data = folder();
    let noise = [vec![b'x'; 9 << 20], vec![b'\n'; 300], vec![0xff; 5 << 20], vec![b'\n']].concat();
    let log = [b"2026-11-20 05:00:00,000 ~ Barn Door|first\n".to_vec(), noise, TODAY.as_bytes().to_vec()].concat();
    fs::write(data.path().join("logs/imagehub.log"), log).unwrap();
    let (mut cursor, mut found) = (None, Vec::new());
    for _ in 0..20 {
        let (lines, next) = ask(data.path(), &wanted(), cursor);
        found.extend(lines.iter().map(|line| line[..8].to_owned()));
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    let expected = ["20 12:00", "20 06:00", "20 06:00", "20 05:00", "19 23:59", "19 23:00", "18 01:00"];
    assert_eq!((found, cursor), (expected.map(str::to_owned).to_vec(), None));
}

#[test]
fn a_data_directory_without_logs_has_no_lines() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(ask(data.path(), &wanted(), None), (Vec::new(), None));
}

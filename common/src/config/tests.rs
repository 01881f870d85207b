use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Trial {
    /// How long.
    wait: Duration,
    /// A rule that the schema does not tell.
    #[serde(default)]
    even: Option<Even>,
    #[serde(default)]
    low: Option<u64>,
    #[serde(default)]
    high: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
struct Even(u32);

impl TryFrom<u32> for Even {
    type Error = String;

    fn try_from(number: u32) -> Result<Even, String> {
        if number.is_multiple_of(2) { Ok(Even(number)) } else { Err(format!("{number} is odd")) }
    }
}

impl From<Even> for u32 {
    fn from(Even(number): Even) -> u32 {
        number
    }
}

impl Validate for Trial {
    fn validate(&self, complaints: &mut Complaints<'_>) {
        if self.low > self.high {
            complaints.add("low", "low is above high");
            complaints.add("high", "high is below low");
        }
    }
}

fn parse(text: &str) -> Result<Trial, String> {
    super::parse("trial.yaml", text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn a_rule_over_several_keys_points_at_each() {
    assert_eq!(
        parse("low: 5\nwait: 1s\nhigh: 3\n"),
        Err("trial.yaml:1:1: low: low is above high\ntrial.yaml:3:1: high: high is below low".to_owned())
    );
    let message = "trial.yaml:1:1: high: high is below low\ntrial.yaml:2:1: low: low is above high";
    assert_eq!(parse("wait: 1s\nlow: 5\n"), Err(message.to_owned()));
}

#[test]
fn a_rule_that_only_the_type_knows_points_at_its_block() {
    assert_eq!(parse("# one\nwait: 1s\neven: 3\n"), Err("trial.yaml:2:1: 3 is odd".to_owned()));
    assert_eq!(parse("# one\n<<: {even: 3}\nwait: 1s\n"), Err("trial.yaml:2:1: 3 is odd".to_owned()));
}

#[test]
fn what_is_shown_can_be_read() {
    let trial = parse("{wait: 90s, even: 4, low: 1, high: 0x}").unwrap_err();
    assert_eq!(trial, "trial.yaml:1:36: high: expected a whole number, not `0x`");
    let trial = parse("{wait: 120s, even: 4, low: 1, high: 9007199254740992}").unwrap();
    assert_eq!(show(&trial), "wait: 2m\neven: 4\nlow: 1\nhigh: 9007199254740992\n");
    assert_eq!(parse(&show(&trial)), Ok(trial));
}

#[test]
fn a_number_is_never_taken_for_another() {
    let high = |number: &str| parse(&format!("{{wait: 1s, low: 0, high: {number}}}"));
    assert_eq!(high("+7").unwrap().high, Some(7));
    let refused = |number: &str, message: &str| {
        assert_eq!(high(number), Err(format!("trial.yaml:1:26: high: {message}")), "{number}");
    };
    refused(
        "99999999999999999999",
        "99999999999999999999 is out of range; write a number between 0 and 9007199254740992",
    );
    refused(&"9".repeat(60), &format!("expected a whole number, not `{}`", "9".repeat(60)));
    refused("010", "`010` begins with a 0, which programs read differently; write 10");
    refused("1e3", "expected a whole number, not `1e3`");
    refused("!!str 7", "expected a whole number; write 7 without its quotes");
}

#[test]
fn a_problem_is_one_short_line_whatever_the_file_holds() {
    let message = "trial.yaml:1:8: wait: ` [0m` is not a length of time; write 10s or 5m";
    assert_eq!(parse(r#"{wait: "\e[0m"}"#), Err(message.to_owned()));
    let message = parse(&format!("{{wait: {}}}", "long ".repeat(10_000))).unwrap_err();
    assert!(
        message.starts_with("trial.yaml:1:8: wait: expected a value such as 500ms") && message.len() < 200,
        "{message}"
    );
    let message = parse(&format!("wait: 1s\n\"{}\\n\": 1\n", "key".repeat(300))).unwrap_err();
    assert!(message.starts_with("trial.yaml:2:1: keykey") && message.lines().count() == 1 && message.len() < 200);
}

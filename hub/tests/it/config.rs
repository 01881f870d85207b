//! The hub's configuration: the examples, the schema, and wrong files with their messages.

use std::path::Path;

use picket_common::config;
use picket_hub::config::HubConfig;

fn beside(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs").join(name)
}

#[test]
fn each_example_loads_and_is_the_same_when_shown_and_read_again() {
    let files = std::fs::read_dir(beside("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let examples: Vec<String> = files.filter(|name| name.starts_with("hub") && name.ends_with(".yaml")).collect();
    assert!(examples.len() > 1, "{examples:?}");
    for name in examples {
        let text = std::fs::read_to_string(beside(&name)).unwrap();
        assert_eq!(text.lines().next(), Some("# yaml-language-server: $schema=picket-hub.schema.json"), "{name}");
        let loaded: HubConfig = config::load(&beside(&name)).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert_eq!(loaded.hub.listen, "tcp://*:5555", "{name}");
        let resolved = loaded.resolved(Some(Path::new("/home/ann"))).unwrap();
        assert_eq!(config::parse("shown", config::show(&resolved).as_bytes()), Ok(resolved), "{name}");
    }
}

#[test]
fn peoples_own_words_can_be_any_that_mean_nothing_yet() {
    let text = "{labels: {W: {moving: on, still: off}}, names: {the last gate: G, in: [A, B C], März: M}}";
    let loaded: HubConfig = config::parse("hub.yaml", text.replace("in: [", "inside: [").as_bytes()).unwrap();
    assert_eq!(loaded.labels["W"]["still"], "off");
    assert_eq!(loaded.names["inside"].each(), ["A", "B C"]);
    assert_eq!(loaded.names["the last gate"].each(), ["G"]);
}

#[test]
fn the_schema_beside_the_example_is_the_one_of_the_types() {
    let (path, actual) = (beside("picket-hub.schema.json"), config::schema::<HubConfig>());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &actual).unwrap();
    }
    assert_eq!(actual, std::fs::read_to_string(&path).unwrap_or_default(), "UPDATE_EXPECT=1 rewrites it");
}

#[test]
fn what_is_left_out_has_its_default() {
    assert_eq!(config::parse("hub.yaml", b"hub: {}"), Ok(HubConfig::default()));
    assert_eq!(config::parse("hub.yaml", b"hub: {patience: 10m, max_message: 64MiB}"), Ok(HubConfig::default()));
}

#[test]
fn a_wrong_file_is_told_what_is_wrong() {
    let check = |text: &str, message: &str| {
        let error = config::parse::<HubConfig>("hub.yaml", text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
    };
    check("", "hub.yaml:1:1: the file is empty; was it cut off when it was saved?");
    check("hub: {lisen: x}", "hub.yaml:1:7: hub.lisen: unknown key; did you mean `listen`?");
    check("hub: {listen: 5555}", "hub.yaml:1:15: hub.listen: `5555` does not begin with tcp://; write tcp://5555:5555");
    check("hub: {patience: 10}", "hub.yaml:1:17: hub.patience: `10` has no unit; write 10s or 10m");
    check(
        "hub: {patience: 10, queuemax: 50}",
        "hub.yaml: `hub.queuemax` is a key of imagehub's file; `picket-hub migrate hub.yaml` turns that into a \
         configuration of Picket\n\
         hub.yaml:1:17: hub.patience: `10` has no unit; write 10s or 10m\n\
         hub.yaml:1:21: hub.queuemax: unknown key; known here: data_directory, listen, max_message, name, patience",
    );
    check("hub: {patience: 10ms}", "hub.yaml:1:7: hub.patience: 10ms is too short; write 1s or more");
    check("hub: {max_message: 2GiB}", "hub.yaml:1:7: hub.max_message: 2GiB is out of range; write 1MiB to 1GiB");
    check(
        "hub: {data_directory: ~ann/data}",
        "hub.yaml:1:7: hub.data_directory: `~ann/data` is another user's home directory; write the whole path instead",
    );
    check(
        "limits: {images_per_day: 0}",
        "hub.yaml:1:26: limits.images_per_day: 0 is out of range; write a number between 1 and 1000000000",
    );
    check(
        "web: {listen: nowhere}",
        "hub.yaml:1:7: web.listen: `nowhere` is no address; write one such as 127.0.0.1:8080 or *:8080, or none",
    );
    check(
        "web: {names: ['https://hub']}",
        "hub.yaml:1:15: web.names[0]: `https://hub` is no name; write one such as cameras.example.org, without https:// and \
         without a port",
    );
    check(
        "web: {tls: {certificate: hub.pem, key: /hub.key}}",
        "hub.yaml:1:13: web.tls.certificate: `hub.pem` is no whole path; write one such as /etc/ssl/hub.pem",
    );
    check("limits: {nodes: {Barn: 0}}", "hub.yaml:1:18: limits.nodes.Barn: 0 images a day are none; write 1 or more");
    check(
        "limits: {nodes: {Front Door: 5}}",
        "hub.yaml:1:18: limits.nodes.Front Door: a name has letters, digits, '-', '_' and '.', and no ' '",
    );
    check("labels: {W: flowing}", "hub.yaml:1:13: labels.W: expected a block of names and values, not `flowing`");
    check("labels: {W: {moving: [a]}}", "hub.yaml:1:22: labels.W.moving: expected a text, not a list");
    check(
        "labels: {W: {moving: \"\"}}",
        "hub.yaml:1:14: labels.W.moving: the word is empty; write one such as flowing",
    );
    check(
        "labels: {W: {moving: on, still: On}}",
        "hub.yaml:1:26: labels.W.still: moving is called `On` too; write another word, or nobody can tell them apart",
    );
    check(
        "labels: {W: {moving: ~}}",
        "hub.yaml:1:22: labels.W.moving: `~` is YAML's word for nothing; write a text, or leave the key out",
    );
    check(
        "names: {water: {is: W}}",
        "hub.yaml:1:16: names.water: expected a text such as WaterMeter, Driveway Mailbox or BackDeck Temp or a list; begin each entry with `- `",
    );
    check(
        "names: {water: []}",
        "hub.yaml:1:9: names.water: a meaning is empty; write a node, a view or a reading, such as WaterMeter or BackDeck Temp",
    );
    check(
        "names: {water: [W, \" \"]}",
        "hub.yaml:1:9: names.water: a meaning is empty; write a node, a view or a reading, such as WaterMeter or BackDeck Temp",
    );
    check(
        "names: {today: W}",
        "hub.yaml:1:9: names.today: `today` has a meaning in questions already; write another word",
    );
    check(
        "names: {the last: W}",
        "hub.yaml:1:9: names.the last: `the last` has a meaning in questions already; write another word",
    );
    check("names: {cat and dog: W}", "hub.yaml:1:9: names.cat and dog: `and` divides a question; leave it out");
    check("names: {\"-\": W}", "hub.yaml:1:9: names.-: a name is empty; write a word such as water");
    check("names: {a b c d e f g: W}", "hub.yaml:1:9: names.a b c d e f g: a name has at most 6 words");
    check("names: [water, W]", "hub.yaml:1:8: names: expected a block of names and values, not a list");
    check(
        "hub: {data_directory: ~}",
        "hub.yaml:1:23: hub.data_directory: `~` is YAML's word for nothing; write a text, or leave the key out",
    );
    check(
        "hub: {data_directory: \"\"}",
        "hub.yaml:1:7: hub.data_directory: the name is empty; write a folder such as ~/picket-data",
    );
}

#[test]
fn rules_of_retention_that_make_no_sense_are_told() {
    let check = |rules: &str, message: &str| {
        let text = format!("retention: {rules}");
        let error = config::parse::<HubConfig>("hub.yaml", text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
    };
    check("{max_age: 90}", "hub.yaml:1:22: retention.max_age: `90` has no unit; write 90s or 90m");
    check("{max_age: 10m}", "hub.yaml:1:13: retention.max_age: 10m is too short; write 1h or more");
    check("{max_size: 200}", "hub.yaml:1:23: retention.max_size: `200` has no unit; write 200MiB or 200GiB");
    check("{max_size: 200KiB}", "hub.yaml:1:13: retention.max_size: 200KiB is too small; write 1MiB or more");
    check(
        "{min_free: 500}",
        "hub.yaml:1:23: retention.min_free: `500` has no unit; write 500MiB, or a share such as 5%",
    );
    check(
        "{min_free: a bit}",
        "hub.yaml:1:23: retention.min_free: `a bit` is neither a share nor a size; write 5% or 5GiB",
    );
    check(
        "{min_free: 95%}",
        "hub.yaml:1:13: retention.min_free: 95% of the disk leaves next to nothing; write 0 to 90%, or a size such as 5GiB",
    );
    check("{min_free: -5}", "hub.yaml:1:23: retention.min_free: `-5` is nothing that can stay free; write 5% or 5GiB");
    check("{quota: {Driveway: 20GiB}}", "hub.yaml:1:13: retention.quota: unknown key; did you mean `quotas`?");
    check("{quotas: 20GiB}", "hub.yaml:1:21: retention.quotas: expected a block of names and values, not `20GiB`");
    check(
        "{quotas: {Driveway: 20}}",
        "hub.yaml:1:32: retention.quotas.Driveway: `20` has no unit; write 20MiB or 20GiB",
    );
    check(
        "{quotas: {Drive way: 20GiB}}",
        "hub.yaml:1:22: retention.quotas.Drive way: a name has letters, digits, '-', '_' and '.', and no ' '",
    );
    check(
        "{quotas: {Driveway: 20KiB}}",
        "hub.yaml:1:22: retention.quotas.Driveway: 20KiB is too small; write 1MiB or more",
    );
    check(
        "{max_size: 10GiB, quotas: {Driveway: 20GiB}}",
        "hub.yaml:1:39: retention.quotas.Driveway: 20GiB is more than all nodes together may have (max_size: 10GiB)",
    );
    check(
        "{quotas: {Driveway: 20GiB, driveway: 30GiB}}",
        "hub.yaml:1:39: retention.quotas.driveway: Driveway is the same node; leave one of them out",
    );
    check("{keep: 90d}", "hub.yaml:1:13: retention.keep: unknown key; known here: max_age, max_size, min_free, quotas");
}

#[test]
fn wrong_inputs_and_outputs_are_told_what_is_wrong() {
    let check = |text: &str, message: &str| {
        let error = config::parse::<HubConfig>("hub.yaml", text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
    };
    check(
        "inputs: [{kind: imagezmq-sub}]",
        "hub.yaml:1:10: inputs[0]: the key `connect` is missing; write `connect:` with a list",
    );
    check(
        "inputs: [{kind: imagezmq-sub, connect: []}]",
        "hub.yaml:1:40: inputs[0].connect: 0 entries where at least 1 belong; write a list",
    );
    check(
        "inputs: [{kind: imagezmq, connect: ['tcp://pi1:5555']}]",
        "hub.yaml:1:17: inputs[0].kind: `imagezmq` is not a kind; write imagezmq-sub; did you mean `imagezmq-sub`?",
    );
    check(
        "inputs: [{kind: imagezmq-sub, connect: tcp://pi1:5555}]",
        "hub.yaml:1:40: inputs[0].connect: expected a list; write [tcp://pi1:5555]",
    );
    check(
        "inputs: [{kind: imagezmq-sub, connect: ['tcp://*:5555']}]",
        "hub.yaml:1:41: inputs[0].connect[0]: `tcp://*:5555` is what a publisher binds; write the name or address of its machine",
    );
    check(
        "inputs: [{kind: imagezmq-sub, connect: ['tcp://a:1', 'tcp://a:1']}]",
        "hub.yaml:1:54: inputs[0].connect[1]: tcp://a:1 is listed already; what it sends would be stored twice",
    );
    check(
        "inputs: [{kind: imagezmq-sub, connect: ['tcp://localhost:5566']}]\noutputs: [{kind: imagezmq-pub, bind: 'tcp://*:5566'}]",
        "hub.yaml:1:41: inputs[0].connect[0]: tcp://localhost:5566 is this hub's own output tcp://*:5566: all would be stored and sent again without an end",
    );
    check(
        "outputs: [{kind: imagezmq-pub}]",
        "hub.yaml:1:11: outputs[0]: the key `bind` is missing; write `bind:` with a text",
    );
    check(
        "outputs: [{kind: imagezmq-pub, bind: 'tcp://*:5566', send_type: jpeg}]",
        "hub.yaml:1:65: outputs[0].send_type: expected jpg or image, not `jpeg`; did you mean `jpg`?",
    );
    check(
        "outputs: [{kind: imagezmq-pub, bind: 'tcp://*:5566', view: Front Door}]",
        "hub.yaml:1:60: outputs[0].view: a name has letters, digits, '-', '_' and '.', and no ' '",
    );
    check(
        "outputs: [{kind: imagezmq-pub, bind: 'tcp://*:5555'}]",
        "hub.yaml:1:32: outputs[0].bind: tcp://*:5555 is taken by hub.listen (tcp://127.0.0.1:5555); each output, and hub.listen, has a port of its own",
    );
    check(
        "outputs: [{kind: imagezmq-pub, connect: 'tcp://*:5566'}]",
        "hub.yaml:1:32: outputs[0].connect: unknown key; did you mean `bind`?",
    );
}

#[test]
fn a_hub_without_a_file_has_defaults_but_not_beside_a_file_with_a_wrong_name() {
    let folder = tempfile::tempdir().unwrap();
    let load = || {
        let found = config::find_in(&[folder.path().to_owned()], "picket-hub");
        HubConfig::load_found(found, Some(Path::new("/home/ann")))
    };
    let (path, config) = load().unwrap();
    assert_eq!((path, config.hub.data_directory), (None, "/home/ann/picket-data".into()));
    let (wrong, right) = (folder.path().join("picket-hub.yaml.txt"), folder.path().join("picket-hub.yaml"));
    std::fs::write(&wrong, "hub: {data_directory: /mnt/disk}").unwrap();
    let message = load().unwrap_err().to_string();
    assert!(message.contains("picket-hub.yaml.txt: rename this file to picket-hub.yaml?"), "{message}");
    std::fs::rename(&wrong, &right).unwrap();
    let (path, config) = load().unwrap();
    assert_eq!((path, config.hub.data_directory), (Some(right), "/mnt/disk".into()));
}

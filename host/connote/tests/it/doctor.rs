//! `connote doctor` against simulators, dead ports, wrong keys and a clock that is wrong.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use crate::support::{Place, Served, check, code, err, json, out, told};

fn config(starshipit: &str, trackstar: &str, key: &str) -> String {
    format!(
        r#"
[server]
listen = "127.0.0.1:0"
[accounts.ship]
kind = "starshipit"
base_url = "{starshipit}"
allow_private = true
api_key = "{key}"
subscription_key = {{ env = "SUBSCRIPTION" }}
[accounts.wms]
kind = "trackstar"
base_url = "{trackstar}"
allow_private = true
api_key = "sandbox-trackstar-key"
access_token = "sandbox-trackstar-token"
[connections.shop]
source = "trackstar"
source_account = "wms"
starshipit_account = "ship"
printed_by = "starshipit"
"#
    )
}

fn doctor(place: &Place, args: &[&str]) -> std::process::Output {
    let args = [&["doctor"], args].concat();
    place.command(&args).env("SUBSCRIPTION", "sandbox-subscription-key").output().unwrap()
}

/// A port on which nobody listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A server that answers whatever comes with this.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn where_all_is_well_nothing_fails_and_what_tracking_lacks_is_a_warning() {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(served.url("starshipit"), served.url("trackstar"), "sandbox-starshipit-key"));
    check!(doctor(&place, &[]), @r#"
    exit code 0
    ----- stdout
    ok       config        connote.toml: 1 connection
    ok       database      connote.db is not there yet; the first run makes it
    ok       labels        labels can be written
    ok       disk          there is room for labels and histories
    ok       secrets       all that the config names are there
    ok       account ship  http://[ADDRESS] answers and accepts the keys
    ok       account wms   http://[ADDRESS] answers and accepts the keys
    ok       clock         agrees with that of a far end
    warning  webhooks      connections.shop is printed in Starshipit and has no webhooks.starshipit:
                           tracking is asked for every ten minutes only
             try           set webhooks.starshipit, and the same secret with the address
                           /webhooks/shop/starshipit in Starshipit under Settings > Webhooks
    ok       port          [ADDRESS] is free for `connote serve`

    nothing has failed; 1 warning
    "#);
    let one = json(&doctor(&place, &["--json"]));
    assert_eq!(one["exit-code"], 0);
    assert!(one["checks"].as_array().unwrap().iter().all(|check| check["state"] != "failure"), "{one}");
}

#[test]
fn a_wrong_key_and_a_dead_port_are_told_apart_each_with_its_fix() {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(served.url("starshipit"), &dead(), "canary-of-a-key"));
    check!(doctor(&place, &[]), @r#"
    exit code 1
    ----- stdout
    ok       config        connote.toml: 1 connection
    ok       database      connote.db is not there yet; the first run makes it
    ok       labels        labels can be written
    ok       disk          there is room for labels and histories
    ok       secrets       all that the config names are there
    failure  account ship  http://[ADDRESS] answers 401: the keys are not accepted
             try           copy both keys anew from Starshipit: Settings > API
    failure  account wms   no connection to [ADDRESS]: connection refused
             try           let this machine reach it: a firewall or proxy stands between, or the server
                           is down
    ok       clock         agrees with that of a far end
    warning  webhooks      connections.shop is printed in Starshipit and has no webhooks.starshipit:
                           tracking is asked for every ten minutes only
             try           set webhooks.starshipit, and the same secret with the address
                           /webhooks/shop/starshipit in Starshipit under Settings > Webhooks
    ok       port          [ADDRESS] is free for `connote serve`

    2 failures, 1 warning
    "#);
    assert!(!told(&doctor(&place, &["--json"])).contains("canary"));
}

#[test]
fn a_clock_that_is_wrong_and_a_budget_that_others_use_up_are_told() {
    let place = Place::new();
    let late = answering(
        "HTTP/1.1 429 Too Many\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
    );
    place.write("connote.toml", &config(&late, &late, "sandbox-starshipit-key"));
    let output = doctor(&place, &[]);
    assert_eq!(code(&output), 1, "{}", told(&output));
    let said = out(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("s ahead of that of a far end") && said.contains("by NTP"), "{said}");
    assert!(said.contains("429") && said.contains("somebody else uses up its requests"), "{said}");
}

#[test]
fn every_mistake_of_the_config_is_told_and_no_secret_is() {
    let place = Place::new();
    let text = config("http://x.invalid", "http://x.invalid", "canary-of-a-key");
    let text = text.replace("[server]\n", "lables = \"x\"\n[server]\nlisen = 1\n").replace("api_key", "apikey");
    place.write("connote.toml", &text);
    check!(doctor(&place, &["--offline"]), @r#"
    exit code 1
    ----- stdout
    failure  config    connote.toml:10: accounts.ship: there is no key "apikey"; did you mean "api_key"?
             try       correct it; accounts are looked at when the config can be read
    failure  config    connote.toml:16: accounts.wms: there is no key "apikey"; did you mean "api_key"?
             try       correct it; accounts are looked at when the config can be read
    failure  config    connote.toml:2: there is no key "lables"; did you mean "labels"?
             try       correct it; accounts are looked at when the config can be read
    failure  config    connote.toml:4: server: there is no key "lisen"; did you mean "listen"?
             try       correct it; accounts are looked at when the config can be read
    ok       database  connote.db is not there yet; the first run makes it
    ok       labels    labels can be written
    ok       disk      there is room for labels and histories

    4 failures, 0 warnings
    "#);
}

#[test]
fn what_is_not_there_or_damaged_on_this_machine_is_told() {
    let place = Place::new();
    let files = "[connections.files]\nsource = \"connote\"\nstarshipit_account = \"ship\"\norders = \"in\"\nresults = \"out\"\n";
    place.write("connote.toml", &(config("http://x.invalid", "http://x.invalid", "canary-of-a-key") + files));
    place.write("connote.db", &"this is no database, and long enough to look like a file that matters. ".repeat(20));
    place.write("labels", "a file where the folder should be");
    let output = place.run(&["doctor", "--offline"]);
    assert_eq!(code(&output), 1, "{}", told(&output));
    let said = out(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "connote.db: file is not a database",
        "the environment variable \"SUBSCRIPTION\" is not set",
        "restore a backup",
        "in cannot be read",
        "make the folder, or correct its path",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("canary") && err(&output).is_empty(), "{}", told(&output));
}

#[test]
fn a_connection_that_is_not_there_and_a_missing_config_are_told() {
    let place = Place::new();
    let none = place.run(&["doctor"]);
    assert!(code(&none) == 1 && out(&none).contains("there is no connote.toml"), "{}", told(&none));
    place.write("connote.toml", &config("http://x.invalid", "http://x.invalid", "x"));
    let other = place.run(&["doctor", "--connection", "nope"]);
    assert!(code(&other) == 1 && out(&other).contains("the connections are: shop"), "{}", told(&other));
}

#[test]
fn a_backup_is_written_once_and_the_program_goes_on_with_it() {
    let place = Place::shipped();
    let made = place.run(&["backup", "copy.db", "--database", "demo.db"]);
    assert!(code(&made) == 0 && out(&made).starts_with("wrote copy.db ("), "{}", told(&made));
    let again = place.run(&["backup", "copy.db", "--database", "demo.db"]);
    assert!(code(&again) == 2 && err(&again).contains("exists already and was not changed"), "{}", told(&again));
    let jobs = |database: &str| json(&place.run(&["jobs", "--json", "--database", database]));
    assert_eq!(jobs("copy.db"), jobs("demo.db"));
    let none = place.run(&["backup", "b.db", "--database", "nowhere.db"]);
    assert!(code(&none) == 2 && err(&none).contains("there is no database nowhere.db"), "{}", told(&none));
}

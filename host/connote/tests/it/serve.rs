use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Listening, Place, check, code, err, json, out};

fn serve(place: &Place, args: &[&str]) -> (Listening, Value) {
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    command.args(args);
    Listening::new(command)
}

const CONFIG: &str = r#"
[accounts.starshipit]
kind = "starshipit"
api_key = "starshipit-canary"
subscription_key = "subscription-canary"

[connections.own]
source = "connote"
starshipit_account = "starshipit"
printed_by = "starshipit"
webhooks.starshipit = ["webhook-canary"]
"#;

#[test]
fn one_command_ships_the_orders_of_the_simulators_and_tells_what_became_of_them() {
    let place = Place::new();
    let (server, said) = serve(&place, &["--sandbox"]);
    let token = said["token"].as_str().unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let until = Instant::now() + Duration::from_secs(60);
    let count = |path: &str| {
        let (status, body) = server.ask("GET", path, &bearer, "");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<Value>(&body).unwrap()["orders"].as_array().unwrap().len()
    };
    while count("/v1/orders?state=done") < 9 || count("/v1/orders?state=waiting") > 0 {
        assert!(Instant::now() < until, "{}", server.ask("GET", "/v1/orders", &bearer, "").1);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(count("/v1/orders?state=attention") >= 9);
    assert_eq!(server.ask("GET", "/v1/orders", "", "").0, 401);
    assert_eq!(server.ask("GET", "/readyz", "", "").0, 200);
    assert!(place.path().join("labels/sandbox").read_dir().unwrap().count() > 1);
}

#[test]
fn the_sandbox_prices_a_cart_live_and_then_from_its_cache() {
    let place = Place::new();
    let (server, said) = serve(&place, &["--sandbox"]);
    let headers =
        format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", said["token"].as_str().unwrap());
    let cart = r#"{"destination":{"suburb":"Sydney","state":"NSW","post_code":"2000","country":"AU"},"lines":[{"quantity":2,"weight_g":310}]}"#;
    for source in ["live", "cached"] {
        let (status, body) = server.ask("POST", "/v1/connections/trackstar/rates", &headers, cart);
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&answer["rates"][0]["source"], &answer["parcels"][0]["box"]),
            (&source.into(), &"small".into()),
            "{body}"
        );
    }
}

#[cfg(unix)]
#[test]
fn an_order_is_handed_in_with_a_token_and_nothing_that_is_said_holds_a_secret() {
    let place = Place::new();
    place.write("connote.toml", CONFIG);
    let made =
        place.run(&["token", "new", "wms", "--scope", "write", "--scope", "read", "--connection", "own", "--json"]);
    let token = json(&made)["token"].as_str().unwrap().to_owned();
    let (server, _) = serve(&place, &[]);
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let order = include_str!("../../../../docs/examples/domestic.json");
    let (status, body) = server.ask("POST", "/v1/orders?connection=own", &headers, order);
    assert!((200..300).contains(&status), "{status} {body}");
    let (status, shown) = server.ask("GET", "/v1/orders/own/SO-48210", &headers, "");
    assert_eq!(status, 200, "{shown}");
    let (forged, _) = server.ask("POST", "/webhooks/own/starshipit", "", "{}");
    assert_eq!(forged, 401);
    let (code, said) = server.terminate();
    assert_eq!(code, Some(0), "{said}");
    for text in [said, body, shown] {
        assert!(!text.contains("canary") && !text.contains(&token), "{text}");
    }
}

#[test]
fn tokens_are_listed_without_their_text_and_revoked_by_name() {
    let place = Place::new();
    place.write("connote.toml", CONFIG);
    let text = out(&place.run(&["token", "new", "edge", "--scope", "events"]));
    assert!(text.starts_with("cnt_"), "{text}");
    let listed = out(&place.run(&["token", "list"]));
    assert!(listed.contains("edge") && listed.contains("events") && !listed.contains("cnt_"), "{listed}");
    assert_eq!(code(&place.run(&["token", "revoke", "edge"])), 0);
    let again = place.run(&["token", "revoke", "edge"]);
    assert_eq!((code(&again), err(&again).contains("no good token")), (1, true));
    let unknown = place.run(&["token", "new", "x", "--scope", "everything"]);
    assert_eq!((code(&unknown), err(&unknown).contains("read, write, events, rates or admin")), (2, true));
    let elsewhere = place.run(&["token", "new", "x", "--scope", "read", "--connection", "none"]);
    assert_eq!((code(&elsewhere), err(&elsewhere).contains("no connection")), (2, true));
}

#[test]
fn an_account_whose_first_label_nobody_has_seen_is_not_served() {
    let place = Place::new();
    place.write("connote.toml", &CONFIG.replace("printed_by = \"starshipit\"", "printed_by = \"connote\""));
    check!(place.run(&["serve", "--listen", "127.0.0.1:0"]), @r#"
    exit code 1
    ----- stderr
    error: the account "starshipit" (https://api.starshipit.com) has not bought a label yet
    try: buy one with `connote ship --limit 1` and look at it; then start the server
    "#);
}

#[test]
fn help_of_serve() {
    check!(Place::new().run(&["serve", "--help"]), @r#"
    exit code 0
    ----- stdout
    Ships by itself until it is stopped: reads the orders of every connection every few minutes, takes
    orders and events over its API and by webhook, books couriers, saves the label files, writes
    tracking back, and shows what needs a person. One program and one SQLite file; `connote ship` may
    run on the same database at the same time.

    Each connection in the config may say:
        poll_minutes = 5                       0: only webhooks and the API bring orders
        printed_by = "connote"               "starshipit": orders are created there and staff print
        them; tracking still comes back
        manifest_at = ["17:00"]                when printed orders go on a manifest, in its time_zone
        webhooks.starshipit = [{ env = "…" }] who may tell of its orders, at POST
        /webhooks/CONNECTION/SOURCE
        [connections.NAME.rates]               what it offers a checkout

    With a table [feed] in the config it also tells a WMS what happens to orders in Starshipit, whoever
    causes it, and can keep the stock itself.

    An account buys its first label with `connote ship --limit 1`, so that somebody has looked at it
    before a server buys the others.

    Examples:
        connote serve --sandbox                simulators, no keys, no config
        connote token new my-wms --scope read --scope write
        connote serve --listen 0.0.0.0:8484

    Usage: connote serve [OPTIONS]

    Options:
          --sandbox
              Start simulators of all far ends in this process and serve their orders; needs neither
              config nor keys

          --listen <ADDRESS:PORT>
              Address and port [default: `server.listen` of the config, else [ADDRESS]]

          --connection <NAME>
              Only this connection; can be repeated

          --labels <DIR>
              Folder of the label files [default: `labels` of the config, else labels; with --sandbox
              labels/sandbox]

          --log <FORMAT>
              How log lines are written to standard error; CONNOTE_LOG says which (`warn`,
              `info,connote::http=off`)

              Possible values:
              - human: For people
              - json:  One JSON object in each line

              [default: human]

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --json
              Print JSON for programs instead of text for people

          --config <FILE>
              The config file [default: connote.toml]

          --database <FILE>
              The journal: what was sent and bought [default: `database` of the config, else connote.db]

      -q, --quiet
              No progress and no hints: only results and errors
    "#);
}

#[test]
fn help_of_token() {
    check!(Place::new().run(&["token", "new", "--help"]), @r#"
    exit code 0
    ----- stdout
    Make a token and show it, once

    Usage: connote token new [OPTIONS] --scope <SCOPE> <NAME>

    Arguments:
      <NAME>  What it is for, for people

    Options:
          --scope <SCOPE>      What it allows: read, write, events, rates, admin; can be repeated
          --connection <NAME>  Only for this connection; can be repeated. Without it for all
      -h, --help               Print help
      -V, --version            Print version

    Global options:
          --json             Print JSON for programs instead of text for people
          --config <FILE>    The config file [default: connote.toml]
          --database <FILE>  The journal: what was sent and bought [default: `database` of the config,
                             else connote.db]
      -q, --quiet            No progress and no hints: only results and errors
    "#);
}

/// A collector of traces on a thread of its own: gives its address and what it was sent.
fn collector() -> (String, std::sync::Arc<std::sync::Mutex<Vec<Vec<u8>>>>) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = sent.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut line) = (String::new(), String::new());
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                head += &line.to_lowercase();
                line.clear();
            }
            assert!(head.starts_with("post /v1/traces") && head.contains("application/x-protobuf"), "{head}");
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length:")).unwrap().trim().parse().unwrap();
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            kept.lock().unwrap().push(body);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (url, sent)
}

#[cfg(unix)]
#[test]
fn traces_and_log_lines_tell_the_work_and_neither_a_secret_nor_a_buyer() {
    let place = Place::new();
    let (url, sent) = collector();
    let mut command = place.command(&["serve", "--sandbox", "--listen", "127.0.0.1:0", "--json", "--log", "json"]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &url).stderr(std::fs::File::create(place.path().join("log")).unwrap());
    let (server, said) = Listening::new(command);
    let token = said["token"].as_str().unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let until = Instant::now() + Duration::from_secs(60);
    while server.ask("GET", "/v1/orders?state=done", &bearer, "").1.matches("\"done\"").count() < 5 {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(100));
    }
    server.end();
    let traces: Vec<u8> = sent.lock().unwrap().concat();
    let (traces, log) = (String::from_utf8_lossy(&traces).into_owned(), place.read("log"));
    for told in ["POST /api/orders/shipment", "connote.step", "SO-10", "trackstar", "poll"] {
        assert!(traces.contains(told), "{told}");
    }
    assert!(traces.matches("url.template").count() > 20);
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["level"].is_string() && line["target"].is_string(), "{line}");
    }
    let print = log.lines().find(|line| line.contains("/api/orders/shipment")).unwrap();
    let print: Value = serde_json::from_str(print).unwrap();
    assert!(print["span"]["number"].is_string(), "{print}");
    assert_eq!(print["span"]["trace_id"].as_str().unwrap().len(), 32, "{print}");
    // Who buys, from the simulators' orders as the API shows them, and what opens their doors.
    for canary in [
        "sandbox-starshipit-key",
        "sandbox-subscription",
        "sandbox-trackstar",
        "sandbox-token",
        &token,
        "Street",
        "example.com",
        "Brennan",
    ] {
        assert!(!traces.contains(canary), "{canary} in the traces");
        assert!(!log.contains(canary), "{canary} in the log");
    }
}

//! A config and separate runs, as against real far ends. The far ends are those of `connote sandbox`.

use serde_json::Value;

use crate::support::{Place, Served, code, err, json, out, told};

/// An address of this machine that does not look like one: for the program it is somewhere else.
pub(crate) fn elsewhere(url: &str) -> String {
    url.replace("127.0.0.1", "127.1")
}

fn config(served: &Served, starshipit: &str, more: &str) -> String {
    let trackstar = served.url("trackstar");
    format!(
        r#"
        [accounts.ship]
        kind = "starshipit"
        base_url = "{starshipit}"
        allow_private = true
        api_key = "sandbox-starshipit-key"
        subscription_key = {{ env = "SUBSCRIPTION" }}
        {more}
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
        [connections.shop.settings.trackstar]
        integration = "sandbox"
        shipping_cost_minor = 995
        warehouse_id = "wh_mel"
        "#
    )
}

fn ship(place: &Place, more: &[&str]) -> std::process::Output {
    let args = [&["ship", "--json"], more].concat();
    place.command(&args).env("SUBSCRIPTION", "sandbox-subscription-key").output().unwrap()
}

pub(crate) fn outcomes(output: &std::process::Output) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = json(output);
    told["shipments"].as_array().unwrap().iter().map(|s| (text(&s["number"]), text(&s["outcome"]))).collect()
}

pub(crate) fn charged(served: &Served, place: &Place) -> usize {
    // `curl` would do; the program itself has no command that shows the sandbox's state.
    let url = served.url("starshipit").strip_prefix("http://").unwrap().to_owned();
    let mut stream = std::net::TcpStream::connect(url).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /_sandbox/state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut stream, &mut text).unwrap();
    let body = text.split_once("\r\n\r\n").unwrap().1;
    place.write("state.json", body);
    let state: Value = serde_json::from_str(body).unwrap();
    state["starshipit"]["labels-charged"].as_array().unwrap().len()
}

#[test]
fn a_second_run_buys_nothing_again() {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(&served, served.url("starshipit"), ""));
    let orders = ["--order", "SO-1002", "--order", "SO-1005"];
    let first = ship(&place, &orders);
    assert_eq!(code(&first), 0, "{}", told(&first));
    let bought = charged(&served, &place);
    assert!(bought > 0);
    let second = ship(&place, &[]);
    assert!(outcomes(&second).iter().all(|(number, _)| number != "SO-1002"), "{}", told(&second));
    let bought = charged(&served, &place);
    let again = ship(&place, &["--order", "SO-1002"]);
    assert_eq!(outcomes(&again), [("SO-1002".to_owned(), "already-shipped".to_owned())], "{}", told(&again));
    assert_eq!((code(&again), charged(&served, &place)), (0, bought));
    let id = json(&again)["shipments"][0]["source-id"].as_str().unwrap().to_owned();
    for order in ["SO-1002", &id] {
        let again = place
            .command(&["ship", "--order", order])
            .env("SUBSCRIPTION", "sandbox-subscription-key")
            .output()
            .unwrap();
        assert!(out(&again).contains("1 shipped before"), "{}", told(&again));
        assert_eq!((code(&again), charged(&served, &place)), (0, bought));
    }
}

#[test]
fn a_refused_order_is_not_tried_again_until_it_changes_or_someone_insists() {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(&served, served.url("starshipit"), ""));
    let only = ["--order", "SO-1011"];
    let attempts = || json(&place.run(&["jobs", "--json", "--order", "SO-1011"])).as_array().unwrap().len();
    assert_eq!(code(&ship(&place, &only)), 1);
    let tried = attempts();
    let second = ship(&place, &only);
    assert_eq!(code(&second), 1);
    assert!(out(&second).contains("not tried again, since nothing has changed"), "{}", told(&second));
    assert_eq!(attempts(), tried);
    ship(&place, &["--order", "SO-1011", "--retry"]);
    assert!(attempts() > tried);
    // Other settings are a change as well.
    let changed = place.read("connote.toml").replace(
        "[connections.shop.settings.trackstar]",
        "[connections.shop.settings]\npackaging_weight_g = 50\n[connections.shop.settings.trackstar]",
    );
    place.write("connote.toml", &changed);
    let tried = attempts();
    ship(&place, &only);
    assert!(attempts() > tried);
}

#[test]
fn there_is_no_test_account_so_a_real_one_is_not_touched_without_a_yes() {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(&served, &elsewhere(served.url("starshipit")), ""));
    let output = ship(&place, &[]);
    assert_eq!(code(&output), 2);
    assert!(
        err(&output).contains("labels on the account \"ship\"") && err(&output).contains("--yes"),
        "{}",
        err(&output)
    );
    assert_eq!(charged(&served, &place), 0);
}

#[test]
fn a_proxy_on_this_machine_is_not_taken_for_the_sandbox() {
    let place = Place::new();
    let served = Served::new(&place);
    let text = config(&served, served.url("starshipit"), "");
    place.write("connote.toml", &text.replace("sandbox-starshipit-key", "a-real-key"));
    let output = ship(&place, &[]);
    assert_eq!(code(&output), 2, "{}", told(&output));
    assert!(err(&output).contains("--yes"), "{}", told(&output));
}

#[test]
fn simulated_and_real_orders_are_not_mixed_in_one_database() {
    let place = Place::shipped();
    let served = Served::new(&place);
    let real = config(&served, &elsewhere(served.url("starshipit")), "");
    place.write("connote.toml", &real);
    let mixed = ship(&place, &["--yes", "--database", "demo.db"]);
    assert_eq!(code(&mixed), 2, "{}", told(&mixed));
    assert!(err(&mixed).contains("demo.db holds orders of `connote ship --sandbox`"), "{}", told(&mixed));
    ship(&place, &["--yes", "--order", "SO-1002", "--database", "real.db"]);
    std::fs::rename(place.path().join("connote.toml"), place.path().join("away.toml")).unwrap();
    let mixed = place.run(&["ship", "--sandbox", "--database", "real.db"]);
    assert_eq!(code(&mixed), 2, "{}", told(&mixed));
    assert!(err(&mixed).contains("not of the sandbox"), "{}", told(&mixed));
    assert_ne!(code(&place.run(&["ship", "--sandbox", "--database", "demo.db"])), 2);
}

#[test]
fn an_order_that_another_process_works_on_is_exit_code_3() {
    use connote_host::journal::{Journal as _, OrderKey, SqliteJournal, Update};
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(&served, served.url("starshipit"), ""));
    let all = json(&ship(&place, &["--dry-run", "--order", "SO-1002"]));
    let key = OrderKey { connection: "shop".into(), source_id: all[0]["source-id"].as_str().unwrap().to_owned() };
    let other = SqliteJournal::open(&place.path().join("connote.db")).unwrap();
    let lease = Update::Lease { holder: other.holder().into(), now_ms: 1, until_ms: u64::MAX / 4, dead: None };
    other.commit(&key, 0, lease).unwrap();
    let output = place
        .command(&["ship", "--order", "SO-1002"])
        .env("SUBSCRIPTION", "sandbox-subscription-key")
        .output()
        .unwrap();
    assert_eq!(code(&output), 3, "{}", told(&output));
    assert!(out(&output).contains("\n1 busy; 0 label files"), "{}", told(&output));
}

#[test]
fn the_first_run_on_an_account_stops_after_one_label() {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(&served, &elsewhere(served.url("starshipit")), ""));
    let first = ship(&place, &["--yes"]);
    assert!(err(&first).contains("This buys labels for"), "{}", told(&first));
    let told_first = json(&first);
    assert_eq!(told_first["waiting-for-first-label"][0], "ship");
    assert_eq!(outcomes(&first).iter().filter(|(_, outcome)| outcome == "shipped").count(), 1, "{}", told(&first));
    assert_eq!(code(&first), 1, "{}", told(&first));
    let second = ship(&place, &["--yes", "--order", "SO-1002", "--order", "SO-1005"]);
    assert_eq!(outcomes(&second).iter().filter(|(_, outcome)| outcome == "shipped").count(), 2, "{}", told(&second));
}

#[test]
fn no_more_labels_are_bought_in_an_hour_than_the_config_allows() {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(&served, served.url("starshipit"), "max_labels_per_hour = 1"));
    let ready = ["--order", "SO-1002", "--order", "SO-1005"];
    for run in 0..2 {
        let output = ship(&place, &ready);
        assert_eq!(code(&output), 3, "{}", told(&output));
        let shipped = outcomes(&output).iter().filter(|(_, outcome)| outcome == "shipped").count();
        assert_eq!(shipped, if run == 0 { 1 } else { 0 }, "{}", told(&output));
        assert!(out(&output).contains("max_labels_per_hour"), "{}", told(&output));
        assert!(!out(&output).contains("1 labels"), "{}", told(&output));
    }
}

#[test]
fn a_paused_connection_is_skipped_until_it_is_resumed() {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(&served, served.url("starshipit"), ""));
    let wrong = place.run(&["pause", "shp"]);
    assert_eq!((code(&wrong), err(&wrong).contains("connote pause shop")), (2, true), "{}", told(&wrong));
    assert_eq!(code(&place.run(&["pause", "shop"])), 0);
    let paused = ship(&place, &[]);
    assert_eq!((code(&paused), outcomes(&paused).len()), (0, 0));
    assert_eq!(json(&paused)["connections"][0]["paused"], true);
    place.run(&["pause", "shop", "--resume"]);
    assert_eq!(outcomes(&ship(&place, &["--order", "SO-1002"])).len(), 1);
}

#[test]
fn a_far_end_that_cannot_be_read_is_exit_code_3_and_no_secret_is_told() {
    let place = Place::new();
    let served = Served::new(&place);
    let text = config(&served, served.url("starshipit"), "").replace("sandbox-trackstar-key", "canary-5f1d9c7e");
    place.write("connote.toml", &text);
    for args in [&[][..], &["--dry-run"]] {
        let output = ship(&place, args);
        assert_eq!(code(&output), 3, "{}", told(&output));
        for secret in ["canary", "sandbox-starshipit-key", "sandbox-subscription-key", "sandbox-trackstar-token"] {
            assert!(!told(&output).contains(secret));
        }
    }
}

#[test]
fn an_account_that_leads_elsewhere_is_refused_where_its_orders_are_and_nothing_is_asked() {
    use connote_host::journal::SqliteJournal;
    let place = Place::new();
    let served = Served::new(&place);
    let sandbox = config(&served, served.url("starshipit"), "");
    place.write("connote.toml", &sandbox);
    // While nothing has shipped, an address may be corrected.
    let journal = SqliteJournal::open(&place.path().join("connote.db")).unwrap();
    journal.set_note("far-end/ship", Some("http://mistyped:80\n0123456789abcdef")).unwrap();
    assert_eq!(code(&ship(&place, &["--order", "SO-1002"])), 0);
    let bought = charged(&served, &place);
    let real =
        config(&served, &elsewhere(served.url("starshipit")), "").replace("sandbox-starshipit-key", "canary-5f1d9c7e");
    for (text, what) in [
        (real, "its base_url was http://127.0.0.1:"),
        (sandbox.replace("sandbox-starshipit-key", "canary-5f1d9c7e"), "its API key was the simulators'"),
    ] {
        place.write("connote.toml", &text);
        for more in [&["--yes"][..], &["--dry-run"], &[]] {
            let output = ship(&place, more);
            assert_eq!(code(&output), 2, "{}", told(&output));
            assert!(err(&output).contains("the account \"ship\" is another one"), "{}", told(&output));
            assert!(err(&output).contains(what) && err(&output).contains("--database FILE"), "{}", told(&output));
            assert!(!told(&output).contains("canary"), "{}", told(&output));
        }
        // In a database of its own it ships.
        let own = ship(&place, &["--yes", "--order", "NOPE", "--database", "own.db"]);
        assert_ne!(code(&own), 2, "{}", told(&own));
        std::fs::remove_file(place.path().join("own.db")).unwrap();
    }
    place.write("connote.toml", &sandbox);
    assert_eq!((code(&ship(&place, &["--order", "SO-1002"])), charged(&served, &place)), (0, bought));
}

#[test]
fn a_new_key_of_the_same_address_is_told_once_and_never_stored() {
    use connote_host::journal::SqliteJournal;
    let place = Place::new();
    let served = Served::new(&place);
    let text = config(&served, served.url("starshipit"), "");
    place.write("connote.toml", &text);
    ship(&place, &["--order", "SO-1002"]);
    let journal = SqliteJournal::open(&place.path().join("connote.db")).unwrap();
    let base = served.url("starshipit");
    journal.set_note("far-end/ship", Some(&format!("{base}\n0123456789abcdef"))).unwrap();
    place.write("connote.toml", &text.replace("sandbox-starshipit-key", "canary-5f1d9c7e"));
    for (run, warned) in [("--dry-run", true), ("--yes", true), ("--yes", false)] {
        let output = ship(&place, &[run, "--order", "SO-1002"]);
        assert_eq!(err(&output).contains("another API key"), warned, "{run} {}", told(&output));
        assert_ne!(code(&output), 2, "{}", told(&output));
    }
    let note = journal.note("far-end/ship").unwrap().unwrap();
    assert!(note.starts_with(base) && !note.contains("canary") && !note.contains("0123456789abcdef"), "{note}");
}

/// Simulators that live as long as several runs, without their limits, and a config for orders of CartonCloud.
fn cartoncloud(place: &Place, runtime: &tokio::runtime::Runtime) -> connote_sandbox::Sandbox {
    use connote_sandbox::{Ports, World, credentials, serve};
    let mut world = World::demo();
    world.settings.limits_scale = f64::INFINITY;
    let sandbox = runtime.block_on(serve(Ports::default(), world)).unwrap();
    let text = format!(
        r#"
        [accounts.ship]
        kind = "starshipit"
        base_url = "{}"
        allow_private = true
        api_key = "{}"
        subscription_key = "{}"
        budget = {{ per_second = 200 }}
        [accounts.wms]
        kind = "cartoncloud"
        base_url = "{}"
        allow_private = true
        client_id = "{}"
        client_secret = "{}"
        budget = {{ per_second = 200 }}
        [connections.shop]
        source = "cartoncloud"
        source_account = "wms"
        starshipit_account = "ship"
        [connections.shop.settings.cartoncloud]
        tenant = "{}"
        weight_unit = "kg"
        length_unit = "cm"
        tracking_property = "carrierTrackingNumberField"
        "#,
        sandbox.starshipit_url,
        credentials::STARSHIPIT_API_KEY,
        credentials::STARSHIPIT_SUBSCRIPTION_KEY,
        sandbox.cartoncloud_url,
        credentials::CARTONCLOUD_CLIENT_ID,
        credentials::CARTONCLOUD_CLIENT_SECRET,
        credentials::CARTONCLOUD_TENANT,
    );
    place.write("connote.toml", &text);
    sandbox
}

#[test]
fn orders_that_are_done_or_refused_and_still_listed_do_not_take_the_place_of_others() {
    let place = Place::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _sandbox = cartoncloud(&place, &runtime);
    let mut seen = std::collections::BTreeSet::new();
    for run in 1..=8 {
        let output = ship(&place, &["--limit", "1"]);
        seen.extend(outcomes(&output).into_iter().map(|(number, _)| number));
        // One order more at each run: shipped, printed without a place for tracking, or refused.
        let beyond = json(&output)["connections"][0]["beyond-limit"].as_u64().unwrap();
        assert_eq!((seen.len(), beyond), (run, 8 - run as u64), "{}", told(&output));
    }
    let labels = json(&ship(&place, &["--limit", "1"]))["summary"]["label-files"].as_u64().unwrap();
    assert_eq!(labels, 5);
}

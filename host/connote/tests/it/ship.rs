use crate::support::{Place, check, code, json, out, told};

#[test]
fn the_sandbox_ships_all_orders_and_shows_every_reason() {
    check!(Place::new().run(&["ship", "--sandbox"]), @"");
}

#[test]
fn label_files_are_pdf_and_stand_in_the_folder_that_was_named() {
    let place = Place::new();
    let output = place.run(&["ship", "--sandbox", "--json", "--labels", "out", "--order", "SO-1004"]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let shipments = json(&output)["shipments"].clone();
    let files = shipments[0]["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    for file in files {
        let bytes = std::fs::read(place.path().join(file.as_str().unwrap())).unwrap();
        assert!(bytes.starts_with(b"%PDF-") && file.as_str().unwrap().starts_with("out/trackstar/"));
    }
}

#[test]
fn a_dry_run_shows_bodies_and_leaves_nothing_behind() {
    let place = Place::new();
    let output = place.run(&[
        "ship",
        "--sandbox",
        "--dry-run",
        "--order",
        "SO-1001",
        "--order",
        "SO-1004",
        "--json",
        "--database",
        "d.db",
    ]);
    let all = json(&output);
    let numbers: Vec<&str> = all.as_array().unwrap().iter().map(|order| order["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["SO-1001", "SO-1004", "SO-1001"]);
    assert!(all[0]["body"]["order"]["order_number"].is_string(), "{all}");
    assert!(!place.path().join("d.db").exists());
}

#[test]
fn limit_connection_and_order_choose() {
    let place = Place::new();
    let output = place.run(&["ship", "--sandbox", "--json", "--connection", "trackstar", "--limit", "1"]);
    let told = json(&output);
    assert_eq!(told["shipments"].as_array().unwrap().len(), 1);
    assert_eq!(told["connections"].as_array().unwrap().len(), 1);
    assert!(told["connections"][0]["beyond-limit"].as_u64().unwrap() > 3);
}

#[test]
fn what_is_not_there_is_said() {
    check!(Place::new().run(&["ship", "--sandbox", "--order", "NOPE"]), @"");
    check!(Place::new().run(&["ship", "--sandbox", "--connection", "trakstar"]), @"");
}

#[test]
fn a_bad_config_is_told_by_file_line_and_fix_without_its_secrets() {
    let place = Place::new();
    check!(place.run(&["ship"]), @"");
    place.write("connote.toml", "[accounts.ship]\nkind = \"starshipit\"\napikey = \"canary-5f1d9c7e\"\n");
    check!(place.run(&["ship"]), @"");
    place.write("connote.toml", "[accounts.ship]\nkind = \"starshipit\"\napi_key = canary-5f1d9c7e\n");
    check!(place.run(&["ship"]), @"");
    place.write("connote.toml", "");
    check!(place.run(&["ship"]), @"");
}

#[test]
fn quiet_shows_results_and_no_hints() {
    let output = Place::new().run(&["ship", "--sandbox", "--quiet", "--order", "SO-1002"]);
    assert!(output.stderr.is_empty(), "{}", told(&output));
    assert!(out(&output).contains("1 shipped"));
}

#[test]
fn without_a_terminal_there_are_no_colours() {
    let output = Place::new().run(&["ship", "--sandbox", "--order", "SO-1002"]);
    assert!(!told(&output).contains('\u{1b}'));
}

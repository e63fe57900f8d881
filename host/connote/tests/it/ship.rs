use crate::support::{Place, check, code, json, out, told};

#[test]
fn the_sandbox_ships_all_orders_and_shows_every_reason() {
    check!(Place::new().run(&["ship", "--sandbox"]), @r#"
    exit code 1
    ----- stdout
    trackstar → starshipit
         ORDER      OUTCOME  CARRIER         TRACKING         LABEL
      ✓  SO-1001    shipped  Australia Post  [TRACKING]  SO-1001-[ID]-1-BlankLabels.pdf
      ✓  SO-1002    shipped  DHL Express     [TRACKING]   SO-1002-[ID]-1-CommercialInvoice.pdf
                                                              SO-1002-[ID]-2-BlankLabels.pdf
      ✓  #KW-10443  shipped  DHL Express     [TRACKING]   _KW-10443-[ID]-1-CommercialInvoice.pdf
                                                              _KW-10443-[ID]-2-BlankLabels.pdf
      ✓  SO-1004    shipped  Australia Post  [TRACKING]  SO-1004-[ID]-1-BlankLabels.pdf
                                             [TRACKING]  SO-1004-[ID]-2-BlankLabels.pdf
                                             [TRACKING]  SO-1004-[ID]-3-BlankLabels.pdf
      ✓  SO-1005    shipped  Australia Post  [TRACKING]  SO-1005-[ID]-1-BlankLabels.pdf
      ✓  SO-1006    shipped  DHL Express     [TRACKING]   SO-1006-[ID]-1-CommercialInvoice.pdf
                                             [TRACKING]   SO-1006-[ID]-2-BlankLabels.pdf
                                                              SO-1006-[ID]-3-BlankLabels.pdf
      ✓  SO-1012    shipped  DHL Express     [TRACKING]   SO-1012-[ID]-1-CommercialInvoice.pdf
                                                              SO-1012-[ID]-2-BlankLabels.pdf
      ! SO-1004: one set of measurements is told: the weight of all 3 parcels and the size of the
        largest
      ! SO-1006: AUD of settings.trackstar.currency is used: Trackstar fills in USD when the WMS gives
        none
      ! SO-1006: one set of measurements is told: the weight of all 2 parcels and the size of the
        largest
      ✗ SO-1011
          Starshipit refused the label: Label could not be created: Australia Post: Suburb `Fitzroy` and
          post code 3000 do not match. Check destination.suburb.
          → change destination.suburb
      ✗ SO-1001
          Starshipit holds the order [ID] with the number SO-1001, and it goes to another receiver
          → order_number: numbers repeat: they identify no order
          → decide which of the two is right, then run again
      ·  SO-1007  partially_fulfilled  a part has left and the rest cannot be told apart, ship it by
                                       hand

    cartoncloud → starshipit
         ORDER    OUTCOME  CARRIER         TRACKING         LABEL
      ✓  PO-5512  shipped  Australia Post  [TRACKING]  PO-5512-[ID]-1-BlankLabels.pdf
      ✓  PO-5516  shipped  Australia Post  [TRACKING]  PO-5516-[ID]-1-BlankLabels.pdf
      !  PO-5517  printed  Australia Post  [TRACKING]  PO-5517-[ID]-1-BlankLabels.pdf
      !  PO-5520  printed  Australia Post  [TRACKING]  PO-5520-[ID]-1-BlankLabels.pdf
      !  PAN-77   printed  Australia Post  [TRACKING]  PAN-77-[ID]-1-BlankLabels.pdf
      ! PO-5517, PO-5520, PAN-77: the label is bought; tracking was not written back: the source has no
        place for it: CartonCloud has made no consignment from this order (customer setting
        "automatically generate a consignment"), and cartoncloud.document_fallback is off: a sale order
        itself cannot be updated. Tell it there yourself; write_back_on = "never" says that it need not
        be told
      ✗ PO-5514
          the order cannot be shipped as it is: order.items[2] STRAIN has no weight: give the product
          one, or set settings.cartoncloud.weight_unit or settings.default_piece_weight_g
          → change order.items[2]
      ✗ PO-5518
          the order cannot be shipped as it is: 2 fields must change
          → order.items[0]: POT-CI goes from AU to NZ and has no tariff code (HS): add a rule for
            lines[].tariff-code, such as {"to":"lines[].tariff-code","from":"line[].properties.NAME"}
            where NAME is the mapped name of a CartonCloud custom field (custom_field_1), or "text"
            instead of "from" for the same on every line
          → order.items[0]: POT-CI goes from AU to NZ and has no country of origin: add a rule for
            lines[].country-of-origin, such as
            {"to":"lines[].country-of-origin","from":"line[].properties.NAME"} where NAME is the mapped
            name of a CartonCloud custom field (custom_field_1), or "text" instead of "from" for the
            same on every line
      ✗ PO-5519
          the order cannot be shipped as it is: order.details.deliver.address.postcode has 19 characters
          and Starshipit takes 10 in destination.post_code: shorten it, or add a rule for
          destination.post_code with cut
          → change order.details.deliver.address.postcode
      ·  PO-5515  PACKED    PICKUP: the customer collects it
      ·  PO-5521  REJECTED  CartonCloud could not import this order: TEA-X x 4 CTN not known
      ·  PO-5523  PACKED    another integration is at work: the order's property
                            carrierTrackingNumberField holds 33ELSE0000000009 already. Switch
                            CartonCloud's own connector off, or correct
                            settings.cartoncloud.tracking_property

    9 shipped, 3 printed, tracking not written, 5 failed, 4 left alone; 19 label files in labels/sandbox
    ([TIME])
    ----- stderr
    What was asked and answered: connote jobs --order SO-1011 --database labels/sandbox/sandbox.db
    All of this was simulated. For your own orders: connote init
    "#);
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
    place.run(&["ship", "--sandbox", "--dry-run", "--limit", "1"]);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
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
    check!(Place::new().run(&["ship", "--sandbox", "--order", "NOPE"]), @r#"
    exit code 1
    ----- stderr
    error: no order "NOPE" is ready or open in trackstar, cartoncloud
    "#);
    check!(Place::new().run(&["ship", "--sandbox", "--connection", "trakstar"]), @r#"
    exit code 2
    ----- stderr
    error: there is no connection "trakstar"
    try: --connection trackstar
    "#);
}

#[test]
fn a_bad_config_is_told_by_file_line_and_fix_without_its_secrets() {
    let place = Place::new();
    check!(place.run(&["ship"]), @r#"
    exit code 2
    ----- stderr
    error: there is no connote.toml in this folder
    try: `connote init` writes one, --config FILE names another, `connote ship --sandbox` needs none
    "#);
    place.write("connote.toml", "[accounts.ship]\nkind = \"starshipit\"\napikey = \"canary-5f1d9c7e\"\n");
    check!(place.run(&["ship"]), @r#"
    exit code 2
    ----- stderr
    error: connote.toml:3: accounts.ship: there is no key "apikey"; did you mean "api_key"?
    "#);
    place.write("connote.toml", "[accounts.ship]\nkind = \"starshipit\"\napi_key = canary-5f1d9c7e\n");
    check!(place.run(&["ship"]), @r#"
    exit code 2
    ----- stderr
    error: connote.toml:3: accounts.ship: string values must be quoted, expected literal string
    "#);
    place.write("connote.toml", "");
    check!(place.run(&["ship"]), @r#"
    exit code 2
    ----- stderr
    error: connote.toml has no connections
    try: add a [connections.NAME]; `connote init --config other.toml` writes a file with examples
    "#);
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

#[test]
fn two_demonstrations_in_one_folder_do_not_spoil_each_other() {
    let place = Place::new();
    std::fs::create_dir_all(place.path().join("labels/sandbox")).unwrap();
    let lock = std::fs::File::create(place.path().join("labels/sandbox/sandbox.lock")).unwrap();
    lock.lock().unwrap();
    let output = place.run(&["ship", "--sandbox"]);
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("--labels DIR"), "{}", told(&output));
    drop(lock);
    assert_eq!(code(&place.run(&["ship", "--sandbox", "--order", "SO-1002"])), 0);
}

use crate::support::{Place, check, code, err};

#[test]
fn init_writes_a_config_once_and_never_over_another() {
    let place = Place::new();
    check!(place.run(&["init"]), @r#"
    exit code 0
    ----- stdout
    wrote connote.toml
    ----- stderr
    Next: remove the connections you do not have, set the variables that its account names, then `connote ship --dry-run`
    "#);
    let written = place.read("connote.toml");
    check!(place.run(&["init"]), @r#"
    exit code 2
    ----- stderr
    error: connote.toml exists already and was not changed
    try: --config OTHER.toml
    "#);
    assert_eq!(place.read("connote.toml"), written);
}

#[test]
fn the_written_config_needs_nothing_but_its_variables() {
    let place = Place::new();
    place.run(&["init"]);
    let output = place.run(&["ship", "--yes"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("environment variable \"CARTONCLOUD_CLIENT_ID\" is not set"), "{}", err(&output));

    let mut command = place.command(&["ship"]);
    for variable in ["STARSHIPIT_API_KEY", "STARSHIPIT_SUBSCRIPTION_KEY", "TRACKSTAR_API_KEY", "TRACKSTAR_ACCESS_TOKEN"]
    {
        command.env(variable, "canary-5f1d9c7e");
    }
    command.env("CARTONCLOUD_CLIENT_ID", "canary-5f1d9c7e").env("CARTONCLOUD_CLIENT_SECRET", "canary-5f1d9c7e");
    // Real accounts, no terminal, no --yes: refused before any request.
    check!(command.output().unwrap(), @r#"
    exit code 2
    ----- stderr
    error: this buys labels on the account "starshipit" (https://api.starshipit.com), and there is no terminal to ask on: nothing was done
    try: --yes to buy without being asked, or --dry-run to see what would be sent
    "#);
}

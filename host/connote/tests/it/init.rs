use crate::support::{Place, check, code, err};

#[test]
fn init_writes_a_config_once_and_never_over_another() {
    let place = Place::new();
    check!(place.run(&["init"]), @"");
    let written = place.read("connote.toml");
    check!(place.run(&["init"]), @"");
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
    check!(command.output().unwrap(), @"");
}

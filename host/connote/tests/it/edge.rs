use serde_json::Value;

use crate::support::{Listening, Place, check, code, err, json, out};

const FILE: &str = r#"
[accounts.main]
kind = "starshipit"
api_key = "starshipit_key"
subscription_key = "starshipit_subscription"

[connections.shop]
account = "main"
token = "shop_token"
rates = { currency = "AUD" }
shopify = { secrets = ["shopify_secret"], site = "example.myshopify.com" }
events = { mode = "forward", url = "https://connote.example/v1/events", token = "forward_token" }
"#;

fn edge(place: &Place, args: &[&str]) -> (Listening, Value) {
    let mut command = place.command(&["edge", "--listen", "127.0.0.1:0", "--json"]);
    command.args(args).env_remove("SPIN_VARIABLE_SHOP_TOKEN");
    Listening::new(command)
}

#[test]
fn one_command_shows_rates_against_the_simulator() {
    let (edge, said) = self::edge(&Place::new(), &["--sandbox"]);
    assert_eq!(said["connections"]["demo"]["rates"].as_array().unwrap().len(), 6);
    assert_eq!(edge.ask("GET", "/.well-known/spin/health", "", ""), (200, "OK\n".to_owned()));
    let cart = r#"{"destination":{"street":"214 Kent Street","suburb":"Sydney","state":"NSW","post_code":"2000","country":"AU"},"lines":[{"sku":"TEA-250","quantity":2,"weight_g":310,"price_minor":1450}],"currency":"AUD"}"#;
    let (status, body) = edge.ask("POST", "/rates/demo/connote", "Authorization: Bearer connote-demo\r\n", cart);
    assert_eq!(status, 200, "{body}");
    let rates: Value = serde_json::from_str(&body).unwrap();
    assert!(!rates["rates"].as_array().unwrap().is_empty(), "{body}");
    assert!(!body.contains("flat"), "the prices are those of the simulator, not of the table: {body}");
    let (status, body) = edge.ask("POST", "/rates/demo/connote", "Authorization: Bearer guessed\r\n", cart);
    assert_eq!(status, 401, "{body}");
    assert_eq!(edge.ask("GET", "/", "", "").0, 200);
}

#[cfg(unix)]
#[test]
fn a_service_manager_stops_it_and_missing_variables_are_told_by_name() {
    let place = Place::new();
    place.write("edge.toml", FILE);
    let (edge, said) = self::edge(&place, &["--variable", "starshipit_key=canary-1"]);
    let webhooks = &said["connections"]["shop"]["webhooks"];
    assert!(webhooks[0].as_str().unwrap().ends_with("/webhooks/shop/shopify"), "{webhooks}");
    let (code, said) = edge.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("the variable shop_token (connections.shop.token) is not set: export SPIN_VARIABLE_SHOP_TOKEN="),
        "{said}"
    );
    assert!(!said.contains("starshipit_key") && !said.contains("canary"), "{said}");
    assert!(place.path().join("connote-edge.db").exists());
}

#[test]
fn what_spin_wants_is_printed_without_a_secret() {
    let place = Place::new();
    place.write("edge.toml", FILE);
    check!(place.run(&["edge", "--print-variables", "--variable", "shop_token=canary"]), @r#"
    exit code 0
    ----- stdout
    export SPIN_VARIABLE_CONNECTIONS='{"accounts":{"main":{"api_key":"starshipit_key","kind":"starshipit","subscription_key":"starshipit_subscription"}},"connections":{"shop":{"account":"main","events":{"mode":"forward","token":"forward_token","url":"https://connote.example/v1/events"},"rates":{"currency":"AUD"},"shopify":{"secrets":["shopify_secret"],"site":"example.myshopify.com"},"token":"shop_token"}}}'
    export SPIN_VARIABLE_FORWARD_HOST='https://connote.example'
    # These must stand in allowed_outbound_hosts of the components of spin.toml: "https://api.starshipit.com", "https://connote.example"
    # Secrets, to be set in the same way:
    # SPIN_VARIABLE_FORWARD_TOKEN            connections.shop.events.token
    # SPIN_VARIABLE_SHOP_TOKEN               connections.shop.token
    # SPIN_VARIABLE_SHOPIFY_SECRET           connections.shop.shopify.secrets
    # SPIN_VARIABLE_STARSHIPIT_KEY           accounts.main.api_key
    # SPIN_VARIABLE_STARSHIPIT_SUBSCRIPTION  accounts.main.subscription_key
    "#);
    let told = json(&place.run(&["edge", "--print-variables", "--variable", "shop_token=canary", "--json"]));
    assert!(!told.to_string().contains("canary"), "{told}");
    let secret = told["secrets"].as_array().unwrap().iter().find(|secret| secret["variable"] == "shop_token").unwrap();
    assert_eq!((&secret["set"], &secret["environment"]), (&true.into(), &"SPIN_VARIABLE_SHOP_TOKEN".into()));
}

#[test]
fn the_component_files_are_written() {
    let place = Place::new();
    let output = place.run(&["edge", "--write-components", "dist"]);
    assert_eq!(code(&output), 0);
    assert!(out(&output).contains("dist/rates.wasm"), "{}", out(&output));
    assert!(std::fs::read(place.path().join("dist/webhooks.wasm")).unwrap().starts_with(b"\0asm"));
}

#[test]
fn mistakes_stop_it_before_a_port_is_opened() {
    let place = Place::new();
    let output = place.run(&["edge"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("there is no edge.toml in this folder"), "{}", err(&output));
    place.write("edge.toml", &FILE.replace("account = \"main\"", "account = \"mian\""));
    let output = place.run(&["edge"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("there is no account \"mian\""), "{}", err(&output));
    place.write("edge.toml", &FILE.replace("account = \"main\"", "acount = \"main\""));
    let output = place.run(&["edge"]);
    let line = 1 + FILE.lines().position(|line| line == "account = \"main\"").unwrap();
    let told = err(&output);
    assert!(told.contains("unknown field `acount`") && told.contains(&format!("(line {line})")), "{told}");
    assert!(!told.contains("column"), "{told}");
    place.write("edge.toml", FILE);
    let output = place.run(&["edge", "--listen", "127.0.0.1:0", "--allow", "api.example.com"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("`api.example.com` has no scheme"), "{}", err(&output));
    let output = place.run(&["edge", "--variable", "canary-77"]);
    assert!(err(&output).contains("NAME=VALUE"), "{}", err(&output));
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Place::new().run(&["edge", "--sandbox", "--listen", &address]);
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains(&format!("{address} cannot be listened on")), "{}", err(&output));
}

#[test]
fn help_of_edge() {
    check!(Place::new().run(&["edge", "--help"]), @r#"
    exit code 0
    ----- stdout
    Answers checkout rates and takes webhooks, with the component files that also run in Spin, SpinKube
    and Akamai Functions, and with what they find there: variables, a key-value store, and requests to
    listed hosts only. A request gets an instance of its own, with 128 MiB and 30 seconds.

    edge.toml says which Starshipit accounts and shops there are. It names secrets and never holds them:
    `token = "main_token"` says that the variable main_token holds the token. A variable comes from
    SPIN_VARIABLE_MAIN_TOKEN in the environment, as with `spin up`, or from --variable main_token=VALUE,
    which other users of this machine can see in its list of processes. Variables that are missing are
    told at the start.

    Requests may leave to the accounts' addresses, to where events are forwarded, and to what --allow
    adds. An address on this machine or in a private network must be named; a wildcard does not lead
    there.

    Examples:
        connote edge --sandbox                     rates of the Starshipit simulator, without keys
        connote edge --listen [ADDRESS]       edge.toml of this folder
        connote edge --print-variables             what to set for Spin
        connote edge --write-components dist       the files for Spin, Akamai and wasmtime

    Usage: connote edge [OPTIONS]

    Options:
          --sandbox
              Against the Starshipit simulator in this process, with a connection `demo`; needs no keys

          --listen <ADDRESS>
              Where to listen; port 0 takes any

              Plain HTTP/1.1: put a proxy that speaks TLS before it.

              [default: [ADDRESS]]

          --state <FILE|memory>
              What webhooks keep: a file, or `memory`, which forgets at the end and then takes an event
              twice

              [default: connote-edge.db]

          --variable <NAME=VALUE>
              A variable; wins over SPIN_VARIABLE_NAME of the environment

          --allow <HOST>
              A further host that requests may leave to, such as https://api.example.com or
              http://localhost:8701

          --print-variables
              Print what to set for Spin, and the names of the secrets, and end

          --write-components <DIR>
              Write the component files to a folder, and end

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

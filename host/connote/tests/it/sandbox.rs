use std::process::Stdio;

use crate::support::{FILTERS, Place, Served, code, err};

#[test]
fn the_sandbox_tells_addresses_keys_state_and_how_to_break_it() {
    use std::io::Read as _;
    let place = Place::new();
    let mut child = place.command(&["sandbox"]).stderr(Stdio::null()).spawn().unwrap();
    let mut text = vec![0; 4096];
    let mut length = 0;
    let mut out = child.stdout.take().unwrap();
    while !String::from_utf8_lossy(&text[..length]).contains("run it again") {
        length += out.read(&mut text[length..]).unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    insta::with_settings!({ filters => FILTERS.to_vec() }, {
        insta::assert_snapshot!(String::from_utf8_lossy(&text[..length]), @r#"
        Simulators on this machine; these keys open nothing else
          starshipit   base_url          http://[ADDRESS]
                       api_key           sandbox-starshipit-key
                       subscription_key  sandbox-subscription-key
          trackstar    base_url          http://[ADDRESS]
                       api_key           sandbox-trackstar-key
                       access_token      sandbox-trackstar-token
          cartoncloud  base_url          http://[ADDRESS]
                       client_id         sandbox-cartoncloud-client
                       client_secret     sandbox-cartoncloud-secret
                       tenant            22222222-0000-4000-8000-000000000002

        What they hold     curl http://[ADDRESS]/_sandbox/state
        Back to the start  curl -X POST http://[ADDRESS]/_sandbox/reset
        A fault            curl -X POST http://[ADDRESS]/_sandbox/faults -d '{"far-end":"starshipit","method":"POST","path-contains":"/api/orders/shipment","kind":"act-then-hang"}'
                           books the courier, charges the label, and never answers: run `connote ship`, stop it, run it again
        "#);
    });
}

#[test]
fn a_port_that_is_taken_is_named() {
    let place = Place::new();
    let served = Served::new(&place);
    let port = served.url("starshipit").rsplit(':').next().unwrap();
    let output = place.run(&["sandbox", "--trackstar-port", port]);
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains(&format!("port {port} for trackstar")), "{}", err(&output));
}

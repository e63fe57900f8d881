use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use crate::support::{FILTERS, Place, Served, code, err};

#[test]
fn the_sandbox_tells_addresses_keys_state_and_how_to_break_it() {
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

/// The sandbox with these arguments, and what it says up to a line that ends so.
fn started(place: &Place, args: &[&str], end: &str) -> (Child, String) {
    let mut command = place.command(&["sandbox", "--quiet"]);
    let mut child = command.args(args).stderr(Stdio::null()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.ends_with(end) {
        assert!(out.read_line(&mut text).unwrap() > 0, "the sandbox said only {text:?}");
    }
    (child, text)
}

fn stop(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn webhooks_are_told_with_their_receivers_and_secrets() {
    let place = Place::new();
    let (child, text) = started(&place, &["--webhooks", "http://127.0.0.1:3000/hooks/"], "truncate\n");
    stop(child);
    insta::with_settings!({ filters => FILTERS.to_vec() }, {
        insta::assert_snapshot!(text, @r#"
        Simulators on this machine; these keys open nothing else
          starshipit   base_url          http://[ADDRESS]
                       api_key           sandbox-starshipit-key
                       subscription_key  sandbox-subscription-key
                       webhook_secret    sandbox-starshipit-webhook-secret
                       webhooks to       http://[ADDRESS]/hooks/starshipit
          trackstar    base_url          http://[ADDRESS]
                       api_key           sandbox-trackstar-key
                       access_token      sandbox-trackstar-token
                       webhook_secret    whsec_c2FuZGJveC10cmFja3N0YXItd2ViaG9vay1zZWNyZXQ=
                       webhooks to       http://[ADDRESS]/hooks/trackstar
          cartoncloud  base_url          http://[ADDRESS]
                       client_id         sandbox-cartoncloud-client
                       client_secret     sandbox-cartoncloud-secret
                       tenant            22222222-0000-4000-8000-000000000002
                       webhook_secret    sandbox-cartoncloud-webhook-secret
                       webhooks to       http://[ADDRESS]/hooks/cartoncloud?secret=sandbox-cartoncloud-webhook-secret

        What they hold     curl http://[ADDRESS]/_sandbox/state
        Back to the start  curl -X POST http://[ADDRESS]/_sandbox/reset
        A fault            curl -X POST http://[ADDRESS]/_sandbox/faults -d '{"far-end":"starshipit","method":"POST","path-contains":"/api/orders/shipment","kind":"act-then-hang"}'
                           books the courier, charges the label, and never answers: run `connote ship`, stop it, run it again
        Tracking goes on   curl -X POST http://[ADDRESS]/_sandbox/tracking -d '{"order-number":"SO-1001","status":"InTransit"}'
                           moves a printed order; the webhook tells it (or let it go on by itself: --tracking-step)
        A webhook fault    curl -X POST http://[ADDRESS]/_sandbox/webhook-faults -d '{"far-end":"starshipit","body-contains":"InTransit","kind":"duplicate"}'
                           comes twice; others: drop, behind-next, late-ms, bad-signature, replay-after-ms, without, truncate
        "#);
    });
}

#[test]
fn one_far_end_can_have_a_receiver_of_its_own() {
    let place = Place::new();
    let own = "cartoncloud=http://127.0.0.1:3000/cc?key=mine";
    let (child, text) = started(&place, &["--json", "--webhooks", own], "\n}\n");
    stop(child);
    let said: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(said["webhook-faults"], "/_sandbox/webhook-faults");
    let webhooks = &said["servers"]["cartoncloud"]["webhooks"];
    assert_eq!(webhooks["urls"], serde_json::json!(["http://127.0.0.1:3000/cc?key=mine"]));
    assert_eq!(said["servers"]["starshipit"].get("webhooks"), None);
}

#[test]
fn a_receiver_that_cannot_be_posted_to_is_a_mistake_of_usage() {
    for (value, words) in [
        ("https://receiver.test", "`https://receiver.test/starshipit`: not http:// and a host"),
        ("shopify=http://127.0.0.1:3000", "there is no `shopify`: starshipit, trackstar or cartoncloud"),
    ] {
        let output = Place::new().run(&["sandbox", "--webhooks", value]);
        assert_eq!(code(&output), 2);
        assert!(err(&output).contains(words), "{}", err(&output));
    }
}

/// Sends a request on a connection of its own and reads the answer.
fn post(url: &str, path: &str, body: &str) -> String {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nStarShipIT-Api-Key: sandbox-starshipit-key\r\n\
         Ocp-Apim-Subscription-Key: sandbox-subscription-key\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_printed_order_comes_to_the_receiver_and_goes_on_by_itself() {
    let place = Place::new();
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", receiver.local_addr().unwrap());
    let args = ["--json", "--empty", "--tracking-step", "1", "--webhooks", &address];
    let (child, text) = started(&place, &args, "\n}\n");
    let said: serde_json::Value = serde_json::from_str(&text).unwrap();
    let url = said["servers"]["starshipit"]["base_url"].as_str().unwrap();
    let destination = r#"{"name":"Ava Nguyen","street":"214 Kent Street","suburb":"Sydney","post_code":"2000","country":"Australia"}"#;
    let order =
        format!(r#"{{"order":{{"order_number":"A-1","destination":{destination},"packages":[{{"weight":0.6}}]}}}}"#);
    post(url, "/api/orders", &order);
    assert!(post(url, "/api/orders/shipment", r#"{"order_number":"A-1"}"#).contains(r#""success":true"#));
    for status in ["Printed", "Dispatched"] {
        let (mut stream, _) = receiver.accept().unwrap();
        let mut got = String::new();
        while !got.ends_with('}') {
            let mut bytes = [0; 4096];
            let length = stream.read(&mut bytes).unwrap();
            got += std::str::from_utf8(&bytes[..length]).unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        assert!(got.starts_with("POST /starshipit HTTP/1.1\r\n"), "{got}");
        assert!(got.to_lowercase().contains("\r\nx-starshipit-signature: "), "{got}");
        assert!(got.contains(&format!(r#""tracking_status":"{status}""#)), "{got}");
    }
    stop(child);
}

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::load::{Load, run};
use crate::program::program;
use crate::stage::{config, words, world};

/// A short load; `cargo bench -p connote --bench load` runs a long one.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_again_and_again_ships_every_order_once_or_shows_it() {
    let load = Load { orders: 80, seed: 1, scale: 10, fault_every: 40, kill_within_ms: 2_000 };
    let ended = run(load, |_| {}).await;
    assert!(ended.wrong.is_empty(), "{:#?}", ended.wrong);
    assert!(ended.kills >= 3 && ended.faults > 0 && ended.spoilt > 0, "{ended:?}");
    assert!(ended.states.get("done").is_some_and(|done| *done >= 60), "{ended:?}");
}

/// What a result file says, once it is there.
async fn result(path: &Path) -> Value {
    let began = Instant::now();
    loop {
        match std::fs::read(path) {
            Ok(bytes) => return serde_json::from_slice(&bytes).unwrap(),
            Err(_) => assert!(began.elapsed() < Duration::from_secs(60), "there is no {}", path.display()),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_takes_orders_out_of_a_folder_and_tells_beside_each_what_became_of_it() {
    let sandbox = world().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &sandbox);
    let own = "\n[connections.own]\nsource = \"connote\"\nstarshipit_account = \"ship\"\norders = \"in\"\nresults = \"out\"\n";
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + own).unwrap();
    let orders = folder.path().join("in");
    std::fs::create_dir(&orders).unwrap();
    words(program(folder.path(), &config, &["ship", "--yes", "--limit", "1", "--connection", "trackstar"])).await;
    let serve = ["serve", "--json", "--listen", "127.0.0.1:0", "--connection", "own"];
    let mut server = program(folder.path(), &config, &serve).spawn().unwrap();
    std::fs::write(orders.join("bad.json"), "{").unwrap();
    std::fs::write(orders.join("good.json"), include_str!("../../../../docs/examples/domestic.json")).unwrap();
    let good = result(&folder.path().join("out/good.result.json")).await;
    assert_eq!((&good["outcome"], &good["connection"]), (&Value::from("shipped"), &Value::from("own")), "{good}");
    assert!(Path::new(good["files"][0].as_str().unwrap()).is_absolute(), "{good}");
    let bad = result(&folder.path().join("out/bad.result.json")).await;
    assert!(bad["outcome"] == "failed" && bad["reason"].as_str().unwrap().contains("bad.json is not JSON"), "{bad}");
    let number = good["number"].as_str().unwrap();
    assert_eq!(sandbox.world().lock().unwrap().labels_charged(number), 1);
    server.kill().await.unwrap();
}

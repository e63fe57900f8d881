//! The way of a failed label to its end, as a person at the console goes it.

use std::time::{Duration, Instant};

use connote_browser::{Browser, chromium};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::program::program;
use crate::stage::{config, words, world};

/// The order of the demonstration whose post code is none of its suburb, and the right one.
const ORDER: (&str, &str) = ("ord_1011", "SO-1011");
const POST_CODE: &str = "3065";

const PASSWORD: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_label_is_found_corrected_and_printed_and_its_tracking_is_seen_in_the_source() {
    let Some(chromium) = chromium() else { return };
    let sandbox = world().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &sandbox);
    // Somebody has looked at a label of this account.
    words(program(folder.path(), &config, &["ship", "--yes", "--limit", "1"])).await;
    let mut server = program(folder.path(), &config, &["serve", "--json", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| said[name].as_str().unwrap().to_owned();
    let (base, setup) = (text("base_url"), text("setup"));
    tokio::task::spawn_blocking(move || person(&mut Browser::start(chromium), &base, &setup)).await.unwrap();

    let world = sandbox.world();
    let world = world.lock().unwrap();
    let bought: Vec<_> = world.starshipit.charges().iter().filter(|charge| charge.order_number == ORDER.1).collect();
    assert_eq!(bought.len(), 1, "{bought:?}");
    assert_eq!(world.trackstar.tracking_received(ORDER.0), [bought[0].tracking_number.clone()]);
}

fn person(browser: &mut Browser, base: &str, setup: &str) {
    browser.open(setup);
    browser.until("document.activeElement.id === 'name'");
    browser.write("ann");
    browser.value("document.getElementById('password').focus()");
    browser.write(PASSWORD);
    browser.key("Enter");
    browser.until("document.querySelector('h1')?.textContent === 'Users' && document.readyState === 'complete'");
    browser.open(&format!("{base}/"));
    // It comes by itself when its label has failed.
    let began = Instant::now();
    while browser.value(&format!("document.body.innerText.includes('{}')", ORDER.1)) != true {
        assert!(began.elapsed() < Duration::from_secs(120), "{}", browser.value("document.body.innerText"));
        std::thread::sleep(Duration::from_millis(200));
    }
    browser.picture("walk-failed");
    browser.key("/");
    browser.until("document.activeElement.id === 'q'");
    browser.write(ORDER.1);
    browser.key("Enter");
    browser.until("location.search.includes('q=') && document.readyState === 'complete'");
    browser.click("[data-row]");
    browser.until("location.pathname.startsWith('/orders/') && document.readyState === 'complete'");
    browser.picture("walk-order");
    browser.click("a[href$='/correct']");
    browser.until("document.getElementById('f:destination.post-code') !== null && document.readyState === 'complete'");
    browser.value("document.getElementById('f:destination.post-code').focus(); document.activeElement.select()");
    browser.write(POST_CODE);
    browser.key("Enter");
    browser.until(&format!("document.querySelector('ins')?.textContent === '{POST_CODE}'"));
    browser.click("button[value=save]");
    // The page follows what happens, without a reload.
    browser.until("document.querySelector('img.label')?.naturalWidth > 300");
    browser.until("document.body.innerText.includes('Tracking written to')");
    browser.picture("walk-printed");
    browser.open(&format!("{base}/?state=done"));
    browser.until(&format!("document.body.innerText.includes('{}')", ORDER.1));
}

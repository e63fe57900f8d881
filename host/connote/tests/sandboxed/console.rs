//! The console in a real browser: the way of a failed label to its end, and the evening.

use std::io::Write as _;
use std::time::{Duration, Instant};

use connote_browser::{Browser, chromium};
use connote_sandbox::Sandbox;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::program::program;
use crate::stage::{config, words, world};

/// The order of the demonstration whose post code is none of its suburb, and the right one.
const ORDER: (&str, &str) = ("ord_1011", "SO-1011");
const POST_CODE: &str = "3065";

const PASSWORD: &str = "correct horse battery";

/// A server over the demonstration, with the feed and its ledger; one label is bought. A person at its console does `what`, which is told the address and that
/// of the first log-in.
async fn at_the_console(chromium: &'static str, what: fn(&mut Browser, &str, &str)) -> Sandbox {
    let sandbox = world().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &sandbox);
    let feed = "\n[feed]\npoll_minutes = 1\nledger = true\n";
    std::fs::OpenOptions::new().append(true).open(&config).unwrap().write_all(feed.as_bytes()).unwrap();
    // Somebody has looked at a label of this account.
    words(program(folder.path(), &config, &["ship", "--yes", "--limit", "1"])).await;
    let mut server = program(folder.path(), &config, &["serve", "--json", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| said[name].as_str().unwrap().to_owned();
    let (base, setup) = (text("base_url"), text("setup"));
    tokio::task::spawn_blocking(move || what(&mut Browser::start(chromium), &base, &setup)).await.unwrap();
    sandbox
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_label_is_found_corrected_and_printed_and_its_tracking_is_seen_in_the_source() {
    let Some(chromium) = chromium() else { return };
    let sandbox = at_the_console(chromium, corrects_a_label).await;
    let world = sandbox.world();
    let world = world.lock().unwrap();
    let bought: Vec<_> = world.starshipit.charges().iter().filter(|charge| charge.order_number == ORDER.1).collect();
    assert_eq!(bought.len(), 1, "{bought:?}");
    assert_eq!(world.trackstar.tracking_received(ORDER.0), [bought[0].tracking_number.clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_evening_the_manifest_is_made_and_the_stock_is_put_right() {
    let Some(chromium) = chromium() else { return };
    let sandbox = at_the_console(chromium, closes_the_day).await;
    let world = sandbox.world();
    let world = world.lock().unwrap();
    let charged = world.starshipit.charges().iter().flat_map(|charge| world.starshipit.order_ids(&charge.order_number));
    let told: Vec<_> = charged.map(|id| world.starshipit.manifests_of(id).len()).collect();
    assert!(told.contains(&1) && told.iter().all(|times| *times < 2), "couriers are told once: {told:?}");
}

fn logs_in(browser: &mut Browser, setup: &str) {
    browser.open(setup);
    browser.until("document.activeElement.id === 'name'");
    browser.write("ann");
    browser.value("document.getElementById('password').focus()");
    browser.write(PASSWORD);
    browser.key("Enter");
    browser.until("document.querySelector('h1')?.textContent === 'Users' && document.readyState === 'complete'");
}

/// Writes into a field of a form.
fn fills(browser: &mut Browser, id: &str, text: &str) {
    browser.value(&format!("document.getElementById('{id}').focus(); document.activeElement.select()"));
    browser.write(text);
}

fn has(text: &str) -> String {
    format!("document.body.innerText.includes('{text}')")
}

fn closes_the_day(browser: &mut Browser, base: &str, setup: &str) {
    logs_in(browser, setup);
    browser.open(&format!("{base}/manifests"));
    // The pages follow what happens, without a reload.
    browser.until("document.getElementById('manifest-trackstar') !== null");
    // It asks a second time.
    browser.click("#confirm-manifest-trackstar > summary");
    browser.until("document.getElementById('confirm-manifest-trackstar').open");
    browser.click("#manifest-trackstar");
    browser.until("document.querySelector('section.card .badge.done') !== null");
    browser.until("document.querySelector(\"a[href^='/manifests/file/']\") !== null");
    browser.value(
        "fetch(document.querySelector(\"a[href^='/manifests/file/']\").href).then(a => a.text()).then(text => window.file = text.slice(0, 5))",
    );
    browser.until("window.file === '%PDF-'");
    browser.picture("evening-manifests");

    browser.open(&format!("{base}/feed"));
    browser.until(&has("order_shipped"));
    fills(browser, "name", "wms");
    fills(browser, "url", "https://wms.example/feed");
    browser.key("Enter");
    browser.until(&has("shown this once"));
    browser.until(&has("whsec_"));
    browser.click("main a.button.main");
    browser.until("document.querySelector('section[aria-label=wms]') !== null");
    assert_eq!(browser.value(&has("whsec_")), false);
    browser.picture("evening-feed");

    browser.open(&format!("{base}/stock"));
    browser.until("document.querySelector('td a') !== null");
    browser.click("td a");
    browser.until("document.getElementById('change') !== null && document.readyState === 'complete'");
    let on_hand = "Number(document.querySelector('dl dd').textContent)";
    let before = browser.value(on_hand).as_f64().unwrap();
    fills(browser, "change", "25");
    fills(browser, "note", "counted");
    browser.key("Enter");
    browser.until(&format!("{on_hand} === {}", before + 25.0));
    browser.until(&has("counted (ann)"));
    browser.until("document.querySelector('#movements a') !== null");
    browser.picture("evening-article");

    browser.open(&format!("{base}/reconciliation"));
    browser.until(&has("Shipped orders and movements agree."));
    browser.picture("evening-reconciliation");
}

fn corrects_a_label(browser: &mut Browser, base: &str, setup: &str) {
    logs_in(browser, setup);
    browser.open(&format!("{base}/"));
    // It comes by itself when its label has failed.
    let began = Instant::now();
    while browser.value(&has(ORDER.1)) != true {
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
    fills(browser, "f:destination.post-code", POST_CODE);
    browser.key("Enter");
    browser.until(&format!("document.querySelector('ins')?.textContent === '{POST_CODE}'"));
    browser.click("button[value=save]");
    // The page follows what happens, without a reload.
    browser.until("document.querySelector('img.label')?.naturalWidth > 300");
    browser.until("document.body.innerText.includes('Tracking written to')");
    browser.picture("walk-printed");
    browser.open(&format!("{base}/?state=done"));
    browser.until(&has(ORDER.1));
}

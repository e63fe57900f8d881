//! The page to try rates with, in a real browser.

use std::process::Command;

use crate::elsewhere::program;
use crate::far::{edge, starshipit};

/// What stands on the page once its script has run.
fn shown(browser: &std::path::Path, url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
        ])
        .args(["--virtual-time-budget=10000", "--timeout=30000", "--dump-dom", url])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_options_parcels_where_each_price_came_from_and_how_long_it_took() {
    let Some(browser) = program("chromium", true) else { return };
    let far = starshipit().await;
    let edge = edge(&far.starshipit_url, "http://127.0.0.1:9").await;
    let url = |token: &str| format!("http://{}/#connection=main&token={token}&go=1", edge.address);
    for rung in ["live", "cached"] {
        let (browser, url) = (browser.clone(), url("a-token"));
        let page = tokio::task::spawn_blocking(move || shown(&browser, &url)).await.unwrap();
        for wanted in
            ["Express", "AUD", "<h2>One parcel</h2>", "carton", "400 × 300 × 250 mm", "2 × BOWL-SAND", " ms, of them "]
        {
            assert!(page.contains(wanted), "{wanted} is missing in {page}");
        }
        assert!(page.contains(&format!(">{rung}</span>")), "{rung} is missing in {page}");
    }
    let (browser, url) = (browser.clone(), url("wrong"));
    let page = tokio::task::spawn_blocking(move || shown(&browser, &url)).await.unwrap();
    assert!(page.contains("Not authorised") && !page.contains("<h2>One parcel"), "{page}");
}

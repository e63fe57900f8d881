//! Whether the API answers as its own document says, asked by a program that knows nothing else of it.

use std::process::Stdio;

use connote_server::http::serve;
use connote_server::store::tokens::Scope;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::bench::Bench;

/// Where it is: its own folder, since a token stands on its command line.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/schemathesis.toml");

/// Each operation gets so many requests: together they take about a minute.
const EXAMPLES: &str = "25";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_as_its_own_document_says() {
    let found =
        Command::new("schemathesis").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    if !found.is_ok_and(|status| status.success()) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "schemathesis is not on the PATH; .ci/run installs it");
        eprintln!("skipped: schemathesis is not on the PATH");
        return;
    }
    let bench = Bench::new();
    let token = bench.token(&Scope::ALL, &[]).await;
    bench.order(&token, "main", "1").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/openapi.json", listener.local_addr().unwrap());
    let server = tokio::spawn(serve(listener, bench.router.clone(), std::future::pending()));
    let ran = Command::new("schemathesis")
        .args(["--config-file", CONFIG, "run", &url, "--header", &format!("Authorization: Bearer {token}")])
        .args(["--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing", "--no-color", "--seed", "1"])
        .args(["--exclude-checks", "ignored_auth"])
        .current_dir(bench.folder.path())
        .output()
        .await
        .unwrap();
    server.abort();
    let said = String::from_utf8_lossy(&ran.stdout).replace(&token, "[TOKEN]");
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr).replace(&token, "[TOKEN]"));
}

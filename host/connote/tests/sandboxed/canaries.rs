//! No secret is ever said or stored: every file, output and export of a run with failures is searched for each of them.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connote_sandbox::{FarEnd, Fault, FaultKind, credentials};

use crate::program::{SECRETS, program};
use crate::stage::{config as config_of, words, world};

/// The forms in which a secret could be found. The client id is not secret, but half of one.
fn canaries() -> Vec<String> {
    let basic = format!("{}:{}", credentials::CARTONCLOUD_CLIENT_ID, credentials::CARTONCLOUD_CLIENT_SECRET);
    let plain =
        SECRETS.iter().map(|(_, secret)| *secret).filter(|secret| *secret != credentials::CARTONCLOUD_CLIENT_ID);
    let encoded: Vec<String> = plain.clone().map(|secret| STANDARD.encode(secret)).collect();
    plain.map(str::to_owned).chain(encoded).chain([STANDARD.encode(basic)]).collect()
}

fn assert_clean(what: &str, bytes: &[u8]) {
    for canary in canaries() {
        let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!found, "{what} holds the secret {canary}");
    }
}

/// Searches every file below a folder, and says how many there were.
fn search(folder: &Path) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += search(&path);
        } else {
            assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
            files += 1;
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_said_or_stored_whatever_fails() {
    let sandbox = world().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config_of(folder.path(), &sandbox);
    for kind in [FaultKind::Status500Html, FaultKind::Status(401), FaultKind::Status(403), FaultKind::MalformedJson] {
        for far_end in FarEnd::ALL {
            let fault = Fault { times: 4, ..Fault::once(far_end, "", "", kind.clone()) };
            sandbox.world().lock().unwrap().fault(fault);
        }
        let said = words(program(folder.path(), &config, &["ship", "--yes", "--json", "--order", "SO-1001"])).await;
        assert_clean("ship", said.as_bytes());
    }
    let healthy = world().await;
    // Another far end takes another database.
    let place = folder.path().join("healthy");
    std::fs::create_dir(&place).unwrap();
    let config = config_of(&place, &healthy);
    let said = words(program(&place, &config, &["ship", "--yes"])).await;
    assert!(said.contains("shipped"), "{said}");
    assert_clean("ship", said.as_bytes());
    for arguments in [&["jobs"][..], &["jobs", "show", "1"], &["jobs", "export", "--full", "1"], &["ship", "--dry-run"]]
    {
        let output = program(&place, &config, arguments).output().await.unwrap();
        assert!(matches!(output.status.code(), Some(0 | 1)) && output.stdout.len() > 40, "{arguments:?}: {output:?}");
        for said in [output.stdout, output.stderr] {
            assert_clean(&format!("{arguments:?}"), &said);
        }
    }
    assert!(search(folder.path()) > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_reported_without_the_key() {
    let sandbox = world().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config_of(folder.path(), &sandbox);
    let mut wrong = program(folder.path(), &config, &["ship", "--yes"]);
    wrong.env("TRACKSTAR_KEY", "canary-of-a-wrong-key");
    let said = words(wrong).await;
    assert!(!said.contains("canary-of-a-wrong-key") && said.contains("trackstar"), "{said}");
}

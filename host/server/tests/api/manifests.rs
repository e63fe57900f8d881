use connote_server::store::tokens::Scope;
use connote_server::store::{ManifestResult, ManifestRow, ManifestState};
use serde_json::json;

use crate::bench::{Bench, post};

/// A manifest that is over, with a file.
async fn done(bench: &Bench, id: &str, connection: &str, state: ManifestState) {
    let file = bench.folder.path().join("manifest.pdf");
    std::fs::write(&file, b"%PDF-1.4 %%EOF").unwrap();
    let result = ManifestResult {
        manifested: vec!["1".into()],
        left: vec![("2".into(), "it is not printed".into())],
        files: vec![file.display().to_string()],
        ..ManifestResult::default()
    };
    let row = ManifestRow { id: id.into(), connection: connection.into(), state, result, ..ManifestRow::default() };
    bench.engine.store().write(move |tables| row.save(tables, 1)).await.unwrap();
}

#[tokio::test]
async fn a_manifest_is_taken_once_for_one_key_and_shown_under_its_address() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write, Scope::Read], &["main"]).await;
    let keyed = || {
        let mut request = post("/v1/manifests?connection=main", &token, &json!({}));
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        request
    };
    let (first, again) = (bench.send(keyed()).await, bench.send(keyed()).await);
    assert_eq!((first.status, first.header("location")), (202, again.header("location")));
    let shown = bench.get(first.header("location"), &token).await.json();
    assert_eq!((&shown["state"], &shown["connection"]), (&json!("waiting"), &json!("main")));
    assert_eq!(bench.get("/v1/manifests", &token).await.json()["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(bench.post("/v1/manifests?connection=other", &token, &json!({})).await.status, 404);
    assert_eq!(bench.post(&format!("{}/retry", first.header("location")), &token, &json!({})).await.status, 409);
}

#[tokio::test]
async fn its_file_is_given_without_a_path_of_the_server() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read], &[]).await;
    done(&bench, "main.7", "main", ManifestState::Done).await;
    let shown = bench.get("/v1/manifests/main.7", &token).await;
    assert_eq!(shown.json()["files"], json!(["/v1/manifests/main.7/files/1"]));
    assert_eq!(shown.json()["left"][0]["reason"], "it is not printed");
    assert!(!String::from_utf8_lossy(&shown.body).contains(bench.folder.path().to_str().unwrap()));
    let file = bench.get("/v1/manifests/main.7/files/1", &token).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/pdf"));
    for nothing in ["/v1/manifests/main.7/files/0", "/v1/manifests/main.7/files/2", "/v1/manifests/main.8"] {
        assert_eq!(bench.get(nothing, &token).await.status, 404, "{nothing}");
    }
}

#[tokio::test]
async fn manifests_of_other_connections_are_not_there_and_making_one_takes_the_scope() {
    let bench = Bench::new();
    done(&bench, "main.7", "main", ManifestState::Attention).await;
    let other = bench.token(&[Scope::Read, Scope::Write], &["other"]).await;
    assert_eq!(bench.get("/v1/manifests/main.7", &other).await.status, 404);
    assert_eq!(bench.post("/v1/manifests/main.7/retry", &other, &json!({})).await.status, 404);
    assert_eq!(bench.get("/v1/manifests", &other).await.json()["manifests"], json!([]));
    let reader = bench.token(&[Scope::Read], &[]).await;
    assert_eq!(bench.post("/v1/manifests?connection=main", &reader, &json!({})).await.status, 403);
    let writer = bench.token(&[Scope::Write], &[]).await;
    assert_eq!(bench.post("/v1/manifests/main.7/retry", &writer, &json!({})).await.json()["state"], "waiting");
}

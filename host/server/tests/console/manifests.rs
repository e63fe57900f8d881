//! The page of manifests.

use axum::http::StatusCode;
use connote_server::store::users::Role;
use connote_server::store::{ManifestResult, ManifestRow, ManifestState};

use crate::App;

async fn rows(app: &App) -> Vec<ManifestRow> {
    app.engine.store().read(|tables| ManifestRow::newest(tables, None, 10)).await.unwrap()
}

#[tokio::test]
async fn the_button_says_how_many_consignments_and_takes_an_operator_with_a_form_of_ours() {
    let app = App::start();
    crate::printed(&app).await;
    let viewer = app.login(Role::View).await;
    let page = app.get("/manifests", &viewer.cookie).await;
    assert!(page.text.contains("1 consignment printed") && !page.text.contains("Manifest now"), "{}", page.text);
    assert_eq!(app.act("/manifests/make/main", &viewer, &[]).await.status, StatusCode::FORBIDDEN);
    let own = app.login(Role::Operate).await;
    let page = app.get("/manifests", &own.cookie).await;
    let asks = page.text.split_once("Manifest now: hand 1 consignment to the courier</summary>").unwrap().1;
    let (again, button) = asks.split_once("id=\"manifest-main\"").unwrap();
    assert!(again.contains("billing may start") && button.contains("Yes, hand them over"), "{}", page.text);
    assert_eq!(app.post("/manifests/make/main", &own.cookie, &[("csrf", "x")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(rows(&app).await, []);
    let made = app.act("/manifests/make/main", &own, &[]).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/manifests"));
    assert_eq!(rows(&app).await[0].asked_by, "operate");
    assert_eq!(app.act("/manifests/make/nowhere", &own, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_that_was_refused_shows_why_and_is_tried_again_by_its_button() {
    let app = App::start();
    let file = app.folder.path().join("m.pdf");
    std::fs::write(&file, b"%PDF-1.4 %%EOF").unwrap();
    let result = ManifestResult { files: vec![file.display().to_string()], ..ManifestResult::default() };
    let row = ManifestRow {
        id: "main.7".into(),
        connection: "main".into(),
        state: ManifestState::Attention,
        reason: "Starshipit refused <the manifest>".into(),
        result,
        ..ManifestRow::default()
    };
    app.engine.store().write(move |tables| row.save(tables, 1)).await.unwrap();
    let own = app.login(Role::Operate).await;
    let page = app.get("/manifests", &own.cookie).await;
    assert!(page.text.contains("Starshipit refused &lt;the manifest&gt;"), "{}", page.text);
    let pdf = app.get("/manifests/file/main.7/1", &own.cookie).await;
    assert_eq!((pdf.status, pdf.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert_eq!(app.get("/manifests/file/main.7/1", "").await.status, StatusCode::SEE_OTHER, "not without a log-in");
    assert_eq!(app.act("/manifests/retry/main.7", &own, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(rows(&app).await[0].state, ManifestState::Waiting);
    assert_eq!(app.act("/manifests/retry/main.7", &own, &[]).await.status, StatusCode::CONFLICT);
}

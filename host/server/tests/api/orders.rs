use connote_host::desk::{Desk as _, Folder};
use connote_server::store::OrderState;
use connote_server::store::tokens::Scope;
use connote_types::types::Document;
use serde_json::json;

use crate::bench::{Bench, key, sample};

async fn bench() -> (Bench, String) {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    (bench, token)
}

#[tokio::test]
async fn an_order_that_is_handed_in_waits_and_is_shown_with_its_document() {
    let (bench, token) = bench().await;
    let reply = bench.post("/v1/orders?connection=main", &token, &sample()).await;
    assert_eq!((reply.status, reply.header("location")), (202, "/v1/orders/main/SO-48210"));
    let order = bench.get(reply.header("location"), &token).await.json();
    assert_eq!((&order["state"], &order["number"]), (&json!("waiting"), &json!("WEB-48210")));
    assert_eq!((&order["document"], &order["attempts"], &order["labels"]), (&sample(), &json!([]), &json!(0)));
    assert!(order["due-ms"].as_u64().is_some() && order.get("shipment").is_none() && order.get("asked").is_none());
}

#[tokio::test]
async fn an_order_is_found_by_its_id_whatever_letters_it_has() {
    let (bench, token) = bench().await;
    let address = bench.order(&token, "main", "%C3%BC%2F1%20%23%3F").await;
    assert_eq!(address, "/v1/orders/main/%C3%BC%2F1%20%23%3F");
    assert_eq!(bench.get(&address, &token).await.json()["source-id"], "ü/1 #?");
    assert_eq!(bench.post(&format!("{address}/cancel"), &token, &json!({})).await.status, 202);
    assert_eq!(bench.get("/v1/orders/main/%00", &token).await.status, 404);
}

#[tokio::test]
async fn the_last_shipment_is_shown_without_paths_of_the_server() {
    let (bench, token) = bench().await;
    let address = bench.order(&token, "main", "1").await;
    let shipped =
        json!({ "outcome": "shipped", "tracking": ["33SBX1"], "files": ["/srv/canary/1.pdf", "/srv/canary/2.pdf"] });
    bench.change("main", "1", move |row| row.shipment = shipped.to_string()).await;
    let reply = bench.get(&address, &token).await;
    let order = reply.json();
    assert_eq!(order["shipment"], json!({ "outcome": "shipped", "tracking": ["33SBX1"] }));
    assert_eq!(order["labels"], 2);
    assert!(!String::from_utf8_lossy(&reply.body).contains("canary"));
    let found = bench.get("/v1/orders?text=33SBX1", &token).await.json();
    assert_eq!(found["orders"][0]["source-id"], "1");
}

#[tokio::test]
async fn an_order_that_is_done_is_not_tried_again() {
    let (bench, token) = bench().await;
    let address = bench.order(&token, "main", "1").await;
    bench.change("main", "1", |row| row.state = OrderState::Done).await;
    for what in ["retry", "cancel"] {
        let reply = bench.post(&format!("{address}/{what}"), &token, &json!({})).await;
        assert_eq!((reply.status, reply.problem().as_str()), (409, "over"), "{what}");
        assert!(!reply.json()["detail"].as_str().unwrap().is_empty());
    }
    let before = bench.row("main", "1").await;
    assert_eq!(bench.row("main", "1").await, before);
}

#[tokio::test]
async fn an_order_that_needs_a_person_is_tried_again_and_cancelled_once() {
    let (bench, token) = bench().await;
    let address = bench.order(&token, "main", "1").await;
    bench.change("main", "1", |row| row.state = OrderState::Attention).await;
    let reply = bench.post(&format!("{address}/retry"), &token, &json!({})).await;
    assert_eq!((reply.status, &reply.json()["asked"]), (202, &json!("retry")));
    bench.change("main", "1", |row| row.state = OrderState::Cancelled).await;
    let reply = bench.post(&format!("{address}/cancel"), &token, &json!({})).await;
    assert_eq!((reply.status, reply.problem().as_str()), (409, "nothing-changed"));
}

#[tokio::test]
async fn a_correction_that_changes_nothing_is_refused_with_409() {
    let (bench, token) = bench().await;
    let address = format!("{}/correct", bench.order(&token, "main", "1").await);
    let corrected = json!({ "corrections": { "destination.post-code": "3055" } });
    let reply = bench.post(&address, &token, &corrected).await;
    assert_eq!(reply.status, 202, "{}", String::from_utf8_lossy(&reply.body));
    assert_eq!(reply.json()["corrections"], corrected["corrections"]);
    let again = bench.post(&address, &token, &corrected).await;
    assert_eq!((again.status, again.problem().as_str()), (409, "nothing-changed"));
    let mut order = sample();
    order["reference"] = "PO 2".into();
    let reply =
        bench.post(&address, &token, &json!({ "document": order, "corrections": corrected["corrections"] })).await;
    assert_eq!(reply.status, 202);
    assert_eq!(bench.get("/v1/orders/main/1", &token).await.json()["document"], order);
}

#[tokio::test]
async fn a_correction_of_another_form_is_refused_with_the_field() {
    let (bench, token) = bench().await;
    let address = format!("{}/correct", bench.order(&token, "main", "1").await);
    for (body, path) in [
        (json!({ "corrections": [] }), "corrections"),
        (json!({ "corrections": { "number": 1 } }), "corrections.number"),
        (json!({ "document": "x" }), "document"),
        (json!({ "correction": {} }), "correction"),
    ] {
        let reply = bench.post(&address, &token, &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid"), "{body}");
        assert_eq!(reply.json()["fields"][0]["path"], path);
    }
}

#[tokio::test]
async fn a_correction_that_cannot_be_used_is_refused_with_422_and_its_fields() {
    let (bench, token) = bench().await;
    let address = format!("{}/correct", bench.order(&token, "main", "1").await);
    let before = bench.row("main", "1").await;
    let mut order = sample();
    order["destination"]["country"] = "Atlantis".into();
    for (body, path) in [
        (json!({ "corrections": { "destination.bogus": "x" } }), "destination.bogus"),
        (json!({ "corrections": { "source-id": "2" } }), "source-id"),
        (json!({ "document": order }), "destination.country"),
    ] {
        let reply = bench.post(&address, &token, &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "refused"), "{body}");
        let fields = reply.json()["fields"].to_string();
        assert!(fields.contains(path), "{path}: {fields}");
    }
    assert_eq!(bench.row("main", "1").await, before);
}

#[tokio::test]
async fn an_id_that_cannot_be_used_is_refused_with_its_field() {
    let (bench, token) = bench().await;
    let long = "x".repeat(256);
    for path in [format!("/v1/orders?connection=main&source-id={long}"), format!("/v1/orders/warehouse/{long}/ship")] {
        let reply = bench.post(&path, &token, &sample()).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "refused"));
        assert_eq!(reply.json()["fields"][0]["path"], "source-id");
    }
}

#[tokio::test]
async fn the_button_ships_an_order_of_a_source_that_is_not_known_yet() {
    let (bench, token) = bench().await;
    let reply = bench.post("/v1/orders/warehouse/77/ship", &token, &json!({})).await;
    assert_eq!((reply.status, &reply.json()["state"]), (202, &json!("waiting")));
    for path in ["/v1/orders/main/77/ship", "/v1/orders/main/77/retry", "/v1/orders/main/77/correct"] {
        let reply = bench.post(path, &token, &json!({ "corrections": { "reference": "x" } })).await;
        assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"), "{path}");
    }
}

#[tokio::test]
async fn a_label_is_a_pdf_at_an_address_of_its_own() {
    let (bench, token) = bench().await;
    let address = bench.order(&token, "main", "1").await;
    let labels = format!("{address}/labels");
    assert_eq!(bench.get(&labels, &token).await.json(), json!({ "labels": [] }));
    assert_eq!(bench.get(&format!("{labels}/1"), &token).await.status, 404);
    let document = |label_type: &str, body: &[u8]| Document {
        label_type: label_type.into(),
        media_type: "application/pdf".into(),
        body: body.to_vec(),
    };
    let number = bench.row("main", "1").await.unwrap().number;
    let desk = Folder(bench.folder.path().join("labels"));
    desk.file(&key("main", "1"), &number, &[document("Label", b"%PDF-1"), document("Customs", b"%PDF-2")]).unwrap();
    let listed = bench.get(&labels, &token).await.json();
    assert_eq!(listed["labels"][1]["href"], format!("{labels}/2"));
    let reply = bench.get(&format!("{labels}/2"), &token).await;
    assert_eq!((reply.status, reply.header("content-type"), &reply.body[..]), (200, "application/pdf", &b"%PDF-2"[..]));
    assert!(reply.header("content-disposition").starts_with("inline; filename=\"WEB-48210-"));
    for n in ["0", "3", "-1", "x", "18446744073709551616"] {
        assert_eq!(bench.get(&format!("{labels}/{n}"), &token).await.status, 404, "{n}");
    }
}

#[tokio::test]
async fn a_connection_tells_what_waits_and_is_paused_and_resumed() {
    let (bench, token) = bench().await;
    bench.order(&token, "main", "1").await;
    bench.order(&token, "main", "2").await;
    let find = async || {
        let list = bench.get("/v1/connections", &token).await.json();
        list["connections"].as_array().unwrap().iter().find(|one| one["name"] == "main").unwrap().clone()
    };
    let main = find().await;
    assert_eq!(
        (&main["paused"], &main["orders"], &main["handed-in"]),
        (&json!(false), &json!({ "waiting": 2 }), &json!(true))
    );
    assert_eq!(main["webhooks"], json!(["shopify", "starshipit", "woocommerce"]));
    let reply = bench.post("/v1/connections/main/pause", &token, &json!({})).await;
    assert_eq!((reply.status, reply.json()), (200, json!({ "connection": "main", "paused": true })));
    assert!(bench.engine.journal().note("paused/main").unwrap().is_some());
    assert_eq!(find().await["paused"], true);
    bench.post("/v1/connections/main/resume", &token, &json!({})).await;
    assert!(bench.engine.journal().note("paused/main").unwrap().is_none());
    assert_eq!(bench.post("/v1/connections/nobody/pause", &token, &json!({})).await.status, 404);
    assert!(bench.engine.journal().note("paused/nobody").unwrap().is_none());
}

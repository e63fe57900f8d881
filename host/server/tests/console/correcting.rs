//! A failed order is put right.

use axum::http::StatusCode;
use connote_host::journal::{Ending, OrderKey};
use connote_server::store::users::Role;
use connote_server::store::{Asked, Found, OrderState, Priority};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::{Address, Order, OrderRecord, Parcel};

use crate::{App, at, fail, printed, tried};

const FIELD: &str = "f:destination.post-code";
const WAS: &str = "w:destination.post-code";

#[tokio::test]
async fn the_failing_field_is_marked_and_the_difference_is_shown_before_it_is_saved() {
    let app = App::start();
    let key = app.refused().await;
    let own = app.login(Role::Operate).await;
    let path = format!("{}/correct", at(&key));
    let form = app.get(&path, &own.cookie).await;
    assert_eq!(form.status, StatusCode::OK);
    let was = form.hidden(WAS);
    let entry = form.text.split_once(&format!("id=\"{FIELD}\"")).unwrap().1.split_once('>').unwrap().0;
    assert!(entry.contains("autofocus") && entry.contains("aria-invalid=\"true\""), "{entry}");
    assert!(form.text.contains("no courier knows it together with this suburb"));

    let preview = app.act(&path, &own, &[(WAS, &was), (FIELD, " 3999 ")]).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(preview.text.contains(&format!("<del>{was}</del>")) && preview.text.contains("<ins>3999</ins>"));
    assert_eq!(app.order(&key).await.state, OrderState::Attention, "nothing is saved yet");

    let saved =
        app.act(&path, &own, &[(WAS, &preview.hidden(WAS)), (FIELD, &preview.hidden(FIELD)), ("step", "save")]).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (StatusCode::SEE_OTHER, &*format!("{}?done=correct", at(&key)))
    );
    let row = app.order(&key).await;
    assert_eq!((row.corrections.as_str(), row.state), (r#"{"destination.post-code":"3999"}"#, OrderState::Waiting));

    let again = app.get(&path, &own.cookie).await;
    assert_eq!(again.hidden(WAS), "3999");
    assert!(again.text.contains(&format!("The source says: {was}")));
    // Emptied, the correction is taken back.
    let back = app.act(&path, &own, &[(WAS, "3999"), (FIELD, ""), ("step", "save")]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    assert_eq!(app.order(&key).await.corrections, "");
}

#[tokio::test]
async fn a_correction_that_changes_nothing_is_refused() {
    let app = App::start();
    let key = app.refused().await;
    let own = app.login(Role::Operate).await;
    let path = format!("{}/correct", at(&key));
    let was = app.get(&path, &own.cookie).await.hidden(WAS);
    let same = app.act(&path, &own, &[(WAS, &was), (FIELD, &was)]).await;
    assert!(same.status == StatusCode::CONFLICT && same.text.contains("Nothing has changed"), "{}", same.text);
    let emptied = app.act(&path, &own, &[(WAS, &was), (FIELD, "")]).await;
    assert_eq!(emptied.status, StatusCode::CONFLICT, "text of the order cannot be taken away");
    let saved = app.act(&path, &own, &[("step", "save")]).await;
    assert!(saved.status == StatusCode::CONFLICT && saved.text.contains("it is as it was"), "{}", saved.text);
    assert_eq!(app.order(&key).await.state, OrderState::Attention);
}

#[tokio::test]
async fn what_others_have_corrected_meanwhile_stays() {
    let app = App::start();
    let key = app.refused().await;
    let own = app.login(Role::Operate).await;
    let path = format!("{}/correct", at(&key));
    let form = app.get(&path, &own.cookie).await;
    let others = [("destination.phone".to_owned(), "0255500000".to_owned())].into_iter().collect();
    app.engine.correct(&key, Some(others), None).await.unwrap();
    let phone = form.hidden("w:destination.phone");
    let fields = [
        (WAS, &*form.hidden(WAS)),
        (FIELD, "3999"),
        ("w:destination.phone", &phone),
        ("f:destination.phone", &phone),
        ("step", "save"),
    ];
    assert_eq!(app.act(&path, &own, &fields).await.status, StatusCode::SEE_OTHER);
    let corrections = app.order(&key).await.corrections;
    assert_eq!(corrections, r#"{"destination.phone":"0255500000","destination.post-code":"3999"}"#);
}

#[tokio::test]
async fn an_order_of_a_source_is_shown_as_it_was_last_tried() {
    let app = App::start();
    let key = OrderKey { connection: "warehouse".into(), source_id: "W/1".into() };
    let (of, now_ms) = (key.clone(), app.engine.now_ms());
    let store = app.engine.store();
    let found = Found { key: of, number: "SO-1".into(), document: None, priority: Priority::Import };
    store
        .write(move |tables| {
            let mut row = found.store(tables, now_ms)?;
            fail(&mut row, "refused");
            row.save(tables, now_ms)
        })
        .await
        .unwrap();
    let own = app.login(Role::Operate).await;
    let path = format!("{}/correct", at(&key));
    let unknown = app.get(&path, &own.cookie).await.text;
    assert!(unknown.contains("not known here yet"));
    let destination = Address { suburb: "Carlton".into(), post_code: "3053".into(), ..Address::default() };
    let parcels = [1_200, 800].map(|grams| Parcel { weight_g: vec![grams], ..Parcel::default() }).to_vec();
    let order = Order { destination, parcels, ..Order::default() };
    let ending = Ending::Failed(Problem::new(Disposition::Rejected, "refused"));
    tried(&app, &key, order, "{}", ending, OrderRecord::default());
    let form = app.get(&path, &own.cookie).await;
    assert_eq!((form.hidden(WAS).as_str(), form.hidden("w:parcels[].weight-g").as_str()), ("3053", ""));
    assert!(form.text.contains("They differ: now 1200, 800"));
}

#[tokio::test]
async fn a_field_that_the_mapping_refused_is_marked_though_its_path_is_of_the_source() {
    let app = App::start();
    let own = app.login(Role::Operate).await;
    let long = "has 12 characters and Starshipit takes 10 in destination.post_code: shorten it, or add a rule for \
                destination.post_code with cut";
    for (id, message) in [("W/2", long), ("W/3", "the postcode is missing")] {
        let key = OrderKey { connection: "warehouse".into(), source_id: id.into() };
        let (of, now_ms) = (key.clone(), app.engine.now_ms());
        let found = Found { key: of, number: String::new(), document: None, priority: Priority::Import };
        app.engine
            .store()
            .write(move |tables| {
                let mut row = found.store(tables, now_ms)?;
                let problem = Problem::new(Disposition::Rejected, "the order cannot be shipped as it is")
                    .field("order.ship_to_address.postal_code", message);
                fail(&mut row, &problem.message);
                row.shipment = serde_json::json!({ "problem": problem }).to_string();
                row.save(tables, now_ms)
            })
            .await
            .unwrap();
        let path = format!("{}/correct", at(&key));
        let form = app.get(&path, &own.cookie).await;
        let entry = form.text.split_once(&format!("id=\"{FIELD}\"")).unwrap().1.split_once('>').unwrap().0;
        assert!(entry.contains("autofocus") && entry.contains("aria-invalid=\"true\""), "{entry}");
        let preview = app.act(&path, &own, &[(WAS, ""), (FIELD, "3000")]).await.text;
        assert!(preview.contains("<del>(not known here)</del>") && !preview.contains("(nothing)"), "{preview}");
    }
}

#[tokio::test]
async fn what_is_printed_is_not_corrected_and_what_is_over_is_not_tried_again() {
    let app = App::start();
    let key = printed(&app).await;
    let own = app.login(Role::Operate).await;
    let order = at(&key);
    let refused = app.get(&format!("{order}/correct"), &own.cookie).await;
    assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("label is bought"));
    for what in ["retry", "cancel"] {
        let refused = app.act(&format!("{order}/{what}"), &own, &[]).await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("nothing is left to do"), "{what}");
        assert!(refused.text.contains(&format!("href=\"{order}\"")), "a way back");
        assert!(refused.text.contains("<nav aria-label=\"Pages\""), "and the way elsewhere");
    }
    assert_eq!(app.order(&key).await.asked, Asked::Nothing);
}

#[tokio::test]
async fn an_order_is_tried_again_and_cancelled() {
    let app = App::start();
    let key = app.refused().await;
    let own = app.login(Role::Operate).await;
    let order = at(&key);
    let retried = app.act(&format!("{order}/retry"), &own, &[("anyway", "true")]).await;
    assert_eq!((retried.status, retried.header("location")), (StatusCode::SEE_OTHER, &*format!("{order}?done=retry")));
    assert_eq!(app.order(&key).await.asked, Asked::Anyway);
    assert!(app.get(retried.header("location"), &own.cookie).await.text.contains("It is tried again."));
    assert_eq!(app.act(&format!("{order}/cancel"), &own, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.order(&key).await.asked, Asked::Cancel);
}

//! Administrators say who may do what.

use axum::http::StatusCode;
use connote_server::store::users::Role;

use crate::{App, PASSWORD};

#[tokio::test]
async fn an_administrator_makes_users_and_changes_them() {
    let app = App::start();
    let root = app.login(Role::Administer).await;
    let fields = [("name", "Bo <b>"), ("password", PASSWORD), ("role", "view")];
    let made = app.act("/users", &root, &fields).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/users"));
    let again = app.act("/users", &root, &fields).await;
    assert!(again.status == StatusCode::CONFLICT && again.text.contains("already"), "{}", again.text);
    let page = app.get("/users", &root.cookie).await.text;
    assert!(page.contains("Bo &lt;b&gt;") && !page.contains("Bo <b>"));
    let changed = app.act("/users/Bo%20%3Cb%3E/role", &root, &[("role", "operate")]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    assert_eq!(app.act("/users/nobody/role", &root, &[("role", "view")]).await.status, StatusCode::CONFLICT);
    assert_eq!(app.act("/users/nobody/role", &root, &[("role", "king")]).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_last_administrator_cannot_give_that_away() {
    let app = App::start();
    let root = app.login(Role::Administer).await;
    for (path, fields) in [("/users/administer/role", &[("role", "view")][..]), ("/users/administer/disable", &[])] {
        let refused = app.act(path, &root, fields).await;
        assert!(refused.status == StatusCode::CONFLICT && refused.text.contains("last administrator"), "{path}");
    }
    assert_eq!(app.get("/users", &root.cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_changes_the_own_password_and_stays_logged_in() {
    let app = App::start();
    let own = app.login(Role::View).await;
    let wrong = app.act("/account", &own, &[("old", "wrong password"), ("password", "battery staple")]).await;
    assert_eq!(wrong.status, StatusCode::CONFLICT);
    let right = app.act("/account", &own, &[("old", PASSWORD), ("password", "battery staple")]).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER, "{}", right.text);
    assert_eq!(app.get("/", &own.cookie).await.status, StatusCode::OK);
    let old = app.act("/account", &own, &[("old", PASSWORD), ("password", PASSWORD)]).await;
    assert_eq!(old.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_new_password_logs_out_whoever_had_the_old_one() {
    let app = App::start();
    let root = app.login(Role::Administer).await;
    let view = app.login(Role::View).await;
    assert_eq!(
        app.act("/users/view/password", &root, &[("password", "battery staple")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(app.get("/", &view.cookie).await.status, StatusCode::SEE_OTHER);
}

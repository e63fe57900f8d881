//! Who gets in, and what proves that a form is theirs.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use connote_server::console::setup_token;
use connote_server::store::OrderState;
use connote_server::store::users::{Role, User};
use secrecy::ExposeSecret as _;

use crate::{App, PASSWORD, at};

async fn try_in(app: &App, name: &str, password: &str) -> crate::Answered {
    let page = app.get("/login", "").await;
    let fields = [("csrf", &*page.hidden("csrf")), ("name", name), ("password", password), ("next", "/events")];
    app.post("/login", &page.cookie("connote-form"), &fields).await
}

#[tokio::test]
async fn one_logs_in_and_out_and_is_sent_where_one_wanted_to() {
    let app = App::start();
    app.user("ann", Role::View).await;
    let asked = app.get("/events?state=new", "").await;
    assert_eq!(
        (asked.status, asked.header("location")),
        (StatusCode::SEE_OTHER, "/login?next=%2Fevents%3Fstate%3Dnew")
    );
    let inside = try_in(&app, "ANN", PASSWORD).await;
    assert_eq!((inside.status, inside.header("location")), (StatusCode::SEE_OTHER, "/events"));
    let set = inside.headers.get_all("set-cookie").iter().next().unwrap().to_str().unwrap();
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{set}");
    let cookie = inside.cookie("connote");
    let page = app.get("/", &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    let out = app.post("/logout", &cookie, &[("csrf", &page.hidden("csrf"))]).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/login"));
    assert_eq!(app.get("/", &cookie).await.status, StatusCode::SEE_OTHER, "the old cookie is worth nothing");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let app = App::start();
    app.user("ann", Role::View).await;
    let wrong = try_in(&app, "ann", "wrong password").await;
    let unknown = try_in(&app, "eve", "wrong password").await;
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert!(wrong.text.contains("do not go together") && wrong.cookie("connote").is_empty());
    let plain = |text: &str, name: &str| text.replace(name, "NAME").split("csrf").next().unwrap().to_owned();
    assert_eq!(plain(&wrong.text, "ann"), plain(&unknown.text, "eve"));
    assert!(!wrong.text.contains("wrong password"), "no password stands on a page");
}

#[tokio::test]
async fn after_five_wrong_passwords_the_right_one_has_to_wait_too() {
    let app = App::start();
    app.user("ann", Role::View).await;
    for _ in 0..5 {
        assert_eq!(try_in(&app, "ann", "wrong password").await.status, StatusCode::UNAUTHORIZED);
    }
    let waits = try_in(&app, "Ann", PASSWORD).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = waits.header("retry-after").parse().unwrap();
    assert!((1..=15).contains(&seconds), "{seconds}");
    assert!(waits.cookie("connote").is_empty());
}

#[tokio::test]
async fn somebody_who_is_disabled_does_not_get_in() {
    let app = App::start();
    let root = app.login(Role::Administer).await;
    app.user("ann", Role::View).await;
    assert_eq!(app.act("/users/ann/disable", &root, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(try_in(&app, "ann", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.act("/users/ann/enable", &root, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(try_in(&app, "ann", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_without_the_token_of_its_session_changes_nothing() {
    let app = App::start();
    let key = app.refused().await;
    let before = app.order(&key).await;
    let own = app.login(Role::Operate).await;
    let other = app.login(Role::Administer).await;
    let paths = ["retry", "cancel", "correct"].map(|what| format!("{}/{what}", at(&key)));
    for path in paths.iter().map(String::as_str).chain(["/logout", "/users", "/connections/main/pause"]) {
        for token in ["", "x", &other.csrf] {
            let answered = app.post(path, &own.cookie, &[("csrf", token), ("step", "save")]).await;
            assert_eq!(answered.status, StatusCode::FORBIDDEN, "{path} {token}");
        }
        assert_eq!(app.post(path, &own.cookie, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        let nobody = app.post(path, "", &[("csrf", &own.csrf)]).await;
        assert_eq!((nobody.status, nobody.header("location")), (StatusCode::SEE_OTHER, "/login"), "{path}");
    }
    assert!(app.order(&key).await == before);
    assert_eq!(app.engine.journal().note("paused/main").unwrap(), None);
    assert_eq!(app.get("/", &own.cookie).await.status, StatusCode::OK, "nobody was logged out");
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_even_with_a_token() {
    let app = App::start();
    let own = app.login(Role::Operate).await;
    let request = Request::post("/connections/main/pause")
        .header("cookie", &own.cookie)
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("csrf={}", own.csrf)))
        .unwrap();
    assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.engine.journal().note("paused/main").unwrap(), None);
    let page = app.get("/login", "").await;
    let forged = [("csrf", "x"), ("name", "operate"), ("password", PASSWORD)];
    let answered = app.post("/login", &page.cookie("connote-form"), &forged).await;
    assert_eq!(answered.status, StatusCode::FORBIDDEN, "nobody is logged in by a stranger's page");
}

#[tokio::test]
async fn a_role_allows_what_it_says_and_shows_no_other_buttons() {
    let app = App::start();
    let key = app.refused().await;
    let (view, operate) = (app.login(Role::View).await, app.login(Role::Operate).await);
    let order = at(&key);
    let seen = app.get(&order, &view.cookie).await.text;
    for path in ["retry", "cancel", "correct"] {
        assert!(!seen.contains(&format!("{order}/{path}\"")), "{path}");
        let refused = app.act(&format!("{order}/{path}"), &view, &[("step", "save")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(app.get(&format!("{order}/correct"), &view.cookie).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.act("/connections/main/pause", &view, &[]).await.status, StatusCode::FORBIDDEN);
    assert!(!app.get("/connections", &view.cookie).await.text.contains("/pause"));
    assert_eq!(app.order(&key).await.state, OrderState::Attention);
    assert!(app.get(&order, &operate.cookie).await.text.contains("/retry"));
    for path in ["/users", "/users/view/role", "/users/view/password", "/users/view/disable"] {
        let refused = app.act(path, &operate, &[("role", "administer"), ("password", PASSWORD), ("name", "eve")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let page = app.get("/users", &operate.cookie).await;
    assert!(page.status == StatusCode::FORBIDDEN && page.text.contains("href=\"/\""), "{}", page.text);
}

#[tokio::test]
async fn the_setup_link_makes_one_administrator_once() {
    let app = App::start();
    assert!(app.get("/login", "").await.text.contains("Nobody can log in yet"));
    for path in ["/setup", "/setup?token=", "/setup?token=x"] {
        assert_eq!(app.get(path, "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let old = setup_token(app.engine.store()).await.unwrap().unwrap();
    let token = setup_token(app.engine.store()).await.unwrap().unwrap();
    let (old, token) = (old.expose_secret(), token.expose_secret());
    let page = |token: &str| format!("/setup?token={token}");
    assert_eq!(app.get(&page(old), "").await.status, StatusCode::NOT_FOUND, "an older link is over");
    assert_eq!(app.get(&page(token), "").await.status, StatusCode::OK);
    let fields = |token, name, password| [("token", token), ("name", name), ("password", password)];
    let short = app.post("/setup", "", &fields(token, "root", "short")).await;
    assert!(short.status == StatusCode::BAD_REQUEST && short.text.contains("at least 10"), "{}", short.text);
    assert_eq!(app.post("/setup", "", &fields("x", "root", PASSWORD)).await.status, StatusCode::NOT_FOUND);
    let made = app.post("/setup", "", &fields(token, "root", PASSWORD)).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/users"));
    assert_eq!(app.get("/users", &made.cookie("connote")).await.status, StatusCode::OK);
    assert_eq!(app.post("/setup", "", &fields(token, "eve", PASSWORD)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&page(token), "").await.status, StatusCode::NOT_FOUND);
    assert!(setup_token(app.engine.store()).await.unwrap().is_none());
    let users = app.engine.store().read(User::list).await.unwrap();
    assert_eq!(users.len(), 1);
}

#[tokio::test]
async fn neither_cookie_nor_password_stands_in_the_database() {
    let app = App::start();
    let own = app.login(Role::View).await;
    let secret = own.cookie.split_once('=').unwrap().1.as_bytes();
    for file in std::fs::read_dir(app.folder.path()).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        for text in [secret, PASSWORD.as_bytes()] {
            assert!(!bytes.windows(text.len()).any(|window| window == text), "{:?}", file.path());
        }
    }
}

#[tokio::test]
async fn what_is_asked_for_by_itself_keeps_nobody_logged_in() {
    let app = App::start();
    let own = app.login(Role::View).await;
    let seen = |app: &App| {
        let store = app.engine.clone();
        async move { store.store().read(User::seen).await.unwrap() }
    };
    let old_ms = app.engine.now_ms() - 3_600_000;
    let write = move |tables: &rusqlite::Transaction<'_>| {
        tables.execute("UPDATE server_sessions SET seen_ms = ?1", [old_ms]).map_err(Into::into)
    };
    app.engine.store().write(write).await.unwrap();
    let live = Request::get("/").header("cookie", &own.cookie).header("x-fragment", "live");
    let live = app.send(live.body(Body::empty()).unwrap()).await;
    assert!(live.status == StatusCode::OK && !live.text.contains("<html"), "{}", live.text);
    assert_eq!(seen(&app).await[0].1, old_ms);
    app.get("/", &own.cookie).await;
    assert!(seen(&app).await[0].1 > old_ms);
    let nobody = Request::get("/").header("x-fragment", "live").body(Body::empty()).unwrap();
    assert_eq!(app.send(nobody).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn cookies_are_for_https_alone_when_told() {
    let app = App::start();
    let state = connote_server::console::ConsoleState::new(app.engine.clone(), true);
    let app = App { router: connote_server::console::router(state), ..app };
    app.user("ann", Role::View).await;
    let page = app.get("/login", "").await;
    let set = page.header("set-cookie");
    assert!(set.starts_with("__Host-connote-form=") && set.contains("; Secure"), "{set}");
}

//! A guest reaches what it was given and nothing else.

use connote_edge_host::{EdgeLimits, SqliteFile, Store};

use crate::support::{Served, deeds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variable_that_was_not_given_is_absent() {
    let other = deeds().variable("secret", "canary");
    let other = connote_edge_host::EdgeComponent { name: "other".into(), routes: vec!["/other".into()], ..other };
    let served = Served::with(vec![deeds().variable("greeting", "kia ora"), other], EdgeLimits::default()).await;
    assert_eq!(served.ask("/deeds/config", &[("x-name", "greeting")]).await.body, "kia ora");
    for name in ["secret", "GREETING", "", "PATH", "no such/name"] {
        let answer = served.ask("/deeds/config", &[("x-name", name)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, "absent"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_not_given_is_denied() {
    let served = Served::new(deeds().store("cache", Store::memory(1_000))).await;
    for label in ["default", "cache"] {
        assert_eq!(served.ask("/deeds/get", &[("x-label", label), ("x-key", "a")]).await.body, "absent");
    }
    for label in ["", "claims", "Default"] {
        let answer = served.ask("/deeds/get", &[("x-label", label), ("x-key", "a")]).await;
        assert!(answer.status == 500 && answer.body.contains("AccessDenied"), "{label}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_read_written_and_listed() {
    let served = Served::new(deeds()).await;
    let at = |key| [("x-label", "default"), ("x-key", key), ("x-value", "7")];
    assert_eq!(served.ask("/deeds/set", &at("b")).await.body, "set");
    assert_eq!(served.ask("/deeds/set", &at("a")).await.body, "set");
    assert_eq!(served.ask("/deeds/get", &at("a")).await.body, "7");
    assert_eq!(served.ask("/deeds/keys", &at("")).await.body, "a b");
    assert_eq!(served.ask("/deeds/delete", &at("a")).await.body, "deleted");
    assert_eq!(served.ask("/deeds/get", &at("a")).await.body, "absent");
    let answer = served.ask("/deeds/increment", &at("b")).await;
    assert!(answer.status == 500 && answer.body.contains("cannot be added to"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_guests_that_add_at_one_time_get_a_hundred_sums_and_a_reopened_file_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edge.db");
    let at = [("x-label", "default"), ("x-key", "claims"), ("x-value", "1")];
    let open = || deeds().store("default", SqliteFile::open(&path).unwrap().store("default"));
    let mut served = Served::new(open()).await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let mut client = served.connect().await;
        asked.spawn(async move { crate::support::ask_on(&mut client, "/deeds/increment", &at, "").await });
    }
    let mut sums: Vec<u32> = asked.join_all().await.into_iter().map(|answer| answer.body.parse().unwrap()).collect();
    sums.sort_unstable();
    assert_eq!(sums, (1..=100).collect::<Vec<u32>>());
    served.stop().await;
    assert_eq!(Served::new(open()).await.ask("/deeds/increment", &at).await.body, "101");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_was_not_given_is_denied_and_a_private_one_needs_its_name() {
    let mut far_end = crate::joining::FarEnd::new().await;
    far_end.answers(10);
    let url = far_end.url.clone();
    for (allowed, error) in [
        ("https://api.example.com", "HttpRequestDenied"),
        ("http://127.0.0.1", "HttpRequestDenied"),
        ("*://*:*", "DestinationIpProhibited"),
    ] {
        let served = Served::new(deeds().allow(allowed)).await;
        let answer = served.ask("/deeds/out", &[("x-url", &url)]).await;
        assert!(answer.status == 502 && answer.body.contains(error), "{allowed}: {answer:?}");
    }
    let served = Served::new(deeds().allow("https://api.example.com").allow(&url)).await;
    assert_eq!(
        served.ask("/deeds/out", &[("x-url", &url), ("x-body", "hi"), ("x-method", "POST")]).await.body,
        "200 5 POST "
    );
    assert_eq!(far_end.came().await, "POST / hi");
}

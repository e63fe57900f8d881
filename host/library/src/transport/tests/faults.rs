use std::time::{Duration, Instant};

use super::*;

#[tokio::test]
async fn a_request_arrives_as_it_was_asked_with_what_the_account_adds() {
    let server = Server::saying(ok("fine")).await;
    let mut account = server.account().at(format!("http://{}/prefix/", server.address));
    account.headers = vec![("Accept-Version".into(), "1".into())];
    let mut request = once("/api/orders?a=%2F");
    request.headers = vec![("content-type".into(), "application/json".into()), ("accept-version".into(), "9".into())];
    let answer = response(ask(&transport(account), &request, WITHIN_MS).await);
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"fine".as_slice()));
    let head = server.heads().remove(0);
    assert!(head.starts_with("POST /prefix/api/orders?a=%2F HTTP/1.1\r\n"), "{head}");
    for line in [
        format!("host: {}", server.address),
        format!("x-key: {CANARY}"),
        "accept-version: 1".into(),
        "content-type: application/json".into(),
        "content-length: 2".into(),
        concat!("user-agent: connote/", env!("CARGO_PKG_VERSION")).into(),
    ] {
        assert!(head.lines().any(|other| other == line), "{line:?} is not in {head}");
    }
    assert!(!head.contains("accept-version: 9"));
}

#[tokio::test]
async fn a_server_that_refuses_the_connection_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let account = fast(Account::new("a", format!("http://{address}"), Auth::None).allowing_private());
    assert!(not_sent(ask(&transport(account), &once("/"), WITHIN_MS).await).contains("connection refused"));
}

#[tokio::test]
async fn a_connection_that_closes_before_the_request_leaves_is_not_sent() {
    let (closed, closing) = tokio::sync::oneshot::channel();
    let closed = Mutex::new(Some(closed));
    let server = Server::run(move |_, peer| {
        drop(peer);
        let _ = closed.lock().unwrap().take().unwrap().send(());
        async {}
    })
    .await;
    let transport = transport(server.account());
    // The close is seen while preparing or while sending; nothing has left either way.
    let ready = transport.prepare(&once("/"), WITHIN_MS).await;
    closing.await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = match ready {
        Ok(ready) => ready.send(WITHIN_MS).await,
        Err(why) => Answer::NotSent(why),
    };
    assert!(not_sent(answer).contains("closed"));
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn a_reset_after_the_request_was_read_is_unknown() {
    let server = Server::run(|_, mut peer| async move {
        peer.request().await;
        peer.reset();
    })
    .await;
    unknown(asked(&server, &once("/")).await);
    assert_eq!(server.heads().len(), 1, "a once request was repeated");
}

#[tokio::test]
async fn an_end_before_or_inside_the_answer_is_unknown() {
    for part in ["", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
        let server = Server::run(move |_, mut peer| async move {
            peer.request().await;
            peer.say(part.as_bytes()).await;
        })
        .await;
        unknown(asked(&server, &once("/")).await);
        assert_eq!(server.heads().len(), 1, "a once request was repeated");
    }
}

#[tokio::test]
async fn a_server_that_hangs_or_drips_is_unknown_when_the_time_is_over() {
    let hangs = Server::run(|_, mut peer| async move {
        peer.request().await;
        std::future::pending::<()>().await;
    });
    let drips = Server::run(|_, mut peer| async move {
        peer.request().await;
        peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        loop {
            peer.say(b"x").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    for server in [hangs.await, drips.await] {
        let begun = Instant::now();
        let transport = transport(server.account());
        assert!(unknown(ask(&transport, &once("/"), 300).await).contains("300 ms"));
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_unknown_and_not_repeated_to_anyone() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(2_000));
    for said in ["SSH-2.0-canary\r\n\r\n", "HTTP/1.1 canary\r\n\r\n", long.as_str(), many.as_str()] {
        let server = Server::saying(said).await;
        let why = unknown(asked(&server, &once("/")).await);
        assert!(why.contains("not HTTP") && !why.contains("canary"), "{why}");
    }
}

#[tokio::test]
async fn an_answer_of_a_gigabyte_is_cut_off_at_the_limit_with_and_without_announcement() {
    for head in ["content-length: 1000000000", "transfer-encoding: chunked"] {
        let server = Server::run(move |_, mut peer| async move {
            peer.request().await;
            peer.say(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes()).await;
            let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
            for _ in 0..16_000 {
                if peer.stream.write_all(chunk.as_bytes()).await.is_err() {
                    return;
                }
            }
        })
        .await;
        let mut account = server.account();
        account.max_response_bytes = 100_000;
        let why = unknown(ask(&transport(account), &once("/"), WITHIN_MS).await);
        assert!(why.contains("max_response_bytes = 100000"), "{why}");
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_taken() {
    let server = Server::saying(ok("12345")).await;
    let mut account = server.account();
    account.max_response_bytes = 5;
    assert_eq!(response(ask(&transport(account), &once("/"), WITHIN_MS).await).body, b"12345");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Server::saying(ok("stolen")).await;
    let redirect = format!("HTTP/1.1 307 X\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n", elsewhere.address);
    let server = Server::saying(redirect).await;
    let answer = response(asked(&server, &once("/")).await);
    assert_eq!(answer.status, 307);
    assert!(answer.header("location").is_some());
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn only_listed_headers_of_an_answer_are_passed_on_in_lower_case() {
    let listed = "ETag: \"1\"\r\nRetry-After: 2\r\nTotal-Pages: 3\r\nX-RateLimit-Reset: 4\r\nRateLimit-Limit: 5\r\n\
                  X-Request-Id: 6\r\nIdempotent-Replayed: true\r\n";
    let others = "Set-Cookie: a=b\r\nServer: x\r\nDate: y\r\nX-Secret: z\r\nWWW-Authenticate: q\r\n";
    let server = Server::saying(format!("HTTP/1.1 200 OK\r\n{listed}{others}content-length: 0\r\n\r\n")).await;
    let names: Vec<_> = response(asked(&server, &get("/")).await).headers.into_iter().map(|(name, _)| name).collect();
    let wanted = [
        "etag",
        "retry-after",
        "total-pages",
        "x-ratelimit-reset",
        "ratelimit-limit",
        "x-request-id",
        "idempotent-replayed",
    ];
    assert_eq!(names, wanted);
}

#[tokio::test]
async fn reads_share_a_connection_and_once_requests_never_do() {
    let server = Server::saying(ok("x")).await;
    let transport = transport(server.account());
    for _ in 0..3 {
        response(ask(&transport, &get("/"), WITHIN_MS).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.count(), 1);
    for _ in 0..3 {
        response(ask(&transport, &once("/"), WITHIN_MS).await);
    }
    assert_eq!(server.count(), 4);
    tokio::time::sleep(Duration::from_millis(20)).await;
    response(ask(&transport, &get("/"), WITHIN_MS).await);
    assert_eq!(server.count(), 4, "a read-back did not use the open connection");
}

#[tokio::test]
async fn a_read_on_a_connection_that_the_server_has_given_up_is_sent_anew() {
    let server = Server::run(|number, mut peer| async move {
        peer.request().await;
        peer.say(&ok("x")).await;
        if number == 0 {
            peer.request().await;
            peer.reset();
        }
    })
    .await;
    let transport = transport(server.account());
    for _ in 0..2 {
        response(ask(&transport, &get("/"), WITHIN_MS).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_compressed_answer_is_unknown_since_its_secrets_could_not_be_seen() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx").await;
    assert!(unknown(asked(&server, &once("/")).await).contains("compressed"));
}

#[tokio::test]
async fn a_429_halves_the_rate_and_a_request_that_cannot_wait_is_not_sent() {
    let server = Server::saying("HTTP/1.1 429 X\r\ncontent-length: 0\r\n\r\n").await;
    let mut account = server.account();
    account.budget.per_second = Ratio::whole(2);
    let transport = transport(account);
    assert_eq!(response(ask(&transport, &once("/"), WITHIN_MS).await).status, 429);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let rate = Request { attributes: vec![("priority".into(), "rate".into())], ..once("/") };
    assert!(not_sent(ask(&transport, &rate, 700).await).contains("too late"));
    assert_eq!(server.heads().len(), 1);
    let waits = response(ask(&transport, &once("/"), 700).await);
    assert_eq!((waits.status, server.heads().len()), (429, 2), "standing in line does not count");
}

#[tokio::test]
async fn a_malformed_request_or_an_unknown_account_is_not_sent() {
    let server = Server::saying(ok("x")).await;
    let transport = transport(server.account());
    let other = Request { account: "b".into(), ..get("/") };
    let header = Request { headers: vec![("a b".into(), String::new())], ..get("/") };
    let method = Request { method: "A B".into(), ..get("/") };
    for request in [get("//evil.example/"), get("/a b"), header, method, other] {
        not_sent(ask(&transport, &request, WITHIN_MS).await);
    }
    assert_eq!(server.count(), 0);
}

use std::time::Duration;

use super::*;

const TOKEN: &str = "token-0123456789";

fn json(status: u16, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// Grants tokens `token-0123456789-1`, `-2`, …; the rest of it answers with `answer`, given the head of the request.
async fn server(expires: &'static str, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Server {
    let (fetches, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
    Server::run(move |_, mut peer| {
        let (fetches, answer) = (fetches.clone(), answer.clone());
        async move {
            while let Some(head) = peer.request().await {
                if head.starts_with("POST /uaa/oauth/token ") {
                    // Long enough for others to come meanwhile.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    let number = fetches.fetch_add(1, Ordering::SeqCst) + 1;
                    let body = format!("{{\"access_token\": \"{TOKEN}-{number}\", \"expires_in\": {expires}}}");
                    peer.say(&json(200, &body)).await;
                } else {
                    let said = answer(&head);
                    peer.say(&said).await;
                }
            }
        }
    })
    .await
}

fn account(server: &Server) -> Account {
    fast(Account::cartoncloud("client", CANARY).named("a").at(format!("http://{}", server.address)).allowing_private())
}

fn with_clock(account: Account) -> (HttpTransport, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::default());
    // The budget reads the same clock: each request comes in a time of its own.
    let settings = HttpSettings { clock: clock.clone(), ..HttpSettings::default() };
    (HttpTransport::new([account], Arc::new(MemoryBudget::default()), settings).unwrap(), clock)
}

fn fetches(server: &Server) -> usize {
    server.heads().iter().filter(|head| head.starts_with("POST /uaa/oauth/token ")).count()
}

#[tokio::test]
async fn the_token_call_too_names_the_version_and_the_client() {
    let server = server("3600", |_| ok("x")).await;
    response(ask(&transport(account(&server)), &get("/tenants/t"), WITHIN_MS).await);
    let heads = server.heads();
    for line in
        ["authorization: Basic Y2xpZW50OmNhbmFyeS01ZjFkOWM3ZQ==", "accept-version: 1", "grant_type=client_credentials"]
    {
        assert!(heads[0].lines().any(|other| other == line), "{line:?} is not in {}", heads[0]);
    }
    assert!(heads[1].contains(&format!("authorization: Bearer {TOKEN}-1")));
}

#[tokio::test]
async fn requests_that_come_together_fetch_one_token() {
    let server = server("3600", |_| ok("x")).await;
    let transport = transport(account(&server));
    let request = get("/tenants/t");
    let (a, b, c) = tokio::join!(
        ask(&transport, &request, WITHIN_MS),
        ask(&transport, &request, WITHIN_MS),
        ask(&transport, &request, WITHIN_MS)
    );
    [a, b, c].into_iter().for_each(|answer| assert_eq!(response(answer).status, 200));
    assert_eq!(fetches(&server), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_also_when_its_life_is_written_as_text() {
    for life in ["3600", "\"3600\""] {
        let server = server(life, |_| ok("x")).await;
        let (transport, clock) = with_clock(account(&server));
        for (now_s, wanted) in [(0, 1), (3_479, 1), (3_480, 2), (3_490, 2)] {
            clock.0.store(now_s * 1_000, Ordering::SeqCst);
            response(ask(&transport, &get("/tenants/t"), WITHIN_MS).await);
            assert_eq!(fetches(&server), wanted, "at {now_s} s");
        }
    }
}

#[tokio::test]
async fn a_token_that_lives_shorter_than_the_renewal_time_is_still_used_for_half_its_life() {
    let server = server("60", |_| ok("x")).await;
    let (transport, clock) = with_clock(account(&server));
    for (now_s, wanted) in [(0, 1), (29, 1), (30, 2)] {
        clock.0.store(now_s * 1_000, Ordering::SeqCst);
        response(ask(&transport, &get("/tenants/t"), WITHIN_MS).await);
        assert_eq!(fetches(&server), wanted, "at {now_s} s");
    }
}

#[tokio::test]
async fn a_401_is_answered_with_a_new_token_and_one_more_sending() {
    let server =
        server("3600", |head| if head.contains(&format!("{TOKEN}-1")) { json(401, "") } else { ok("x") }).await;
    assert_eq!(response(ask(&transport(account(&server)), &once("/tenants/t"), WITHIN_MS).await).status, 200);
    assert_eq!((fetches(&server), server.heads().len()), (2, 4));
}

#[tokio::test]
async fn a_second_401_stands() {
    let server = server("3600", |_| json(401, "[]")).await;
    assert_eq!(response(ask(&transport(account(&server)), &once("/tenants/t"), WITHIN_MS).await).status, 401);
    assert_eq!((fetches(&server), server.heads().len()), (2, 4));
}

#[tokio::test]
async fn two_401s_for_one_token_fetch_one_new_token() {
    let server =
        server("3600", |head| if head.contains(&format!("{TOKEN}-1")) { json(401, "") } else { ok("x") }).await;
    let transport = transport(account(&server));
    let request = get("/tenants/t");
    let (a, b) = tokio::join!(ask(&transport, &request, WITHIN_MS), ask(&transport, &request, WITHIN_MS));
    assert_eq!((response(a).status, response(b).status, fetches(&server)), (200, 200, 2));
}

#[tokio::test]
async fn an_unknown_after_the_renewal_is_unknown_and_no_other_status_is_sent_again() {
    for status in [400, 403, 409, 500, 503] {
        let server = server("3600", move |_| json(status, "{}")).await;
        assert_eq!(response(ask(&transport(account(&server)), &once("/tenants/t"), WITHIN_MS).await).status, status);
        assert_eq!(server.heads().len(), 2, "{status} was sent again");
    }
    let server = server("3600", |head| if head.contains("-1") { json(401, "") } else { b"nonsense\r\n\r\n".to_vec() });
    unknown(ask(&transport(account(&server.await)), &once("/tenants/t"), WITHIN_MS).await);
}

#[tokio::test]
async fn credentials_that_are_refused_are_a_401_with_the_words_of_the_far_end_and_no_secret() {
    let words = format!("{{\"error\": \"invalid_client\", \"error_description\": \"not {CANARY}\"}}");
    let server = Server::saying(json(400, &words)).await;
    let answer = response(ask(&transport(account(&server)), &once("/tenants/t"), WITHIN_MS).await);
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 401);
    assert!(body.contains("invalid_client") && !body.contains(CANARY), "{body}");
    assert!(server.heads().iter().all(|head| head.starts_with("POST /uaa/")));
}

#[tokio::test]
async fn a_token_endpoint_that_fails_is_not_sent() {
    for said in [
        json(500, CANARY),
        json(200, "{}"),
        json(200, &format!("{{\"access_token\": [\"{CANARY}\"]}}")),
        b"x\r\n\r\n".to_vec(),
    ] {
        let server = Server::saying(said).await;
        let why = not_sent(ask(&transport(account(&server)), &once("/tenants/t"), WITHIN_MS).await);
        assert!(why.contains("no token") && !why.contains(CANARY), "{why}");
    }
}

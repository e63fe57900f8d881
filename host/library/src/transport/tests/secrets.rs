use super::*;

#[tokio::test]
async fn secrets_that_the_far_end_echoes_are_taken_out_of_body_and_headers() {
    let echo = format!("{{\"you sent\": \"{CANARY}\"}}");
    let head = format!("HTTP/1.1 200 OK\r\nlink: </?key={CANARY}>\r\ncontent-length: {}\r\n\r\n{echo}", echo.len());
    let server = Server::saying(head).await;
    let answer = response(asked(&server, &get("/")).await);
    assert_eq!(answer.body, b"{\"you sent\": \"[secret]\"}");
    assert_eq!(answer.header("link"), Some("</?key=[secret]>"));
}

#[tokio::test]
async fn a_token_that_the_far_end_echoes_is_taken_out_too() {
    let server = Server::run(|_, mut peer| async move {
        while let Some(head) = peer.request().await {
            let fetch = head.starts_with("POST /uaa/");
            let body = if fetch { "{\"access_token\": \"bearer-canary\"}".to_owned() } else { head };
            peer.say(&ok(&body)).await;
        }
    })
    .await;
    let account = Account::cartoncloud("client", CANARY).at(format!("http://{}", server.address)).named("a");
    let answer = response(ask(&transport(fast(account.allowing_private())), &get("/tenants/"), WITHIN_MS).await);
    let body = String::from_utf8(answer.body).unwrap();
    assert!(body.contains("authorization: Bearer [secret]"), "{body}");
}

#[tokio::test]
async fn no_reason_ever_holds_a_secret() {
    let cut = format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{CANARY}");
    for said in [CANARY.to_owned() + "\r\n\r\n", format!("HTTP/1.1 {CANARY}\r\n\r\n"), cut] {
        let server = Server::run(move |_, mut peer| {
            let said = said.clone();
            async move {
                peer.request().await;
                peer.say(said.as_bytes()).await;
            }
        })
        .await;
        assert!(!unknown(asked(&server, &once("/")).await).contains(CANARY));
    }
    let account =
        Account::new("a", "https://a.example", Auth::Headers(vec![("x".into(), format!("{CANARY}\n").into())]));
    let budget: Arc<dyn Budget> = Arc::new(MemoryBudget::default());
    let error = HttpTransport::new([account], budget, HttpSettings::default()).err().unwrap();
    assert!(!format!("{error} {error:?}").contains(CANARY));
}

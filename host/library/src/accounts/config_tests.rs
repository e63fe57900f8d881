use super::*;

const CANARY: &str = "canary-5f1d9c7e";

struct Fake;

impl Secrets for Fake {
    fn env(&self, name: &str) -> Option<String> {
        (name == "KEY").then(|| CANARY.to_owned())
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match path {
            "/key" => Ok(format!("{CANARY}\r\n")),
            "/two-lines" => Ok(format!("{CANARY}\nsecond")),
            _ => Err("entity not found".to_owned()),
        }
    }
}

fn load(toml: &str) -> Result<Account, String> {
    let config: AccountConfig = toml::from_str(toml).map_err(|error| error.message().to_owned())?;
    config.load("ship", &Fake).map_err(|error| error.to_string())
}

#[test]
fn secrets_come_literally_or_from_the_environment_or_from_a_file() {
    for source in [format!("{CANARY:?}"), "{ env = \"KEY\" }".into(), "{ file = \"/key\" }".into()] {
        let account = load(&format!("kind = \"starshipit\"\napi_key = {source}\nsubscription_key = {source}")).unwrap();
        assert!(account.secrets().iter().all(|secret| secret.expose_secret() == CANARY));
        assert_eq!((account.name.as_str(), account.base_url.as_str()), ("ship", "https://api.starshipit.com"));
    }
}

#[test]
fn a_config_never_shows_its_secrets() {
    let config: AccountConfig = toml::from_str(&format!("api_key = {CANARY:?}\nclient_secret = {CANARY:?}")).unwrap();
    assert!(!format!("{config:?}").contains(CANARY));
}

#[test]
fn every_mistake_names_the_account_the_field_and_the_fix_and_never_the_value() {
    for (toml, parts) in [
        ("kind = \"starshipit\"", vec!["\"ship\"", "api_key", "is missing", "env"]),
        ("kind = \"starshipit\"\napi_key = { env = \"NOPE\" }", vec!["\"ship\"", "api_key", "\"NOPE\"", "not set"]),
        ("kind = \"starshipit\"\napi_key = { file = \"/nope\" }", vec!["api_key", "/nope", "not found"]),
        ("kind = \"starshipit\"\napi_key = { file = \"/two-lines\" }", vec!["api_key", "line break"]),
        ("kind = \"starshipit\"\napi_key = \"\"", vec!["api_key", "is empty"]),
        ("kind = \"starshipit\"\napi_key = \"canary-5f1d9c7e \"", vec!["api_key", "space"]),
        ("auth = { type = \"none\" }", vec!["\"ship\"", "base_url", "https://"]),
        ("base_url = \"http://a.example\"", vec!["base_url", "allow_private"]),
        ("auth = { type = \"canary-5f1d9c7e\" }", vec!["auth.type", "oauth2-client-credentials"]),
        ("auth = { type = \"basic\", user = \"u\" }", vec!["auth.password", "is missing"]),
        ("kind = \"trackstar\"\nauth = { type = \"none\" }", vec!["auth", "other"]),
        ("api_key = { env = \"A\", file = \"B\" }", vec!["a secret is text"]),
        ("api_key = { enw = \"canary-5f1d9c7e\" }", vec!["a secret is text"]),
        ("api_key = 5191777", vec!["a secret is text"]),
        ("apikey = \"canary-5f1d9c7e\"", vec!["unknown field `apikey`"]),
        ("budget = { per_second = 0 }", vec!["above 0"]),
        ("budget = { share = \"1/0\" }", vec!["1/4"]),
    ] {
        let error = load(toml).unwrap_err();
        assert!(!error.contains("canary") && !error.contains("5191777"), "{error}");
        for part in parts {
            assert!(error.contains(part), "{error} does not say {part:?}");
        }
    }
}

#[test]
fn what_the_config_says_wins_over_the_kind() {
    let account = load(
        r#"
        kind = "cartoncloud"
        base_url = "http://127.0.0.1:8080"
        client_id = "id"
        client_secret = { env = "KEY" }
        allow_private = true
        paths = ["/tenants/t/"]
        headers = { Accept-Version = "2" }
        budget = { key = "cc", per_second = 0.5, share = "1/2" }
        max_response_bytes = 1000
        "#,
    )
    .unwrap();
    assert_eq!(account.headers, [("Accept-Version".to_owned(), "2".to_owned())]);
    assert_eq!((account.budget_key().as_str(), account.budget.interval_us()), ("cc", 4_000_000));
    assert_eq!((account.paths.as_slice(), account.max_response_bytes), (["/tenants/t/".to_owned()].as_slice(), 1000));
    assert!(matches!(account.auth, Auth::OAuth2ClientCredentials(_)));
}

#[test]
fn an_unlisted_system_is_described_by_data() {
    let headers = load(
        "base_url = \"https://a.example\"\nauth = { type = \"headers\", headers = { x-token = { env = \"KEY\" } } }",
    );
    assert_eq!(headers.unwrap().grant().headers, ["x-token", "user-agent"]);
    let oauth = load(
        r#"
        base_url = "https://a.example"
        [auth]
        type = "oauth2-client-credentials"
        token_path = "/oauth/token"
        client_id = "id"
        client_secret = { env = "KEY" }
        headers = { x-region = "au" }
        renew_before_s = 30
        "#,
    )
    .unwrap();
    let Auth::OAuth2ClientCredentials(oauth) = oauth.auth else { panic!("{oauth:?}") };
    assert_eq!((oauth.renew_before_s, oauth.headers.len()), (30, 1));
}

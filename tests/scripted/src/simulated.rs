//! A simulated far end instead of a script: the same code that `connote sandbox` serves, in virtual time.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connote_sandbox::credentials::{
    CARTONCLOUD_CLIENT_ID, CARTONCLOUD_CLIENT_SECRET, TRACKSTAR_ACCESS_TOKEN, TRACKSTAR_API_KEY,
};
use connote_sandbox::{FarEnd, Outcome, Request as Wire, World};
use connote_types::steps::{Answer, Request, Response};

/// A world and the credentials of one account in it.
pub struct Simulated {
    /// What the far ends hold.
    pub world: World,
    far_end: FarEnd,
    headers: Vec<(&'static str, String)>,
    skew_ms: u64,
}

impl Simulated {
    /// Trackstar with this warehouse system behind the connection.
    #[must_use]
    pub fn trackstar(integration: &str) -> Self {
        let token = match integration {
            "sandbox" => TRACKSTAR_ACCESS_TOKEN.to_owned(),
            other => format!("{TRACKSTAR_ACCESS_TOKEN}-{other}"),
        };
        let headers = vec![("x-trackstar-api-key", TRACKSTAR_API_KEY.to_owned()), ("x-trackstar-access-token", token)];
        Self { world: World::demo(), far_end: FarEnd::Trackstar, headers, skew_ms: 0 }
    }

    /// CartonCloud, with a token that lasts for an hour from the start.
    ///
    /// # Panics
    /// When the simulator gives no token.
    #[must_use]
    pub fn cartoncloud() -> Self {
        let mut world = World::demo();
        let client = STANDARD.encode(format!("{CARTONCLOUD_CLIENT_ID}:{CARTONCLOUD_CLIENT_SECRET}"));
        let mut ask = Wire::new("POST", "/uaa/oauth/token")
            .with_header("Accept-Version", "1")
            .with_header("Content-Type", "application/x-www-form-urlencoded")
            .with_header("Authorization", &format!("Basic {client}"));
        ask.body = b"grant_type=client_credentials".to_vec();
        let outcome = world.handle(crate::START_MS, FarEnd::CartonCloud, &ask);
        let body = outcome.response().and_then(connote_sandbox::Response::body_json).unwrap_or_default();
        let token = body.get("access_token").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        assert!(!token.is_empty(), "no token: {body}");
        let headers = vec![("Authorization", format!("Bearer {token}"))];
        Self { world, far_end: FarEnd::CartonCloud, headers, skew_ms: 0 }
    }

    /// Everything after this happens so much later.
    pub fn later(&mut self, by_ms: u64) {
        self.skew_ms += by_ms;
    }

    /// Answers one request as a host would hand the answer in.
    pub fn answer(&mut self, now_ms: u64, request: &Request) -> Answer {
        let mut wire = Wire::new(&request.method, &request.path);
        wire.headers.clone_from(&request.headers);
        wire.headers.extend(self.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        wire.body.clone_from(&request.body);
        match self.world.handle(now_ms + self.skew_ms, self.far_end, &wire) {
            Outcome::Answer(response) => Answer::Response(received(response)),
            Outcome::AnswerLate { after_ms, response } if after_ms < u64::from(request.timeout_ms) => {
                Answer::Response(received(response))
            }
            Outcome::AnswerLate { .. } | Outcome::Hang => Answer::Unknown("timed out".to_owned()),
            Outcome::Reset => Answer::Unknown("connection reset".to_owned()),
            Outcome::Refused => Answer::NotSent("connection refused".to_owned()),
        }
    }
}

fn received(response: connote_sandbox::Response) -> Response {
    let headers = response.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    Response { status: response.status, headers, body: response.body }
}

//! The way to the simulators without a network: what a reset, a hang or a refusal is to the host.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connote_host::clock::Clock as _;
use connote_host::transport::{Boxed, Ready, Transport};
use connote_sandbox::{FarEnd, Outcome, World, credentials};
use connote_types::steps::{Answer, Request, Response};

use crate::{Crash, Virtual};

/// How long an exchange takes.
const ANSWER_MS: u64 = 40;

/// The transport.
#[derive(Clone)]
pub struct Wire {
    world: Arc<Mutex<World>>,
    clock: Arc<Virtual>,
    crash: Arc<Crash>,
}

struct Connected {
    wire: Wire,
    far_end: FarEnd,
    request: connote_sandbox::Request,
}

impl Wire {
    /// A way to these far ends.
    pub fn new(world: &Arc<Mutex<World>>, clock: &Arc<Virtual>, crash: &Arc<Crash>) -> Self {
        Self { world: Arc::clone(world), clock: Arc::clone(clock), crash: Arc::clone(crash) }
    }

    fn handle(&self, far_end: FarEnd, request: &connote_sandbox::Request) -> Outcome {
        self.world.lock().unwrap().handle(self.clock.now_ms(), far_end, request)
    }

    fn bearer(&self) -> String {
        let basic = format!("{}:{}", credentials::CARTONCLOUD_CLIENT_ID, credentials::CARTONCLOUD_CLIENT_SECRET);
        let mut request = connote_sandbox::Request::new("POST", "/uaa/oauth/token")
            .with_header("Authorization", &format!("Basic {}", STANDARD.encode(basic)))
            .with_header("Accept-Version", "1")
            .with_header("Content-Type", "application/x-www-form-urlencoded");
        request.body = b"grant_type=client_credentials".to_vec();
        match self.handle(FarEnd::CartonCloud, &request) {
            Outcome::Answer(response) => {
                let token = response.body_json().and_then(|body| body["access_token"].as_str().map(str::to_owned));
                format!("Bearer {}", token.unwrap_or_default())
            }
            _ => String::new(),
        }
    }

    fn connect(&self, request: &Request) -> Connected {
        let (far_end, headers) = match request.account.as_str() {
            "ship" => (
                FarEnd::Starshipit,
                vec![
                    ("starshipit-api-key", credentials::STARSHIPIT_API_KEY.to_owned()),
                    ("ocp-apim-subscription-key", credentials::STARSHIPIT_SUBSCRIPTION_KEY.to_owned()),
                ],
            ),
            "trackstar" => (
                FarEnd::Trackstar,
                vec![
                    ("x-trackstar-api-key", credentials::TRACKSTAR_API_KEY.to_owned()),
                    ("x-trackstar-access-token", credentials::TRACKSTAR_ACCESS_TOKEN.to_owned()),
                ],
            ),
            _ => (FarEnd::CartonCloud, vec![("authorization", self.bearer()), ("accept-version", "1".to_owned())]),
        };
        let mut sent = connote_sandbox::Request::new(&request.method, &request.path);
        for (name, value) in request.headers.iter().filter(|(name, _)| name != "accept-version") {
            sent = sent.with_header(name, value);
        }
        for (name, value) in headers {
            sent = sent.with_header(name, &value);
        }
        sent.body.clone_from(&request.body);
        Connected { wire: self.clone(), far_end, request: sent }
    }
}

impl Transport for Wire {
    fn prepare<'a>(&'a self, request: &'a Request, _: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>> {
        Box::pin(async move {
            self.crash.point_async().await;
            Ok(Box::new(self.connect(request)) as Box<dyn Ready>)
        })
    }
}

impl Ready for Connected {
    fn instead(self: Box<Self>, request: Request) -> Result<Box<dyn Ready>, String> {
        Ok(Box::new(self.wire.connect(&request)))
    }

    fn send(self: Box<Self>, within_ms: u64) -> Boxed<'static, Answer> {
        Box::pin(async move {
            self.wire.crash.point_async().await;
            tokio::time::sleep(Duration::from_millis(ANSWER_MS)).await;
            let outcome = self.wire.handle(self.far_end, &self.request);
            self.wire.crash.point_async().await;
            let left_ms = within_ms.saturating_sub(ANSWER_MS);
            match outcome {
                Outcome::Answer(response) => answered(response),
                Outcome::AnswerLate { after_ms, response } => {
                    tokio::time::sleep(Duration::from_millis(after_ms.min(left_ms))).await;
                    if after_ms > left_ms { Answer::Unknown("time-out".into()) } else { answered(response) }
                }
                Outcome::Refused => Answer::NotSent("connection refused".into()),
                Outcome::Reset => Answer::Unknown("connection reset".into()),
                Outcome::Hang => {
                    tokio::time::sleep(Duration::from_millis(left_ms)).await;
                    Answer::Unknown("time-out".into())
                }
            }
        })
    }
}

fn answered(response: connote_sandbox::Response) -> Answer {
    let headers = response.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    Answer::Response(Response { status: response.status, headers, body: response.body })
}

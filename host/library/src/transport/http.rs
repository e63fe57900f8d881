//! The supplied transport: HTTP/1.1, over TLS unless the account is private, one connection for each `once` request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connote_types::steps::{Answer, Repeat, Request};
use rustls::pki_types::CertificateDer;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout, timeout_at};

use super::budget::{Budget, Gates, Priority};
use super::dial::{Connection, Dialer, Outgoing, Resolve, SystemResolver};
use super::oauth::{Fetch, NoToken, Token, Tokens};
use super::outgoing::{self, Added};
use super::redact::{Redactor, basic};
use super::{Boxed, Ready, Transport};
use crate::accounts::{Account, AccountError, Auth, Origin};
use crate::clock::{Clock, SystemClock};
use crate::observe::{Observer, Waited};

/// Idle connections kept for each account, for idempotent requests only: a budget of 2 in a second never needs more at once.
const MAX_IDLE: usize = 2;

/// How long an idle connection is kept. Servers close theirs after 5 s (Node) to minutes; one that was closed meanwhile costs a second dial.
const IDLE_FOR: Duration = Duration::from_secs(4);

/// How long a request stands in line for its turn: with 64 orders side by side and a rate that was halved to one request a second, the last of them
/// waits for a minute, and labels may go before it.
const IN_LINE: Duration = Duration::from_secs(300);

/// What the transport needs besides accounts and budgets.
pub struct HttpSettings {
    /// Looks names up.
    pub resolver: Arc<dyn Resolve>,
    /// Tells the time for budgets and tokens.
    pub clock: Arc<dyn Clock>,
    /// Root certificates that are trusted besides Mozilla's: those of a company's own servers.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Is told how long requests wait for their budgets.
    pub observer: Arc<dyn Observer>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            resolver: Arc::new(SystemResolver),
            clock: Arc::new(SystemClock),
            extra_roots: Vec::new(),
            observer: Arc::new(()),
        }
    }
}

/// Sends requests to accounts over HTTP. Needs a tokio runtime with I/O and time.
pub struct HttpTransport {
    routes: HashMap<String, Arc<Route>>,
}

impl HttpTransport {
    /// A transport for these accounts.
    ///
    /// # Errors
    /// What is wrong with an account or, under the account `*`, with the settings.
    pub fn new(
        accounts: impl IntoIterator<Item = Account>,
        budget: Arc<dyn Budget>,
        settings: HttpSettings,
    ) -> Result<Self, AccountError> {
        let dialer = Dialer::new(settings.resolver, &settings.extra_roots)
            .map_err(|why| AccountError::new("*", "extra_roots", why))?;
        let HttpSettings { clock, observer, .. } = settings;
        let shared = Arc::new(Shared { dialer, gates: Gates::new(budget, clock.clone()), clock, observer });
        let route = |account: Account| {
            let name = account.name.clone();
            Route::new(account, shared.clone()).map(|route| (name, Arc::new(route)))
        };
        Ok(Self { routes: accounts.into_iter().map(route).collect::<Result<_, _>>()? })
    }
}

impl Transport for HttpTransport {
    fn prepare<'a>(&'a self, request: &'a Request, within_ms: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>> {
        Box::pin(async move {
            let route = self
                .routes
                .get(&request.account)
                .ok_or_else(|| format!("no account is named {:?}", request.account))?;
            route.clone().prepare(request.clone(), Duration::from_millis(within_ms)).await
        })
    }
}

/// What all accounts share.
struct Shared {
    dialer: Dialer,
    gates: Gates,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
}

/// All that is needed to send to one account.
struct Route {
    account: Account,
    origin: Origin,
    key: String,
    /// Headers of the account that do not change.
    fixed: Added,
    redactor: Redactor,
    tokens: Tokens,
    idle: Mutex<Vec<(Connection, Instant)>>,
    shared: Arc<Shared>,
}

/// A connected request.
struct Prepared {
    route: Arc<Route>,
    request: Request,
    connection: Connection,
    /// The connection has carried a request before.
    used: bool,
    outgoing: Outgoing,
    token: Option<Token>,
}

/// A request whose answer is known before it leaves.
struct Answered(Answer);

impl Ready for Answered {
    fn send(self: Box<Self>, _: u64) -> Boxed<'static, Answer> {
        Box::pin(std::future::ready(self.0))
    }

    fn instead(self: Box<Self>, _: Request) -> Result<Box<dyn Ready>, String> {
        Ok(self)
    }
}

impl Route {
    fn new(account: Account, shared: Arc<Shared>) -> Result<Self, AccountError> {
        let wrong = |why| AccountError::new(&account.name, "headers", why);
        let mut fixed = account
            .headers
            .iter()
            .map(|(name, value)| outgoing::header(name, value))
            .collect::<Result<Added, _>>()
            .map_err(wrong)?;
        match &account.auth {
            Auth::None | Auth::OAuth2ClientCredentials(_) => {}
            Auth::Headers(headers) => {
                for (name, value) in headers {
                    fixed.push(outgoing::header(name, value.expose_secret()).map_err(wrong)?);
                }
            }
            Auth::Basic { user, password } => {
                let value = format!("Basic {}", basic(user, password).expose_secret());
                fixed.push(outgoing::header("authorization", &value).map_err(wrong)?);
            }
        }
        Ok(Self {
            origin: account.origin()?,
            key: account.budget_key(),
            fixed,
            redactor: Redactor::new(&account),
            tokens: Tokens::default(),
            idle: Mutex::default(),
            shared,
            account,
        })
    }

    async fn prepare(self: Arc<Self>, request: Request, within: Duration) -> Result<Box<dyn Ready>, String> {
        // A malformed request must not use up a rate token.
        outgoing::build(&request, &self.origin, &self.fixed)?;
        let late = |_| format!("no credentials or no connection within {} ms", within.as_millis());
        let token = match timeout(within, self.token(None)).await.map_err(late)? {
            Ok(token) => token,
            Err(NoToken::Failed(why)) => return Err(why),
            Err(NoToken::Refused(response)) => return Ok(Box::new(Answered(Answer::Response(response)))),
        };
        // A buyer does not wait for a turn.
        let in_line = if Priority::of(&request) == Priority::Rate { within } else { within.max(IN_LINE) };
        self.pass(&request, in_line).await?;
        let outgoing = self.outgoing(&request, token.as_ref())?;
        let idle = if request.repeat == Repeat::Idempotent { self.idle() } else { None };
        let used = idle.is_some();
        let connection = match idle {
            Some(connection) => connection,
            None => timeout(within, self.dial()).await.map_err(late)??,
        };
        Ok(Box::new(Prepared { route: self, request, connection, used, outgoing, token }))
    }

    /// Waits for a turn.
    async fn pass(&self, request: &Request, within: Duration) -> Result<(), String> {
        let (priority, began) = (Priority::of(request), Instant::now());
        let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        let latest_ms = self.shared.clock.now_ms().saturating_add(within_ms);
        let turn = self.shared.gates.pass(&self.key, &self.account.budget, priority, latest_ms);
        let passed = match timeout(within, turn).await {
            Ok(passed) => passed.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no rate token within {within_ms} ms")),
        };
        self.shared.observer.waited(Waited {
            account: &self.account.name,
            took: began.elapsed(),
            passed: passed.is_ok(),
            interval: Duration::from_micros(self.account.budget.interval_us()),
        });
        passed
    }

    async fn dial(&self) -> Result<Connection, String> {
        self.shared.dialer.dial(&self.origin, self.account.allow_private).await
    }

    async fn token(&self, refused: Option<&Token>) -> Result<Option<Token>, NoToken> {
        let Auth::OAuth2ClientCredentials(oauth) = &self.account.auth else { return Ok(None) };
        let fetch = Fetch {
            account: &self.account,
            oauth,
            origin: &self.origin,
            dialer: &self.shared.dialer,
            clock: self.shared.clock.as_ref(),
            redactor: &self.redactor,
        };
        self.tokens.get(&fetch, refused).await.map(Some)
    }

    fn outgoing(&self, request: &Request, token: Option<&Token>) -> Result<Outgoing, String> {
        let mut added = self.fixed.clone();
        if let Some(token) = token {
            added.push(outgoing::header("authorization", &format!("Bearer {}", token.value.expose_secret()))?);
        }
        outgoing::build(request, &self.origin, &added)
    }

    fn idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(connection, since)| since.elapsed() < IDLE_FOR && connection.sender.is_ready());
        idle.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE && !connection.sender.is_closed() {
            idle.push((connection, Instant::now()));
        }
    }

    /// Sends on a connection and reads the answer; a 429 slows the account down.
    async fn exchange(&self, mut connection: Connection, outgoing: Outgoing, token: Option<&Token>) -> Answer {
        let with_token = token.map(|token| self.redactor.with(&token.value));
        let redactor = with_token.as_ref().unwrap_or(&self.redactor);
        let answer = outgoing::exchange(&mut connection, outgoing, self.account.max_response_bytes, redactor).await;
        if let Answer::Response(response) = &answer {
            if response.status == 429 {
                self.shared.gates.too_many(&self.key, &self.account.budget);
            }
            self.keep(connection);
        }
        answer
    }
}

impl Ready for Prepared {
    fn send(self: Box<Self>, within_ms: u64) -> Boxed<'static, Answer> {
        Box::pin(async move {
            let deadline = Instant::now() + Duration::from_millis(within_ms);
            let late = || Answer::Unknown(format!("no complete answer within {within_ms} ms"));
            let Self { route, request, connection, used, outgoing, token } = *self;
            let sent = route.exchange(connection, outgoing, token.as_ref());
            let mut answer = timeout_at(deadline, sent).await.unwrap_or_else(|_| late());
            let stale = used && matches!(answer, Answer::NotSent(_) | Answer::Unknown(_)) && Instant::now() < deadline;
            if stale {
                // Only idempotent requests use such a connection; the far end has probably closed it while it was idle.
                answer = timeout_at(deadline, route.again(&request, token.as_ref())).await.unwrap_or_else(|_| late());
            }
            match (answer, token) {
                (Answer::Response(response), Some(token)) if response.status == 401 => {
                    route.renewed(&request, &token, deadline).await
                }
                (answer, _) => answer,
            }
        })
    }

    fn instead(self: Box<Self>, request: Request) -> Result<Box<dyn Ready>, String> {
        let outgoing = self.route.outgoing(&request, self.token.as_ref())?;
        Ok(Box::new(Self { request, outgoing, ..*self }))
    }
}

impl Route {
    async fn again(&self, request: &Request, token: Option<&Token>) -> Answer {
        let ready = async { Ok::<_, String>((self.outgoing(request, token)?, self.dial().await?)) };
        match ready.await {
            Ok((outgoing, connection)) => self.exchange(connection, outgoing, token).await,
            Err(why) => Answer::NotSent(why),
        }
    }

    /// A 401 proves that nothing was done: once more with a new token, if there is time.
    async fn renewed(&self, request: &Request, refused: &Token, deadline: Instant) -> Answer {
        let left = deadline.saturating_duration_since(Instant::now());
        let ready = async {
            let token = self.token(Some(refused)).await?;
            self.pass(request, left).await.map_err(NoToken::Failed)?;
            let outgoing = self.outgoing(request, token.as_ref()).map_err(NoToken::Failed)?;
            Ok::<_, NoToken>((self.dial().await.map_err(NoToken::Failed)?, outgoing, token))
        };
        let (connection, outgoing, token) = match timeout_at(deadline, ready).await {
            Ok(Ok(ready)) => ready,
            Ok(Err(NoToken::Refused(response))) => return Answer::Response(response),
            Ok(Err(NoToken::Failed(why))) => return Answer::NotSent(format!("the token was refused with 401; {why}")),
            Err(_) => return Answer::NotSent("the token was refused with 401, and no time was left".to_owned()),
        };
        let sent = self.exchange(connection, outgoing, token.as_ref());
        timeout_at(deadline, sent).await.unwrap_or_else(|_| Answer::Unknown("no complete answer in time".to_owned()))
    }
}

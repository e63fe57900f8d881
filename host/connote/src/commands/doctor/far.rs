//! The accounts: the way there, the clock, and whether the keys are accepted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use connote_host::accounts::{Account, RENEW_BEFORE_S};
use connote_host::transport::budget::{Budget, MemoryBudget, SqliteBudget};
use connote_host::transport::{HttpSettings, HttpTransport, Leg, Transport as _, reach};
use connote_types::steps::{Answer, Repeat, Request, Response};
use serde_json::Value;

use super::Check;
use crate::commands::ship::now_ms;
use crate::config::Config;

/// How long a read may take, its rate token included.
const READ_WITHIN_MS: u64 = 20_000;

/// Tokens are renewed so long before they end: a clock that is further behind uses them when they are over. Receivers of signed webhooks allow five minutes.
const CLOCK_WITHIN_S: u64 = RENEW_BEFORE_S as u64;

/// What stands behind an account, from the connections that use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Starshipit,
    Trackstar,
    Cartoncloud,
}

impl System {
    fn of(config: &Config, account: &str) -> Option<Self> {
        if config.connections.iter().any(|connection| connection.starshipit_account == account) {
            return Some(Self::Starshipit);
        }
        let from = config.connections.iter().find(|connection| connection.source_account == account)?;
        match from.source.as_str() {
            "trackstar" => Some(Self::Trackstar),
            "cartoncloud" => Some(Self::Cartoncloud),
            _ => None,
        }
    }

    /// A read that costs little and needs all keys.
    fn read(self) -> &'static str {
        match self {
            Self::Starshipit => "/api/orders/unshipped?ids_only=true&limit=1",
            Self::Trackstar => "/wms/shipping-methods?limit=1",
            Self::Cartoncloud => "/uaa/userinfo",
        }
    }

    /// Where its keys are found.
    fn keys(self) -> &'static str {
        match self {
            Self::Starshipit => "copy both keys anew from Starshipit: Settings > API",
            Self::Trackstar => {
                "copy the API key anew from Trackstar's dashboard, and make the connection's access token anew"
            }
            Self::Cartoncloud => "make the API client anew in CartonCloud, and copy its id and secret",
        }
    }
}

/// All accounts, and the clock as the first of them tells it.
pub(super) async fn accounts(
    config: &Config,
    accounts: BTreeMap<String, Account>,
    database: Option<&Path>,
) -> Vec<Check> {
    let budget = budget(database);
    let mut checks = Vec::new();
    let mut clock = None;
    for (name, account) in accounts {
        let check = format!("account {name}");
        match reach(&account, HttpSettings::default()).await {
            Err((leg, why)) => checks.push(Check::failure(&check, why, mend(leg))),
            Ok(reached) => {
                clock = clock.or_else(|| skew_s(&reached.date));
                checks.push(keys(config, &check, account, &budget).await);
            }
        }
    }
    checks.extend(clock.map(told));
    checks
}

/// The budget of a server that runs on this database: what is asked here must not make the far end refuse it.
fn budget(database: Option<&Path>) -> Arc<dyn Budget> {
    match database.map(SqliteBudget::open) {
        Some(Ok(shared)) => Arc::new(shared),
        _ => Arc::new(MemoryBudget::default()),
    }
}

fn mend(leg: Leg) -> &'static str {
    match leg {
        Leg::Name => "correct base_url, or this machine's DNS",
        Leg::Address => "correct base_url, or set allow_private = true for a server of your own network",
        Leg::Connection => "let this machine reach it: a firewall or proxy stands between, or the server is down",
        Leg::Tls => {
            "its certificate is not trusted or not valid: correct base_url, the server, or this machine's clock"
        }
        Leg::Http => "no HTTP server stands there: correct base_url",
    }
}

/// Seconds that our clock is ahead of the far end's.
fn skew_s(date: &str) -> Option<i64> {
    let there = httpdate::parse_http_date(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    Some(i64::try_from(now_ms() / 1_000).ok()? - i64::try_from(there).ok()?)
}

fn told(ahead_s: i64) -> Check {
    const NAME: &str = "clock";
    if ahead_s.unsigned_abs() <= CLOCK_WITHIN_S {
        return Check::ok(NAME, "agrees with that of a far end");
    }
    let way = if ahead_s > 0 { "ahead of" } else { "behind" };
    let said = format!(
        "{} s {way} that of a far end: tokens are used when they are over, and signatures refused",
        ahead_s.unsigned_abs()
    );
    Check::failure(NAME, said, "let this machine set its clock by NTP")
}

/// Whether the account lets us read.
async fn keys(config: &Config, check: &str, account: Account, budget: &Arc<dyn Budget>) -> Check {
    let (name, at) = (account.name.clone(), account.base_url.clone());
    let Some(system) = System::of(config, &name) else {
        return Check::ok(check, format!("{at} answers; its keys are not tried, since its system is not known"));
    };
    let request = Request {
        name: "doctor".to_owned(),
        account: name.clone(),
        method: "GET".to_owned(),
        path: system.read().to_owned(),
        headers: headers(system),
        repeat: Repeat::Idempotent,
        ..Request::default()
    };
    let sent = async {
        let transport = HttpTransport::new([account], budget.clone(), HttpSettings::default());
        let ready = transport.map_err(|error| error.to_string())?.prepare(&request, READ_WITHIN_MS).await?;
        Ok::<_, String>(ready.send(READ_WITHIN_MS).await)
    };
    match sent.await {
        Ok(Answer::Response(answer)) => judge(config, check, &name, system, &at, &answer),
        Ok(Answer::NotSent(why) | Answer::Unknown(why) | Answer::Denied(why)) | Err(why) => {
            Check::failure(check, why, "it is reached, and does not answer a read: try again, then ask its operator")
        }
    }
}

fn headers(system: System) -> Vec<(String, String)> {
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    if system == System::Cartoncloud {
        headers.push(("accept-version".to_owned(), "1".to_owned()));
    }
    headers
}

fn judge(config: &Config, check: &str, name: &str, system: System, at: &str, answer: &Response) -> Check {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match answer.status {
        200..=299 if body.get("success") == Some(&Value::Bool(false)) => Check::failure(
            check,
            format!("{at} refuses a read although its keys are accepted"),
            "look at the account's plan and permissions there",
        ),
        200..=299 if body.is_null() => Check::failure(
            check,
            format!("{at} answers, but not in JSON: another server stands there"),
            "correct base_url",
        ),
        200..=299 => tenant(config, check, name, system, &body)
            .unwrap_or_else(|| Check::ok(check, format!("{at} answers and accepts the keys"))),
        401 | 403 => {
            Check::failure(check, format!("{at} answers {}: the keys are not accepted", answer.status), system.keys())
        }
        429 => Check::warning(
            check,
            format!("{at} answers 429: the key is known, and somebody else uses up its requests"),
            "find who else uses the key, and leave them their part: budget = { share = \"1/4\" }",
        ),
        status => Check::failure(
            check,
            format!("{at} answers a read with {status}"),
            "try again later; correct base_url if it stays so",
        ),
    }
}

/// CartonCloud tells which tenants the client may use.
fn tenant(config: &Config, check: &str, name: &str, system: System, body: &Value) -> Option<Check> {
    if system != System::Cartoncloud {
        return None;
    }
    let known: Vec<&str> =
        body.get("tenants")?.as_array()?.iter().filter_map(|tenant| tenant.get("id")?.as_str()).collect();
    let of_account = |connection: &&connote_host::chain::Connection| connection.source_account == name;
    let wrong =
        config.connections.iter().filter(of_account).find(|connection| {
            !known.iter().any(|id| id.eq_ignore_ascii_case(&connection.settings.cartoncloud.tenant))
        })?;
    let said = format!("the keys are accepted, but not for the tenant of connections.{}", wrong.name);
    Some(Check::failure(check, said, format!("set settings.cartoncloud.tenant to one of: {}", known.join(", "))))
}

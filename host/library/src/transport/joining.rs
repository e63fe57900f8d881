//! Requests that a far end takes several of at once leave together: those that wait for a slot of their budget go with the first that gets one.
//!
//! A job knows nothing of the others. Its request says how it may be joined, its intent is stored by itself before anything leaves, and its own
//! part of the answer comes back as if it had gone alone. So an answer that is lost is `unknown` to each of them, and each looks up its own.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connote_driver::{Grant, JOINED, check};
use connote_types::steps::{Answer, Header, Repeat, Request, Response};
use connote_types::types::Attributes;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{Boxed, Ready, Transport};

/// The attribute of a request that says how it may be joined.
const JOIN: &str = "join";

/// How long those that go together are waited for once there is a slot: each only stores its intent. One that takes longer goes later.
const GATHER: Duration = Duration::from_secs(2);

/// How requests of one kind are joined.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    /// Where several go.
    path: String,
    /// The only member of one request's body, and of its answer.
    member: String,
    /// The member that holds them all, in the joined body and in its answer.
    list: String,
    /// The member of each that tells them apart: a text.
    key: String,
    /// How many one request takes.
    most: usize,
}

/// A transport over another one whose [`Ready::instead`] works, such as [`super::HttpTransport`].
pub struct Joining<T> {
    inner: T,
    /// Accounts whose requests may be joined.
    grants: Vec<Grant>,
    groups: Arc<Groups>,
}

/// Those that may go together: the same request but for its body.
type Kind = (String, String, String, Vec<Header>, Vec<u16>, Attributes);

/// The groups that take in others.
type Groups = Mutex<HashMap<Kind, Arc<Group>>>;

/// Those that wait for the slot of the first of them; nothing once it is had or given up.
struct Group(Mutex<Option<Members>>);

#[derive(Default)]
struct Members {
    keys: HashSet<String>,
    seats: Vec<oneshot::Sender<Seat>>,
}

/// A request of its own that may be joined.
#[derive(Clone)]
struct Part {
    request: Request,
    how: Join,
    key: String,
    content: Value,
}

enum Place {
    Leads(Leader),
    Follows(oneshot::Receiver<Seat>),
    Alone,
}

impl<T> Joining<T> {
    /// Joins requests to the accounts of these grants.
    #[must_use]
    pub fn new(inner: T, grants: Vec<Grant>) -> Self {
        Self { inner, grants, groups: Arc::default() }
    }

    /// The request as a part of several, when it says how and its account allows the path.
    fn part(&self, request: &Request) -> Option<Part> {
        let (_, said) = request.attributes.iter().find(|(name, _)| name == JOIN)?;
        // What may be repeated is sent over connections that have been used, and sent again when they are stale.
        if request.repeat != Repeat::Once {
            return None;
        }
        let how: Join = serde_json::from_str(said).ok().filter(|how: &Join| how.most > 1)?;
        let several = Request { path: how.path.clone(), ..request.clone() };
        check(&several, &self.grants).ok()?;
        let mut body: Map<String, Value> = serde_json::from_slice(&request.body).ok()?;
        let content = body.remove(&how.member).filter(|_| body.is_empty())?;
        let key = key_of(&content, &how)?.to_owned();
        Some(Part { request: request.clone(), how, key, content })
    }

    fn place(&self, part: &Part) -> Place {
        let Request { account, method, path, headers, not_acted, attributes, .. } = part.request.clone();
        let kind = (account, method, path, headers, not_acted, attributes);
        let mut groups = lock(&self.groups);
        if let Some(mut members) = groups.get(&kind).map(|group| lock(&group.0))
            && let Some(members) = members.as_mut()
        {
            if members.keys.contains(&part.key) {
                // Their answers could not be told apart.
                return Place::Alone;
            }
            if members.keys.len() < part.how.most {
                let (give, given) = oneshot::channel();
                members.keys.insert(part.key.clone());
                members.seats.push(give);
                return Place::Follows(given);
            }
        }
        let members = Members { keys: HashSet::from([part.key.clone()]), ..Members::default() };
        let group = Arc::new(Group(Mutex::new(Some(members))));
        groups.insert(kind.clone(), group.clone());
        Place::Leads(Leader { groups: self.groups.clone(), kind, group })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Transport> Joining<T> {
    async fn join(&self, part: Part, within_ms: u64) -> Result<Box<dyn Ready>, String> {
        loop {
            match self.place(&part) {
                Place::Alone => return self.inner.prepare(&part.request, within_ms).await,
                Place::Leads(leader) => {
                    let first = self.inner.prepare(&part.request, within_ms).await?;
                    return Ok(leader.meet(first, part));
                }
                Place::Follows(given) => {
                    if let Ok(seat) = given.await {
                        return Ok(Box::new(Seated { part, seat }));
                    }
                    // The leader has given up; another one leads.
                }
            }
        }
    }
}

impl<T: Transport> Transport for Joining<T> {
    fn prepare<'a>(&'a self, request: &'a Request, within_ms: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>> {
        match self.part(request) {
            Some(part) => Box::pin(self.join(part, within_ms)),
            None => self.inner.prepare(request, within_ms),
        }
    }
}

/// Waits for the slot of a group. When it is dropped without one, the others find another leader.
struct Leader {
    groups: Arc<Groups>,
    kind: Kind,
    group: Arc<Group>,
}

impl Leader {
    /// Takes along those that wait. `first` has the slot.
    fn meet(self, first: Box<dyn Ready>, part: Part) -> Box<dyn Ready> {
        let seats = self.close();
        if seats.iter().all(oneshot::Sender::is_closed) {
            return first;
        }
        let (seat, going) = mpsc::unbounded_channel();
        tokio::spawn(leave(first, going));
        for waiting in seats {
            // One that has given up leaves its seat empty.
            let _ = waiting.send(seat.clone());
        }
        Box::new(Seated { part, seat })
    }

    /// Ends the taking in of others.
    fn close(&self) -> Vec<oneshot::Sender<Seat>> {
        let mut groups = lock(&self.groups);
        if groups.get(&self.kind).is_some_and(|group| Arc::ptr_eq(group, &self.group)) {
            groups.remove(&self.kind);
        }
        lock(&self.group.0).take().map(|members| members.seats).unwrap_or_default()
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.close();
    }
}

/// The way to those that go together. They leave when all seats are taken or given up.
type Seat = mpsc::UnboundedSender<Going>;

/// A part whose intent is stored.
struct Going {
    part: Part,
    within_ms: u64,
    answer: oneshot::Sender<Answer>,
}

/// A part that has a seat.
struct Seated {
    part: Part,
    seat: Seat,
}

impl Ready for Seated {
    fn send(self: Box<Self>, within_ms: u64) -> Boxed<'static, Answer> {
        Box::pin(async move {
            let Self { part, seat } = *self;
            let (answer, answered) = oneshot::channel();
            if seat.send(Going { part, within_ms, answer }).is_err() {
                return Answer::NotSent("the request that it was to be a part of had left".to_owned());
            }
            drop(seat);
            match timeout(Duration::from_millis(within_ms), answered).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Answer::Unknown("the request that it was a part of was given up".to_owned()),
                Err(_) => Answer::Unknown(format!("no complete answer within {within_ms} ms")),
            }
        })
    }
}

/// Waits for those that go together, sends them as one and gives each its own answer.
async fn leave(first: Box<dyn Ready>, mut going: mpsc::UnboundedReceiver<Going>) {
    let mut together = Vec::new();
    let gather = async {
        while let Some(one) = going.recv().await {
            together.push(one);
        }
    };
    let _ = timeout(GATHER, gather).await;
    going.close();
    while let Some(one) = going.recv().await {
        together.push(one);
    }
    let parts: Vec<&Part> = together.iter().map(|one| &one.part).collect();
    let Some(request) = joined(&parts) else { return };
    let within_ms = together.iter().map(|one| one.within_ms).max().unwrap_or_default();
    let answer = match first.instead(request) {
        Ok(ready) => ready.send(within_ms).await,
        Err(why) => Answer::NotSent(why),
    };
    let of = together.len();
    let parts: Vec<&Part> = together.iter().map(|one| &one.part).collect();
    let told = Told::read(&answer, &parts);
    for one in together {
        let own = if of > 1 { own(&one.part, of, &answer, told.as_ref()) } else { answer.clone() };
        // Nobody may wait any more.
        let _ = one.answer.send(own);
    }
}

/// One request for all of them.
fn joined(parts: &[&Part]) -> Option<Request> {
    let first = parts.first()?;
    if parts.len() == 1 {
        return Some(first.request.clone());
    }
    let all = parts.iter().map(|part| part.content.clone()).collect();
    let body = Map::from_iter([(first.how.list.clone(), Value::Array(all))]);
    let body = serde_json::to_vec(&body).ok()?;
    Some(Request { path: first.how.path.clone(), body, ..first.request.clone() })
}

/// An answer to several, taken apart.
struct Told {
    /// What it says of all of them.
    rest: Map<String, Value>,
    each: Vec<Value>,
    /// How they are known.
    keys: HashSet<String>,
}

impl Told {
    fn read(answer: &Answer, parts: &[&Part]) -> Option<Self> {
        let (Answer::Response(response), Some(first)) = (answer, parts.first()) else { return None };
        let mut rest: Map<String, Value> = serde_json::from_slice(&response.body).ok()?;
        match rest.remove(&first.how.list) {
            Some(Value::Array(each)) if !each.is_empty() => {
                Some(Self { rest, each, keys: parts.iter().map(|part| part.key.clone()).collect() })
            }
            _ => None,
        }
    }

    /// The answer as it would be to this part alone.
    fn own(&self, part: &Part, of: usize) -> Result<Vec<u8>, String> {
        let mut hits = self.each.iter().filter(|one| key_of(one, &part.how) == Some(part.key.as_str()));
        // One that nobody knows by its key may be any of those that are left: it is shown, as it would be to one alone.
        let is_known = |one: &&Value| key_of(one, &part.how).is_some_and(|key| self.keys.contains(key));
        let stranger = || self.each.iter().find(|one| !is_known(one));
        let told = match (hits.next(), hits.next()) {
            (Some(_), Some(_)) => "more than once",
            (hit, _) => match hit.or_else(stranger) {
                Some(one) => return self.body(part, one),
                None => "not at all",
            },
        };
        Err(format!("the answer to {of} requests that were sent as one tells of this one {told}"))
    }

    fn body(&self, part: &Part, own: &Value) -> Result<Vec<u8>, String> {
        let mut body: Map<String, Value> =
            self.rest.iter().map(|(name, said)| (name.clone(), self.meant_for(part, said))).collect();
        body.insert(part.how.member.clone(), own.clone());
        serde_json::to_vec(&body).map_err(|_| "its part of the answer cannot be written".to_owned())
    }

    /// Of what an answer lists besides: what names this part, and what names none of them.
    fn meant_for(&self, part: &Part, said: &Value) -> Value {
        let Value::Array(list) = said else { return said.clone() };
        let is_meant = |one: &&Value| {
            let text = one.to_string();
            text.contains(&part.key) || !self.keys.iter().any(|key| text.contains(key))
        };
        list.iter().filter(is_meant).cloned().collect()
    }
}

/// What an answer to several is to one of them. One that lists none of them speaks of all.
fn own(part: &Part, of: usize, answer: &Answer, told: Option<&Told>) -> Answer {
    let Answer::Response(response) = answer else { return answer.clone() };
    let mut headers = response.headers.clone();
    headers.push((JOINED.to_owned(), of.to_string()));
    let body = told.map_or_else(|| Ok(response.body.clone()), |told| told.own(part, of));
    body.map_or_else(Answer::Unknown, |body| Answer::Response(Response { status: response.status, headers, body }))
}

fn key_of<'a>(content: &'a Value, how: &Join) -> Option<&'a str> {
    content.get(&how.key)?.as_str().map(str::trim).filter(|key| !key.is_empty())
}

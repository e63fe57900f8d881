//! For vendors who bring their own HTTP client.

use std::sync::Arc;

use connote_types::steps::{Answer, Request};

use super::{Boxed, Ready, Transport};

/// A transport that calls a blocking function for each request, on a thread where blocking is allowed.
///
/// The function adds origin and credentials and sends. It keeps the contract of [`Ready::send`]: `response` whatever the status, `not-sent` only when
/// certainly no byte left, `unknown` for all else, time-outs included; `request.timeout_ms` is the time it has. It must not repeat a `once`
/// request, follow redirects, or put a secret into an answer. Since preparing is a part of it, the intent of a `once` request is stored before it is called.
pub fn from_fn(send: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> impl Transport {
    FromFn { send: Arc::new(send) }
}

type Function = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

struct FromFn {
    send: Function,
}

struct Call {
    send: Function,
    request: Request,
}

impl Transport for FromFn {
    fn prepare<'a>(&'a self, request: &'a Request, _: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>> {
        Box::pin(
            async move { Ok(Box::new(Call { send: self.send.clone(), request: request.clone() }) as Box<dyn Ready>) },
        )
    }
}

impl Ready for Call {
    fn send(self: Box<Self>, within_ms: u64) -> Boxed<'static, Answer> {
        Box::pin(async move {
            let mut request = self.request;
            request.timeout_ms = u32::try_from(within_ms).unwrap_or(u32::MAX).min(request.timeout_ms);
            let send = self.send;
            let call = tokio::task::spawn_blocking(move || send(&request));
            let answer = tokio::time::timeout(std::time::Duration::from_millis(within_ms), call).await;
            match answer {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Answer::Unknown("the transport panicked".to_owned()),
                Err(_) => Answer::Unknown(format!("no answer within {within_ms} ms")),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(send: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Answer {
        let request = Request { name: "n".into(), timeout_ms: 1_000, ..Request::default() };
        from_fn(send).prepare(&request, 100).await.unwrap().send(100).await
    }

    #[tokio::test]
    async fn a_vendors_function_gets_the_request_with_the_time_that_is_left() {
        let answer = ask(|request| Answer::NotSent(format!("{} {}", request.name, request.timeout_ms))).await;
        assert_eq!(answer, Answer::NotSent("n 100".into()));
    }

    #[tokio::test]
    async fn a_vendors_function_that_hangs_or_panics_is_answered_unknown() {
        let hangs = ask(|_| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            Answer::NotSent(String::new())
        });
        assert!(matches!(hangs.await, Answer::Unknown(why) if why.contains("100 ms")));
        assert!(matches!(ask(|_| panic!("canary")).await, Answer::Unknown(why) if !why.contains("canary")));
    }
}

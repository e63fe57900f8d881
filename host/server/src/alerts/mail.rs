//! Alerts by mail.

use std::fmt::Write as _;
use std::time::Duration;

use connote_host::transport::Boxed;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Receiver, link, named};
use crate::store::alerts::Message;

/// How long it may take to reach the mail server.
const WITHIN: Duration = Duration::from_secs(20);

/// How long the mail server may take with a whole mail: one that answers slowly gets its mail, and one that falls silent holds up no later try.
const SENT_WITHIN: Duration = Duration::from_secs(60);

/// Mail to people.
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    public_url: String,
}

/// What is wrong with the settings of mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// No mail server can be named so.
    #[error(
        "smtp is smtps://HOST[:PORT], or smtp://HOST[:PORT] for one that speaks STARTTLS; without encryption on this machine only"
    )]
    Server,
    /// No mail can go there.
    #[error("\"{0}\" is no mail address")]
    Address(String),
    /// Nobody is told.
    #[error("to names nobody")]
    Nobody,
}

impl Mail {
    /// Mail over a server: `smtps://host` is encrypted from the beginning, `smtp://host` by STARTTLS, and not at all only where the host is this machine.
    ///
    /// # Errors
    /// [`MailError`].
    pub fn new(
        smtp: &str,
        login: Option<(String, SecretString)>,
        from: &str,
        to: &[String],
        public_url: &str,
    ) -> Result<Self, MailError> {
        let address = |text: &String| text.parse::<Mailbox>().map_err(|_| MailError::Address(text.clone()));
        let to: Vec<Mailbox> = to.iter().map(address).collect::<Result<_, _>>()?;
        if to.is_empty() {
            return Err(MailError::Nobody);
        }
        let mut builder = server(smtp)?.timeout(Some(WITHIN));
        if let Some((user, password)) = login {
            builder = builder.credentials(Credentials::new(user, password.expose_secret().to_owned()));
        }
        let from = address(&from.to_owned())?;
        Ok(Self { transport: builder.build(), from, to, public_url: public_url.to_owned() })
    }

    fn text(&self, message: &Message) -> String {
        let mut text = String::new();
        for problem in &message.problems {
            let _ = writeln!(text, "{}: {}", named(problem), problem.reason);
            let link = link(&self.public_url, problem);
            if !link.is_empty() {
                let _ = writeln!(text, "    {link}");
            }
        }
        if message.more > 0 {
            let _ = writeln!(text, "and {} more", message.more);
        }
        for over in &message.recovered {
            let _ = writeln!(text, "{}: all is well again", named(over));
        }
        text
    }
}

fn server(smtp: &str) -> Result<lettre::transport::smtp::AsyncSmtpTransportBuilder, MailError> {
    type Transport = AsyncSmtpTransport<Tokio1Executor>;
    let (scheme, place) = smtp.split_once("://").ok_or(MailError::Server)?;
    let uri: http::uri::Authority = place.trim_end_matches('/').parse().map_err(|_| MailError::Server)?;
    if uri.as_str().contains('@') {
        return Err(MailError::Server);
    }
    let host = uri.host();
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let builder = match scheme {
        "smtps" => Transport::relay(host).map_err(|_| MailError::Server)?,
        "smtp" if here => Transport::builder_dangerous(host),
        "smtp" => Transport::starttls_relay(host).map_err(|_| MailError::Server)?,
        _ => return Err(MailError::Server),
    };
    Ok(match uri.port_u16() {
        Some(port) => builder.port(port),
        None => builder,
    })
}

/// The subject: how many problems, and how many are over.
fn subject(message: &Message) -> String {
    let problems = u64::try_from(message.problems.len()).unwrap_or(u64::MAX).saturating_add(message.more);
    match problems {
        0 => "Connote: all is well again".to_owned(),
        1 => "Connote: 1 problem needs a person".to_owned(),
        many => format!("Connote: {many} problems need a person"),
    }
}

impl Receiver for Mail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn tell<'a>(&'a self, id: &'a str, message: &'a Message, _: u64) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move {
            // The same for each try, so that a mail that comes twice is known as one.
            let mut mail = lettre::Message::builder()
                .message_id(Some(format!("<{id}@connote>")))
                .from(self.from.clone())
                .subject(subject(message));
            for to in &self.to {
                mail = mail.to(to.clone());
            }
            let mail = mail.body(self.text(message)).map_err(|error| error.to_string())?;
            let sent = tokio::time::timeout(SENT_WITHIN, self.transport.send(mail)).await;
            let silent = |_| format!("the mail server has not taken it within {} s", SENT_WITHIN.as_secs());
            sent.map_err(silent)?.map(drop).map_err(|error| error.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::store::alerts::Alert;

    /// A mail server for one mail; gives what it was told. It answers each command with 250, or with `refuses` to the recipient.
    fn server(refuses: bool) -> (String, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let told = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let reader = BufReader::new(stream.try_clone().unwrap());
            let (mut told, mut data) = (String::new(), false);
            stream.write_all(b"220 here\r\n").unwrap();
            for line in reader.lines() {
                let Ok(line) = line else { break };
                told += &format!("{line}\n");
                let answer = match line.split([' ', ':']).next().unwrap() {
                    "." if data => "250 taken",
                    _ if data => continue,
                    "DATA" => "354 go on",
                    "QUIT" => "221 bye",
                    "RCPT" if refuses => "550 nobody here",
                    _ => "250 well",
                };
                data = answer.starts_with("354") || data && !answer.starts_with("250");
                stream.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
                if line == "QUIT" {
                    break;
                }
            }
            told
        });
        (url, told)
    }

    fn message() -> Message {
        let problem = Alert {
            kind: "order".into(),
            connection: "own".into(),
            subject: "A 1".into(),
            number: "WEB-1".into(),
            reason: "rejected: destination.post-code".into(),
            since_ms: 1,
        };
        Message {
            problems: vec![problem.clone()],
            more: 2,
            recovered: vec![Alert { number: "WEB-2".into(), ..problem }],
        }
    }

    #[tokio::test]
    async fn one_mail_lists_what_is_wrong_where_to_look_and_what_is_well_again() {
        let (url, told) = server(false);
        let to = ["a@example.org".to_owned(), "Depot <b@example.org>".to_owned()];
        let mail = Mail::new(&url, None, "connote@example.org", &to, "https://c.example/").unwrap();
        mail.tell("alert-7-mail", &message(), 1).await.unwrap();
        drop(mail);
        let told = told.join().unwrap();
        for line in [
            "RCPT TO:<a@example.org>",
            "RCPT TO:<b@example.org>",
            "Message-ID: <alert-7-mail@connote>",
            "Subject: Connote: 3 problems need a person",
            "order WEB-1 (own): rejected: destination.post-code",
            "https://c.example/orders/own/A%201",
            "and 2 more",
            "order WEB-2 (own): all is well again",
        ] {
            assert!(told.contains(line), "{line} in {told}");
        }
    }

    #[tokio::test]
    async fn a_mail_that_is_refused_has_not_arrived() {
        let (url, _told) = server(true);
        let mail = Mail::new(&url, None, "connote@example.org", &["a@example.org".to_owned()], "").unwrap();
        let why = mail.tell("alert-7-mail", &message(), 1).await.unwrap_err();
        assert!(why.contains("550") || why.contains("nobody here"), "{why}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_mail_server_that_falls_silent_is_given_up() {
        // Takes connections, and never says a word.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let mail = Mail::new(&url, None, "connote@example.org", &["a@example.org".to_owned()], "").unwrap();
        assert!(mail.tell("alert-7-mail", &message(), 1).await.is_err());
        drop(listener);
    }

    #[tokio::test]
    async fn to_smtps_nothing_is_said_before_the_connection_is_encrypted() {
        const HANDSHAKE: u8 = 22;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtps://localhost:{}", listener.local_addr().unwrap().port());
        let told = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut first = [0; 5];
            std::io::Read::read_exact(&mut stream, &mut first).unwrap();
            // As a server that knows no encryption.
            stream.write_all(b"220 here\r\n").unwrap();
            let mut rest = Vec::new();
            let _ = std::io::Read::read_to_end(&mut stream, &mut rest);
            (first, rest)
        });
        let login = Some(("ann".to_owned(), SecretString::from("canary")));
        let mail = Mail::new(&url, login, "connote@example.org", &["a@example.org".to_owned()], "").unwrap();
        mail.tell("alert-7-mail", &message(), 1).await.unwrap_err();
        drop(mail);
        let (first, rest) = told.join().unwrap();
        assert_eq!(first[0], HANDSHAKE);
        assert!(!String::from_utf8_lossy(&rest).contains("MAIL FROM"));
    }

    #[test]
    fn a_mail_server_is_reached_encrypted_unless_it_is_this_machine() {
        let new = |smtp: &str| Mail::new(smtp, None, "c@example.org", &["a@example.org".to_owned()], "").map(drop);
        for good in
            ["smtps://mail.example", "smtps://mail.example:465", "smtp://mail.example:587", "smtp://localhost:25"]
        {
            assert!(new(good).is_ok(), "{good}");
        }
        for bad in ["mail.example", "http://mail.example", "smtps://user:canary@mail.example", "smtp://"] {
            assert!(matches!(new(bad), Err(MailError::Server)), "{bad}");
        }
        assert!(matches!(Mail::new("smtps://m.example", None, "c@example.org", &[], ""), Err(MailError::Nobody)));
        let wrong = Mail::new("smtps://m.example", None, "nobody", &["a@example.org".to_owned()], "");
        assert!(matches!(wrong, Err(MailError::Address(_))));
    }
}

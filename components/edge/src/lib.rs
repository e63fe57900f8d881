//! What the edge components do, without the host that runs them: everything here is driven through [`Outside`], so that tests turn its clock, and
//! the components in `rates/` and `webhooks/` are bindings and nothing else.

pub mod account;
pub mod answer;
mod answers;
pub mod incoming;
pub mod jobs;
pub mod oauth;
pub mod outside;
pub mod page;
pub mod proof;
pub mod rates;
pub mod settings;
pub mod webhooks;

pub use answer::Reply;
pub use incoming::Incoming;
pub use outside::{Claim, Outgoing, Outside, Sent};

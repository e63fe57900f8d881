//! Parts of a request, refused in our words.

use std::error::Error;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use connote_host::journal::OrderKey;
use serde::de::{DeserializeOwned, value};

use super::auth::Caller;
use super::body;
use super::problem::{Kind, Problem};

/// The fields of the query. One that is not known is refused, so that a misspelt filter is not overlooked.
pub(super) struct Fields<T>(pub(super) T);

/// The order of an address `/…/{connection}/{source_id}`.
pub(super) struct InPath(pub(super) OrderKey);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Fields<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(fields)| Self(fields)).map_err(|refused| misfit(&refused))
    }
}

/// The framework tells the field in a cause of what it says.
fn misfit(refused: &QueryRejection) -> Problem {
    let mut causes = std::iter::successors(Some(refused as &dyn Error), |&error| error.source());
    match causes.find_map(|error| error.downcast_ref::<serde_path_to_error::Error<value::Error>>()) {
        Some(found) => {
            let (path, message) = body::misfit(found);
            Problem::query(&path, &message)
        }
        None => Problem::new(Kind::Malformed, refused.body_text()),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = |_: PathRejection| Problem::new(Kind::Malformed, "the address is not UTF-8");
        let path: Path<Address> = Path::from_request_parts(parts, state).await.map_err(refused)?;
        let Path(Address { connection, source_id }) = path;
        Ok(Self(OrderKey { connection, source_id }))
    }
}

#[derive(serde::Deserialize)]
struct Address {
    connection: String,
    source_id: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthorised)
    }
}

//! An HTTP component that does nothing: what a request costs without one.

use wstd::http::{Body, Error, Request, Response};

#[wstd::http_server]
async fn main(_: Request<Body>) -> Result<Response<Body>, Error> {
    Ok(Response::new("hello\n".to_owned().into()))
}

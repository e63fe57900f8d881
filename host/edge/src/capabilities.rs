//! What a guest is offered besides WASI: its variables and its stores, under the names that Spin has for them.

use wasmtime::Result;
use wasmtime::component::{HasData, Linker, Resource};

use crate::state::{Grants, State};
use crate::store::{Store, StoreError};
use generated::wasi::config::store as config;
use generated::wasi::keyvalue::{atomics, store};

mod generated {
    #![allow(missing_docs, unreachable_pub, unused, reason = "bindgen-generated code")]
    wasmtime::component::bindgen!({
        path: [
            "../../components/edge/wasi/wit/deps/wasi-config",
            "../../components/edge/wasi/wit/deps/wasi-keyvalue",
        ],
        inline: "
            package connote:edge-host@0.1.0;
            world offered {
                import wasi:config/store@0.2.0-draft-2024-09-27;
                import wasi:keyvalue/store@0.2.0-draft2;
                import wasi:keyvalue/atomics@0.2.0-draft2;
            }
        ",
        world: "connote:edge-host/offered",
        imports: { default: async | trappable },
        require_store_data_send: true,
        with: { "wasi:keyvalue/store.bucket": crate::capabilities::Bucket },
    });
}

/// An opened store.
#[expect(unreachable_pub, reason = "the generated code wants it public")]
pub struct Bucket(Store);

/// What the generated code is implemented on.
pub(crate) struct View<'a> {
    grants: &'a Grants,
    table: &'a mut wasmtime::component::ResourceTable,
}

struct Offered;

impl HasData for Offered {
    type Data<'a> = View<'a>;
}

/// Offers all of it; what a component may use of it is in its grants.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    config::add_to_linker::<_, Offered>(linker, view)?;
    store::add_to_linker::<_, Offered>(linker, view)?;
    atomics::add_to_linker::<_, Offered>(linker, view)
}

fn view(state: &mut State) -> View<'_> {
    View { grants: &state.grants, table: &mut state.table }
}

impl View<'_> {
    fn store(&self, bucket: &Resource<Bucket>) -> Result<Store> {
        Ok(self.table.get(bucket)?.0.clone())
    }
}

impl config::Host for View<'_> {
    async fn get(&mut self, key: String) -> Result<Result<Option<String>, config::Error>> {
        Ok(Ok(self.grants.variables.get(&key).cloned()))
    }
}

impl store::Host for View<'_> {
    async fn open(&mut self, identifier: String) -> Result<Result<Resource<Bucket>, store::Error>> {
        match self.grants.stores.get(&identifier) {
            None => Ok(Err(store::Error::AccessDenied)),
            Some(store) => Ok(Ok(self.table.push(Bucket(store.clone()))?)),
        }
    }
}

impl store::HostBucket for View<'_> {
    async fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<Option<Vec<u8>>, store::Error>> {
        Ok(self.store(&bucket)?.get(&key).await.map_err(other))
    }

    async fn set(&mut self, bucket: Resource<Bucket>, key: String, value: Vec<u8>) -> Result<Result<(), store::Error>> {
        Ok(self.store(&bucket)?.set(&key, value).await.map_err(other))
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Result<Result<(), store::Error>> {
        Ok(self.store(&bucket)?.delete(&key).await.map_err(other))
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<String>,
    ) -> Result<Result<store::KeyResponse, store::Error>> {
        if cursor.is_some() {
            return Ok(Err(store::Error::Other("a cursor is not supported: all keys come at once".to_owned())));
        }
        let keys = self.store(&bucket)?.keys().await;
        Ok(keys.map(|keys| store::KeyResponse { keys, cursor: None }).map_err(other))
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for View<'_> {
    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> Result<Result<i64, store::Error>> {
        Ok(self.store(&bucket)?.increment(&key, delta).await.map_err(other))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn other(error: StoreError) -> store::Error {
    store::Error::Other(error.to_string())
}

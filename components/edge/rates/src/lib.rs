//! Edge component: checkout rates over `wasi:http`.

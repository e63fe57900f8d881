//! Signatures of webhooks, computed by other code than that of the simulators.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connote_sandbox::{Delivery, credentials};
use sha2::{Digest, Sha256};

/// HMAC-SHA256 as RFC 2104 writes it, for keys that are no longer than a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().to_vec()
}

pub(crate) fn header<'a>(delivery: &'a Delivery, name: &str) -> &'a str {
    let found = delivery.headers.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// Lower-case hex of the raw body under the text of the secret.
pub(crate) fn starshipit_signature(body: &[u8]) -> String {
    let signature = hmac(credentials::STARSHIPIT_WEBHOOK_SECRET.as_bytes(), body);
    signature.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base64 of id, time and raw body under what stands behind `whsec_`.
pub(crate) fn svix_signature(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    format!("v1,{}", STANDARD.encode(hmac(&key, &signed)))
}

/// Whether the newest secret signed what Trackstar delivers.
pub(crate) fn svix_verifies(delivery: &Delivery) -> bool {
    let (id, timestamp) = (header(delivery, "svix-id"), header(delivery, "svix-timestamp"));
    let expected = svix_signature(credentials::TRACKSTAR_WEBHOOK_SECRET, id, timestamp, &delivery.body);
    header(delivery, "svix-signature").split(' ').any(|signature| signature == expected)
}

#[test]
fn this_hmac_is_that_of_the_published_examples() {
    let jefe: String =
        hmac(b"Jefe", b"what do ya want for nothing?").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(jefe, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let signed = svix_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

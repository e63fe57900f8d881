//! The two signatures of webhooks. Both are HMAC-SHA256.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Lower-case hex of the signature of `body` under the text of `secret`, as Starshipit signs.
pub(crate) fn hex(secret: &str, body: &[u8]) -> Option<String> {
    Some(sign(secret.as_bytes(), &[body])?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// `v1,` and base64 of the signature of `id.timestamp.body`, as Standard Webhooks and Svix sign. `None` for a secret
/// that is not base64 behind `whsec_`.
pub(crate) fn standard_webhooks(secret: &str, id: &str, timestamp: u64, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let signature = sign(&key, &[format!("{id}.{timestamp}.").as_bytes(), body])?;
    Some(format!("v1,{}", STANDARD.encode(signature)))
}

fn sign(key: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{hex, standard_webhooks};

    #[test]
    fn hex_is_that_of_rfc_4231() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex("Jefe", b"what do ya want for nothing?").as_deref(), Some(expected));
    }

    #[test]
    fn a_standard_webhook_is_signed_as_its_published_example() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signed =
            standard_webhooks(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_secret_without_its_prefix_signs_nothing() {
        assert_eq!(standard_webhooks("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_1", 1, b""), None);
    }
}

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connote_vendors::saleor::webhook::verify;
use connote_vendors::webhook::Refusal;
use num_bigint::BigUint;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Sent, hex_hmac, sample};

const HEADER: &str = "Saleor-Signature";
const INFO: [u8; 19] = [48, 49, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1, 5, 0, 4, 32];

fn asked() -> (Sent, Vec<u8>) {
    let (sent, sample) = sample("saleor-shipping-list-methods");
    (sent.without("X-Saleor-Signature"), sample["jwks"].to_string().into_bytes())
}

/// A key of two Mersenne primes, which everybody can factor: for tests alone.
struct Key {
    modulus: BigUint,
    private: BigUint,
}

impl Key {
    fn of(first: u64, second: u64) -> Self {
        Self::with(first, second, 65_537)
    }

    fn with(first: u64, second: u64, exponent: u32) -> Self {
        let one = BigUint::from(1_u32);
        let [p, q] = [first, second].map(|power| (&one << power) - &one);
        let private = BigUint::from(exponent).modinv(&((&p - &one) * (&q - &one))).unwrap();
        Self { modulus: p * q, private }
    }

    fn length(&self) -> usize {
        usize::try_from(self.modulus.bits().div_ceil(8)).unwrap()
    }

    fn jwk(&self, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut key = json!({ "kty": "RSA", "kid": "k", "use": "sig", "alg": "RS256", "e": "AQAB",
            "n": URL_SAFE_NO_PAD.encode(self.modulus.to_bytes_be()) });
        change(&mut key);
        json!({ "keys": [{ "kty": "EC", "kid": "k" }, key] }).to_string().into_bytes()
    }

    /// The signature of an encoding that need not be right.
    fn sign(&self, encoding: &[u8]) -> Vec<u8> {
        let bytes = BigUint::from_bytes_be(encoding).modpow(&self.private, &self.modulus).to_bytes_be();
        [vec![0; self.length() - bytes.len()], bytes].concat()
    }

    fn sent(&self, header: &Value, encoding: impl FnOnce(usize, &[u8]) -> Vec<u8>) -> Sent {
        let body = b"[{\"type\":\"Checkout\"}]";
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let digest = Sha256::new().chain_update(&header).chain_update(b".").chain_update(body).finalize();
        let signature = self.sign(&encoding(self.length(), &digest));
        Sent::new(body).with(HEADER, &format!("{header}..{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn right(length: usize, digest: &[u8]) -> Vec<u8> {
    let filling = vec![0xff; length - 3 - INFO.len() - digest.len()];
    [&[0, 1][..], &filling, &[0], &INFO, digest].concat()
}

fn header() -> Value {
    json!({ "alg": "RS256", "b64": false, "crit": ["b64"], "kid": "k", "typ": "JWT" })
}

fn small() -> Key {
    Key::of(521, 2203)
}

#[test]
fn a_stride_through_the_body_and_every_bit_of_signature_and_header_are_refused() {
    let (sent, jwks) = asked();
    assert_eq!(verify(&sent.delivery(), &jwks, &[]), Ok(()));
    for spoilt in sent.spoilt_bodies(1, 1) {
        assert_eq!(verify(&spoilt.delivery(), &jwks, &[]), Err(Refusal::Mismatch));
    }
    let mut spoilt = 0;
    for sent in sent.spoilt_headers(HEADER) {
        assert!(verify(&sent.delivery(), &jwks, &[]).is_err(), "{}", sent.header(HEADER));
        spoilt += 1;
    }
    assert!(spoilt > 450 * 6, "{spoilt}");
}

#[test]
fn the_twin_with_an_x_counts_where_the_header_is_missing() {
    let (sent, jwks) = asked();
    let signature = sent.header(HEADER).to_owned();
    let sent = sent.without(HEADER);
    assert_eq!(verify(&sent.delivery(), &jwks, &[]), Err(Refusal::Missing));
    assert_eq!(verify(&sent.with("x-saleor-signature", &signature).delivery(), &jwks, &[]), Ok(()));
}

#[test]
fn the_deprecated_secret_signs_in_hex() {
    let (sent, jwks) = asked();
    let signed = sent.clone().with(HEADER, &hex_hmac("s", &sent.body));
    assert_eq!(verify(&signed.delivery(), b"", &["s"]), Ok(()));
    assert_eq!(verify(&signed.delivery(), &jwks, &["new", "s"]), Ok(()));
    assert_eq!(verify(&signed.delivery(), b"", &["other"]), Err(Refusal::Mismatch));
    for spoilt in signed.spoilt_bodies(1, 8).chain(signed.spoilt_headers(HEADER)) {
        assert!(verify(&spoilt.delivery(), b"", &["s"]).is_err());
    }
}

#[test]
fn neither_proof_stands_in_for_the_other_and_none_is_none() {
    let (sent, jwks) = asked();
    let by_secret = sent.clone().with(HEADER, &hex_hmac("s", &sent.body));
    assert_eq!(verify(&by_secret.delivery(), &jwks, &[]), Err(Refusal::NoSecret));
    assert_eq!(verify(&sent.delivery(), b"", &["s"]), Err(Refusal::NoSecret));
    for jwks in [&b""[..], b"{}", br#"{"keys":[]}"#, b"<html>"] {
        assert_eq!(verify(&sent.delivery(), jwks, &[""]), Err(Refusal::NoSecret));
    }
    // The classic confusion: a signature made with the public key as if it were a secret.
    let keyed = hex_hmac(std::str::from_utf8(&jwks).unwrap(), &sent.body);
    assert_eq!(verify(&sent.with(HEADER, &keyed).delivery(), &jwks, &[]), Err(Refusal::NoSecret));
}

#[test]
fn another_algorithm_is_refused_though_the_signature_is_right() {
    let key = small();
    assert_eq!(verify(&key.sent(&header(), right).delivery(), &key.jwk(|_| {}), &[]), Ok(()));
    for alg in
        [json!("none"), json!("HS256"), json!("RS512"), json!("PS256"), json!("rs256"), json!(null), json!(["RS256"])]
    {
        let mut header = header();
        header["alg"] = alg.clone();
        assert_eq!(
            verify(&key.sent(&header, right).delivery(), &key.jwk(|_| {}), &[]),
            Err(Refusal::Malformed),
            "{alg}"
        );
    }
}

#[test]
fn critical_headers_that_are_not_known_or_do_not_name_b64_are_refused() {
    let key = small();
    for crit in [json!(["b64", "exp"]), json!(["exp"]), json!([]), json!("b64"), json!(null), json!(["b64", "b64"])] {
        let mut header = header();
        header["crit"] = crit.clone();
        assert_eq!(
            verify(&key.sent(&header, right).delivery(), &key.jwk(|_| {}), &[]),
            Err(Refusal::Malformed),
            "{crit}"
        );
    }
}

#[test]
fn without_b64_false_the_body_would_be_signed_as_base64_and_is_refused() {
    let key = small();
    for b64 in [json!(true), json!(null), json!("false"), json!(0)] {
        let mut header = header();
        header["b64"] = b64.clone();
        assert_eq!(
            verify(&key.sent(&header, right).delivery(), &key.jwk(|_| {}), &[]),
            Err(Refusal::Malformed),
            "{b64}"
        );
    }
    let (sent, jwks) = asked();
    let attached = sent.header(HEADER).replace("..", ".e30.");
    for other in [attached.as_str(), ".", "..", "a..b..c", "e30..AA", "...", &sent.header(HEADER).replace("..", ".")] {
        assert_eq!(
            verify(&sent.clone().with(HEADER, other).delivery(), &jwks, &[]),
            Err(Refusal::Malformed),
            "{other}"
        );
    }
}

#[test]
fn the_key_is_looked_up_by_its_name_and_has_to_be_fit_for_rs256() {
    let key = small();
    let sent = key.sent(&header(), right);
    let with = |change: fn(&mut Value)| verify(&sent.delivery(), &key.jwk(change), &[]);
    assert_eq!(with(|key| key["use"] = json!(null)), Ok(()));
    assert_eq!(with(|key| key["alg"] = json!(null)), Ok(()));
    assert_eq!(with(|key| key["kid"] = json!("other")), Err(Refusal::UnknownKey));
    assert_eq!(with(|key| key["kty"] = json!("EC")), Err(Refusal::UnknownKey));
    assert_eq!(with(|key| key["use"] = json!("enc")), Err(Refusal::UnknownKey));
    assert_eq!(with(|key| key["alg"] = json!("RS512")), Err(Refusal::UnknownKey));
    assert_eq!(with(|key| key["e"] = json!("Aw")), Err(Refusal::UnknownKey));
    assert_eq!(with(|key| key["n"] = json!("")), Err(Refusal::UnknownKey));
    let mut nameless = header();
    nameless["kid"] = json!("");
    assert_eq!(
        verify(&key.sent(&nameless, right).delivery(), &key.jwk(|key| key["kid"] = json!("")), &[]),
        Err(Refusal::Malformed)
    );
}

#[test]
fn a_modulus_of_less_than_2048_or_more_than_4096_bits_is_refused() {
    for (first, second, bits, verdict) in [
        (521, 1279, 1800, Err(Refusal::UnknownKey)),
        (521, 2203, 2724, Ok(())),
        (1279, 2203, 3482, Ok(())),
        (2203, 2281, 4484, Err(Refusal::UnknownKey)),
    ] {
        let key = Key::of(first, second);
        assert_eq!(key.modulus.bits(), bits);
        assert_eq!(verify(&key.sent(&header(), right).delivery(), &key.jwk(|_| {}), &[]), verdict, "{bits}");
    }
}

#[test]
fn only_the_one_encoding_of_the_digest_is_taken() {
    let key = small();
    let refused = |encoding: fn(usize, &[u8]) -> Vec<u8>| {
        assert_eq!(verify(&key.sent(&header(), encoding).delivery(), &key.jwk(|_| {}), &[]), Err(Refusal::Mismatch));
    };
    // Too little filling, and what a forger needs behind the digest.
    refused(|length, digest| {
        let mut short = [&[0, 1][..], &[0xff; 8], &[0], &INFO, digest].concat();
        short.resize(length, 0x55);
        short
    });
    // Parameters left out of the algorithm, which some verifiers take.
    refused(|length, digest| {
        let info = [&[48, 47, 48, 11, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1, 4, 32][..], digest].concat();
        [&[0, 1][..], &vec![0xff; length - 3 - info.len()], &[0], &info].concat()
    });
    // Without the name of the algorithm, of another one, of type 2, with other filling.
    refused(|length, digest| [&[0, 1][..], &vec![0xff; length - 3 - 32], &[0], digest].concat());
    refused(|length, digest| right(length, digest).iter().map(|b| if *b == 0x01 { 2 } else { *b }).collect());
    refused(|length, digest| {
        let mut other = right(length, digest);
        other[length / 2] = 0xfe;
        other
    });
    refused(|_, digest| digest.to_vec());
    refused(|_, _| vec![1]);
    refused(|_, _| Vec::new());
}

#[test]
fn a_signature_is_as_long_as_the_modulus_and_below_it() {
    let key = small();
    let sent = key.sent(&header(), right);
    let (head, signature) = sent.header(HEADER).split_once("..").unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let with = |bytes: &[u8]| {
        let sent = sent.clone().with(HEADER, &format!("{head}..{}", URL_SAFE_NO_PAD.encode(bytes)));
        verify(&sent.delivery(), &key.jwk(|_| {}), &[])
    };
    assert_eq!(with(&signature), Ok(()));
    let above = (BigUint::from_bytes_be(&signature) + &key.modulus).to_bytes_be();
    for other in [&[&[0], &signature[..]].concat(), &signature[1..], &above, &[], &key.modulus.to_bytes_be()] {
        assert_eq!(with(other), Err(Refusal::Mismatch));
    }
}

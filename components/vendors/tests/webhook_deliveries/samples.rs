//! The samples of the contracts.

use connote_vendors::webhook::{Delivery, Refusal};
use connote_vendors::{saleor, shopify, woocommerce};

use crate::support::{Sent, sample};

type Verify = fn(&Delivery<'_>, &[&str]) -> Result<(), Refusal>;

/// Every sample that is signed with a secret, and where its signature stands.
const SECRET: [(&str, Verify, &str); 3] = [
    ("shopify-rate-request", shopify::webhook::verify, "X-Shopify-Hmac-Sha256"),
    ("shopify-orders-create", shopify::webhook::verify, "X-Shopify-Hmac-SHA256"),
    ("woocommerce-order-created", woocommerce::webhook::verify, "X-WC-Webhook-Signature"),
];

#[test]
fn every_sample_verifies() {
    for (name, verify, _) in SECRET {
        let (sent, sample) = sample(name);
        let secret = sample["test_secret"].as_str().unwrap();
        assert_eq!(verify(&sent.delivery(), &[secret]), Ok(()), "{name}");
        assert_eq!(verify(&sent.delivery(), &["new", secret, ""]), Ok(()), "{name} while secrets change");
        assert_eq!(verify(&sent.delivery(), &["other"]), Err(Refusal::Mismatch), "{name}");
    }
    let (sent, sample) = sample("saleor-shipping-list-methods");
    assert_eq!(saleor::webhook::verify(&sent.delivery(), sample["jwks"].to_string().as_bytes(), &[]), Ok(()));
}

#[test]
fn every_flipped_bit_of_a_signed_body_is_refused() {
    for (name, verify, _) in SECRET {
        let (sent, sample) = sample(name);
        let secret = sample["test_secret"].as_str().unwrap();
        for spoilt in sent.spoilt_bodies(1, 8) {
            assert_eq!(verify(&spoilt.delivery(), &[secret]), Err(Refusal::Mismatch), "{name}");
        }
        for body in [&sent.body[1..], &[&sent.body[..], b" "].concat(), b""] {
            let other = Sent { body: body.to_vec(), ..sent.clone() };
            assert_eq!(verify(&other.delivery(), &[secret]), Err(Refusal::Mismatch), "{name}");
        }
    }
}

#[test]
fn every_flipped_bit_of_a_signature_is_refused() {
    for (name, verify, header) in SECRET {
        let (sent, sample) = sample(name);
        let secret = sample["test_secret"].as_str().unwrap();
        let mut spoilt = 0;
        for sent in sent.spoilt_headers(header) {
            assert!(verify(&sent.delivery(), &[secret]).is_err(), "{name} {}", sent.header(header));
            spoilt += 1;
        }
        assert!(spoilt > 44 * 6, "{spoilt}");
    }
}

#[test]
fn without_a_secret_nothing_is_believed_and_an_empty_one_is_none() {
    for (name, verify, header) in SECRET {
        let (sent, _) = sample(name);
        // Signed with the empty text, which an empty setting would let through.
        let forged = sent.clone().with(header, &crate::support::base64_hmac("", &sent.body));
        for secrets in [&[][..], &[""], &["", " "]] {
            assert_eq!(verify(&forged.delivery(), secrets), Err(Refusal::NoSecret), "{name}");
            assert_eq!(verify(&sent.delivery(), secrets), Err(Refusal::NoSecret), "{name}");
        }
    }
}

#[test]
fn a_signature_that_is_missing_or_written_otherwise_is_told_apart() {
    for (name, verify, header) in SECRET {
        let (sent, sample) = sample(name);
        let secret = [sample["test_secret"].as_str().unwrap()];
        let signature = sent.header(header).to_owned();
        assert_eq!(verify(&sent.clone().without(header).delivery(), &secret), Err(Refusal::Missing), "{name}");
        let hex = crate::support::hex_hmac(secret[0], &sent.body);
        for other in ["", "=", &hex, signature.trim_end_matches('='), &format!("{signature}{signature}")] {
            let refusal = verify(&sent.clone().with(header, other).delivery(), &secret);
            assert_eq!(refusal, Err(Refusal::Malformed), "{name} {other}");
        }
        let shouted = sent.clone().without(header).with(&header.to_ascii_uppercase(), &signature);
        assert_eq!(verify(&shouted.delivery(), &secret), Ok(()), "names of headers have no case");
    }
}

//! Nothing that can be sent makes a reader panic, and nothing that was made up is believed.

use connote_vendors::webhook::{Delivery, KEY_BYTES, WHAT_CHARS};
use connote_vendors::{cartoncloud, saleor, shopify, starshipit, trackstar, woocommerce};
use proptest::prelude::*;

use crate::support::{Sent, sample};

const NAMES: [&str; 12] = [
    "X-Starshipit-Signature",
    "svix-id",
    "svix-timestamp",
    "svix-signature",
    "X-Shopify-Hmac-SHA256",
    "X-Shopify-Topic",
    "X-Shopify-Shop-Domain",
    "X-Shopify-Webhook-Id",
    "X-WC-Webhook-Signature",
    "X-WC-Webhook-Topic",
    "X-WC-Webhook-Source",
    "Saleor-Signature",
];

fn header() -> impl Strategy<Value = (String, String)> {
    let value = prop_oneof![
        any::<String>(),
        "[a-f0-9]{64}",
        "[A-Za-z0-9+/]{43}=",
        "(v1,)?[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?",
        "[0-9]{0,24}",
        "orders/(create|cancelled|edited|delete)",
        "order\\.(created|deleted)",
        "[A-Za-z0-9_-]{0,9}\\.[A-Za-z0-9_-]{0,2}\\.[A-Za-z0-9_-]{0,9}",
    ];
    (prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned), value)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let json = "[\\[{\"a-z_:,0-9\\]} é|\\n\\\\]{0,60}";
    let object = r#"\{"(id|order_number|status|event_type|type|code|test)":("[a-z%|./]{0,9}"|[0-9]{1,30}|null|\{"id":1\}),"data":\{"id":"o"\},"status":"[a-z-]{0,12}"\}"#;
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        json.prop_map(String::into_bytes),
        object.prop_map(String::into_bytes)
    ]
}

fn read(delivery: &Delivery<'_>) {
    let events = [
        starshipit::webhook::event(delivery),
        trackstar::webhook::event(delivery),
        cartoncloud::webhook::event(delivery),
        shopify::webhook::event(delivery),
        woocommerce::webhook::event(delivery),
    ];
    for event in events.into_iter().flatten() {
        let keys = [&event.key, &event.content_key];
        assert!(keys.iter().all(|key| key.len() <= KEY_BYTES && !key.chars().any(char::is_control)), "{event:?}");
        assert!(!event.key.is_empty() && event.what.chars().count() <= WHAT_CHARS, "{event:?}");
    }
    let _told = (shopify::webhook::shop(delivery), trackstar::webhook::connection(delivery));
    let _ping = woocommerce::webhook::is_ping(delivery);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_made_up_is_believed(
        headers in prop::collection::vec(header(), 0..8),
        query in "[a-z=&%0-9é+]{0,40}",
        body in body(),
        now_ms in any::<u64>(),
        jwks in body(),
    ) {
        let sent = Sent { headers, query, body, now_ms };
        let delivery = sent.delivery();
        let secrets = ["whsec_c2VjcmV0", "a secret that is in no query"];
        prop_assert!(starshipit::webhook::verify(&delivery, &secrets).is_err());
        prop_assert!(trackstar::webhook::verify(&delivery, &secrets).is_err());
        prop_assert!(cartoncloud::webhook::verify(&delivery, &secrets).is_err());
        prop_assert!(shopify::webhook::verify(&delivery, &secrets).is_err());
        prop_assert!(woocommerce::webhook::verify(&delivery, &secrets).is_err());
        prop_assert!(saleor::webhook::verify(&delivery, &jwks, &secrets).is_err());
        prop_assert!(shopify::webhook::is_from(&delivery, "").is_err());
        read(&delivery);
    }

    #[test]
    fn a_spoilt_sample_is_read_or_refused_but_never_panics(
        name in prop::sample::select(vec!["shopify-orders-create", "woocommerce-order-created"]),
        at in any::<prop::sample::Index>(),
        with in any::<Vec<u8>>(),
    ) {
        let (mut sent, _) = sample(name);
        let at = at.index(sent.body.len());
        sent.body.splice(at..(at + with.len()).min(sent.body.len()), with);
        read(&sent.delivery());
    }

    #[test]
    fn any_body_that_its_secret_has_signed_verifies(body in any::<Vec<u8>>(), secret in "[!-~&;#]{1,80}") {
        let signed = |name, value: &str| Sent::new(&body).with(name, value);
        let (hex, base64) = (crate::support::hex_hmac(&secret, &body), crate::support::base64_hmac(&secret, &body));
        let sent = signed("X-Starshipit-Signature", &hex);
        prop_assert_eq!(starshipit::webhook::verify(&sent.delivery(), &[&secret]), Ok(()));
        let sent = signed("X-Shopify-Hmac-SHA256", &base64);
        prop_assert_eq!(shopify::webhook::verify(&sent.delivery(), &[&secret]), Ok(()));
        let sent = signed("X-WC-Webhook-Signature", &base64);
        prop_assert_eq!(woocommerce::webhook::verify(&sent.delivery(), &[&secret]), Ok(()));
    }
}

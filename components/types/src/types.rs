//! `connote:types/types@0.1.0`

/// Pairs of key and value.
pub type Attributes = Vec<(String, String)>;

record!(Money { minor: i64, currency: String });
record!(Address {
    name: String,
    company: String,
    building: String,
    street: String,
    suburb: String,
    city: String,
    state: String,
    post_code as "post-code": String,
    country: String,
    phone: String,
    email: String,
    delivery_instructions as "delivery-instructions": String,
    tax_number as "tax-number": String,
    attributes: Attributes,
});
record!(OrderLine {
    sku: String,
    description: String,
    quantity: u32,
    weight_g as "weight-g": Vec<u64>,
    value: Vec<Money>,
    tariff_code as "tariff-code": String,
    country_of_origin as "country-of-origin": String,
    attributes: Attributes,
});
record!(Parcel {
    source_id as "source-id": String,
    name: String,
    weight_g as "weight-g": Vec<u64>,
    length_mm as "length-mm": Vec<u64>,
    width_mm as "width-mm": Vec<u64>,
    height_mm as "height-mm": Vec<u64>,
    attributes: Attributes,
});
record!(Order {
    source_id as "source-id": String,
    number: String,
    reference: String,
    date: String,
    shipping_method as "shipping-method": String,
    signature_required as "signature-required": Vec<bool>,
    currency: String,
    destination: Address,
    sender: Vec<Address>,
    lines: Vec<OrderLine>,
    parcels: Vec<Parcel>,
    metadata: Attributes,
    attributes: Attributes,
});
record!(Document {
    label_type as "label-type": String,
    media_type as "media-type": String,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
});
record!(TrackedParcel {
    tracking_number as "tracking-number": String,
    tracking_url as "tracking-url": String,
    source_id as "source-id": String,
});
record!(Intent {
    job: String,
    name: String,
    method: String,
    path: String,
    sent_ms as "sent-ms": u64,
});
record!(OrderRecord {
    connection: String,
    source_id as "source-id": String,
    account: String,
    order_id as "order-id": Vec<u64>,
    order_number as "order-number": String,
    intents: Vec<Intent>,
    printed_ms as "printed-ms": Vec<u64>,
    carrier: String,
    service: String,
    tracking: Vec<TrackedParcel>,
    written: Vec<String>,
    stage: String,
    attributes: Attributes,
});

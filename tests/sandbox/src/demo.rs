//! The orders of [`World::demo`](crate::World::demo) and what each of them shows.
//!
//! Trackstar, status `packed` or `picked`, so worth shipping:
//!
//! | id | number | shows |
//! |---|---|---|
//! | `ord_1001` | SO-1001 | domestic, one line, one weighed pack; every field present, most of them null |
//! | `ord_1002` | SO-1002 | to Germany, customs facts on the product, euros, duty paid by the recipient; no packs |
//! | `ord_1003` | #KW-10443 | to New Zealand, three lines, number with a hash sign; null fields are left out; no packs |
//! | `ord_1004` | SO-1004 | three packs, so three labels; receiver has a company and no name; one product has no weight |
//! | `ord_1005` | SO-1005 | two kits of three parts each, weights on the parts only; country as `AUS`; no packs |
//! | `ord_1006` | SO-1006 | to the United States, inches, pounds and ounces, two packs |
//! | `ord_1012` | SO-1012 | to the United Kingdom, signature required, its pack is not weighed |
//! | `ord_1013` | SO-1001 | another merchant with a number that is in use: a clash in one Starshipit account |
//! | `ord_1011` | SO-1011 | post code and suburb do not match: every courier refuses |
//!
//! Trackstar, nothing to ship: `ord_1007` is partly shipped (SO-1007), `ord_1008` is shipped (SO-1008), `ord_1009` is
//! backordered (SO-1009), `ord_1010` has the status `allocated_v2`, which no list knows (SO-1010).
//!
//! CartonCloud, ids `44444444-0000-4000-8000-0000000000NN`:
//!
//! | NN | reference | shows |
//! |---|---|---|
//! | 01 | PO-5512 | packed, domestic, two lines, has a consignment |
//! | 02 | PO-5513 | dispatched, has a consignment |
//! | 03 | PO-5514 | cartons beside units of one product, a product without weight, null in many fields; no consignment |
//! | 04 | PO-5515 | picked up by the customer: no carrier |
//! | 05 | PO-5516 | wants an express service, has a consignment |
//! | 06 | PO-5517 | no consignment, country by name only |
//! | 07 | PO-5518 | to New Zealand, customs facts in custom fields of the item |
//! | 08 | PO-5519 | post code longer than Starshipit takes |
//! | 09 | PO-5520 | ten cartons, may be split |
//! | 10 | PAN-77 | another customer with the numeric id 13673, which is that of order 01 |
//! | 11 | PO-5521 | rejected, without items |
//! | 12 | PO-5522 | status `PARKED`, which no list knows |
//! | 13 | PO-5523 | `carrierTrackingNumberField` is filled: the vendor's own connector is at work |
//!
//! Starshipit starts empty. The pickup address of its account is in Tullamarine, Australia.

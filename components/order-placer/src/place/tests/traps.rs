//! What Starshipit does that nobody would expect, each by its name.

use super::*;

fn conflict(run: &Run<Placed>) -> Vec<&str> {
    assert_eq!(run.failed().disposition, Disposition::Conflict);
    run.failed().fields.iter().map(|field| field.path.as_str()).collect()
}

fn warned(run: &Run<Placed>) -> Vec<&str> {
    run.done().warnings.iter().map(|warning| warning.path.as_str()).collect()
}

#[test]
fn package_instead_of_packages_vanishes_silently_and_the_default_package_is_found_in_the_echo() {
    let run =
        creates(|order| order["packages"] = json!([{ "package_id": 21, "name": "Package", "weight": 0, "height": 0 }]));
    let paths = ["weight", "length", "width", "height"].map(|side| format!("packages[0].{side}"));
    assert_eq!(conflict(&run), paths);
}

#[test]
fn a_default_package_is_made_when_none_is_named_and_is_no_difference() {
    let mut boxless = meant();
    boxless.as_object_mut().unwrap().remove("packages");
    let mut job = job();
    job.order.parcels.clear();
    job.body = json!({ "order": boxless }).to_string().into_bytes();
    let run = run(&job, |request| if request.name == "create" { one(held(7)) } else { none() });
    assert_eq!((run.names(), warned(&run)), (vec!["lookup", "create"], Vec::new()));
}

#[test]
fn what_the_accounts_rules_choose_in_the_background_is_no_difference() {
    let mut meant = meant();
    meant["carrier"] = json!("PlainLabel");
    meant["carrier_service_code"] = json!("STD");
    let job = PlaceJob { body: json!({ "order": meant }).to_string().into_bytes(), ..job() };
    for (carrier, service) in [(json!(-1), json!("")), (json!(47), json!("7B05")), (json!("AusPost"), json!(null))] {
        let run = run(&job, |request| {
            let mut order = held(7);
            order["carrier"] = carrier.clone();
            order["carrier_service_code"] = service.clone();
            if request.name == "create" { one(order) } else { none() }
        });
        assert_eq!(warned(&run), [""; 0], "{carrier}");
    }
}

#[test]
fn metadata_keys_of_starshipits_own_are_added_and_flags_come_back_as_text() {
    let mut meant = meant();
    meant["metadatas"] = json!([{ "metafield_key": "ATL", "value": "True" }]);
    let job = PlaceJob { body: json!({ "order": meant }).to_string().into_bytes(), ..job() };
    for value in [json!("true"), json!(true)] {
        let run = run(&job, |request| {
            let mut order = held(7);
            order["metadatas"] = json!([
                { "metafield_key": "ADDRESSVALIDATED", "value": "True", "required": false },
                { "metafield_key": "SOURCE", "value": "API", "required": false },
                { "metafield_key": "atl", "value": value, "required": false },
            ]);
            if request.name == "create" { one(order) } else { none() }
        });
        assert_eq!(warned(&run), [""; 0], "{value}");
    }
}

#[test]
fn success_true_may_still_say_something_in_messages() {
    let said = |order: Value| answer(200, &json!({ "order": order, "success": true, "messages": ["Rule 7 failed"] }));
    let created = run(&job(), |request| if request.name == "create" { said(held(7)) } else { none() });
    let updated = run(&recorded(7), |request| {
        let mut order = held(7);
        order["reference"] = json!("R");
        order["shipping_method"] = json!("Express");
        if request.name == "read" { one(order) } else { said(held(7)) }
    });
    for run in [created, updated] {
        let messages: Vec<&str> = run.done().warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(messages, ["Starshipit says: Rule 7 failed"]);
    }
}

#[test]
fn a_number_that_exists_may_be_refused_with_200_400_or_409_in_unpublished_words_so_starshipit_is_looked_at() {
    for status in [200, 400, 409] {
        let run = run(&job(), |request| match request.name.as_str() {
            "lookup" => none(),
            "create" => answer(status, &json!({ "success": false, "errors": ["Bestellung existiert"] })),
            "search" => rows(&[row(7)]),
            _ => one(held(7)),
        });
        assert_eq!(run.names(), ["lookup", "create", "lookup-2", "search"], "{status}");
        assert_eq!(run.done().placement, Placement::Adopted);
    }
}

#[test]
fn the_search_is_for_a_phrase_so_numbers_are_compared_exactly() {
    let run = run(&job(), |request| match request.name.as_str() {
        "lookup" => one(held(7)),
        "search" => {
            let mut longer = row(8);
            longer["order_number"] = json!("#1001-B");
            rows(&[longer, row(7)])
        }
        other => panic!("{other}"),
    });
    assert_eq!((run.done().placement, run.done().order_id), (Placement::Adopted, 7));
}

#[test]
fn rows_of_a_search_have_no_address_so_the_order_is_read() {
    let mut job = job();
    let sent_ms = connote_scripted::START_MS - 200_000;
    job.record.intents =
        vec![Intent { method: "POST".into(), path: "/api/orders".into(), sent_ms, ..Intent::default() }];
    let run = run(&job, |request| match request.name.as_str() {
        "lookup" => none(),
        "search" => rows(&[row(7)]),
        _ => one(held(7)),
    });
    assert_eq!(run.names(), ["lookup", "search", "read"]);
    assert_eq!(run.done().placement, Placement::Adopted);
}

#[test]
fn an_update_keeps_what_it_leaves_out_so_a_company_that_is_gone_is_cleared() {
    let run = differs(|order| {
        order["destination"]["company"] = json!("Old Employer");
        order["destination"]["delivery_instructions"] = json!("Ring twice");
    });
    assert_eq!(run.body("update")["order"]["destination"], json!({ "company": "", "delivery_instructions": "" }));
}

#[test]
fn an_update_keeps_what_it_leaves_out_so_nothing_of_the_old_address_stays_when_the_receiver_moves() {
    let run = differs(|order| {
        order["destination"] = json!({ "name": "Bob Old", "street": "9 Far Road", "suburb": "Ponsonby", "city": "Auckland",
            "state": "AKL", "post_code": "1011", "country": "New Zealand", "phone": "021", "email": "bob@example.com",
            "tax_number": "7" });
    });
    let mut whole = meant()["destination"].clone();
    for gone in ["suburb", "city", "state", "phone", "email", "tax_number"] {
        whole[gone] = json!("");
    }
    assert_eq!(run.body("update")["order"]["destination"], whole);
    // What the address check of Starshipit has filled in stays while the address does.
    let filled = differs(|order| order["destination"]["suburb"] = json!("Sydney"));
    assert_eq!((filled.names(), filled.done().placement), (vec!["read"], Placement::Unchanged));
}

#[test]
fn an_update_that_says_200_and_changed_nothing_is_found_in_the_echo() {
    let run = run(&recorded(7), |_| {
        let mut order = held(7);
        order["packages"][0]["weight"] = json!(5);
        one(order)
    });
    assert_eq!(run.names(), ["read", "update"]);
    assert_eq!(conflict(&run), ["packages[0].weight"]);
}

#[test]
fn an_update_that_says_success_and_shows_no_order_is_read() {
    let run = run(&recorded(7), |request| match request.name.as_str() {
        "read" => {
            let mut order = held(7);
            order["packages"][0]["weight"] = json!(5);
            one(order)
        }
        "update" => answer(200, &json!({ "success": true })),
        _ => one(held(7)),
    });
    assert_eq!(run.names(), ["read", "update", "read-2"]);
    assert_eq!(run.done().placement, Placement::Updated);
}

#[test]
fn personal_data_in_the_events_of_an_order_reaches_no_result() {
    for key in ["packages", "reference"] {
        let run = creates(|order| {
            order[key] = json!(null);
            order["events"] = json!([{ "category": "Api", "description": "{\"Name\":\"Canary Person\"}" }]);
        });
        assert!(!format!("{:?}", run.end).contains("Canary"), "{:?}", run.end);
    }
}

/// What is held after an update that takes `""` for "not given".
fn changed(mut order: Value, update: &Request) -> Value {
    let sent: Value = serde_json::from_slice(&update.body).unwrap();
    for (key, value) in sent["order"]["destination"].as_object().unwrap() {
        if value != "" {
            order["destination"][key] = value.clone();
        }
    }
    order
}

/// Our order 7, which went to `before`, at a far end that takes `""` for "not given" and answers an update with `echo`.
fn moves(before: &Value, echo: fn(Value) -> Answer) -> Run<Placed> {
    let mut meant = meant();
    meant["destination"] = json!({ "name": "Ada Nguyen", "street": "1 Quay St", "city": "Auckland", "post_code": "1010",
        "country": "New Zealand" });
    let job = PlaceJob { body: json!({ "order": meant }).to_string().into_bytes(), ..recorded(7) };
    let held = std::cell::RefCell::new(held(7));
    held.borrow_mut()["destination"] = before.clone();
    run(&job, |request| {
        if request.name != "update" {
            return one(held.borrow().clone());
        }
        let order = changed(held.borrow().clone(), request);
        held.replace(order.clone());
        echo(order)
    })
}

#[test]
fn an_update_may_take_empty_for_not_given_so_what_was_to_be_cleared_is_looked_for_afterwards() {
    let sydney = json!({ "name": "Ada Nguyen", "company": "Old Employer", "street": "9 Far Road", "suburb": "Newtown",
        "city": "Sydney", "state": "NSW", "post_code": "2042", "country": "Australia", "delivery_instructions": "Ring" });
    let left = ["company", "suburb", "state", "delivery_instructions"].map(|key| format!("destination.{key}"));
    let echoed = moves(&sydney, one);
    assert_eq!(echoed.names(), ["read", "update"]);
    assert_eq!(sorted(conflict(&echoed)), sorted(left.iter().map(String::as_str).collect()));
    let silent = moves(&sydney, |_| answer(200, &json!({ "success": true })));
    assert_eq!(silent.names(), ["read", "update", "read-2"]);
    assert_eq!(conflict(&silent).len(), 4);
}

#[test]
fn an_update_may_take_empty_for_not_given_so_what_is_left_of_another_receiver_is_told() {
    let bob = json!({ "name": "Bob Old", "street": "1 Quay St", "city": "Auckland", "post_code": "1010",
        "country": "New Zealand", "phone": "021", "email": "bob@example.com" });
    let run = moves(&bob, one);
    assert_eq!(run.done().placement, Placement::Updated);
    assert_eq!(warned(&run), ["destination.phone", "destination.email"]);
    // One that clears what it is told to clear is content.
    let cleared = differs(|order| order["destination"] = bob.clone());
    assert_eq!((cleared.done().placement, warned(&cleared)), (Placement::Updated, Vec::new()));
}

#[test]
fn what_is_still_there_after_an_update_without_an_answer_is_cleared_once_more() {
    let run = run(&recorded(7), |request| {
        let mut order = held(7);
        order["destination"]["suburb"] = json!("Newtown");
        match request.name.as_str() {
            // Rows are added, so that it is read before it is sent again.
            "read" => {
                order["destination"]["post_code"] = json!("2042");
                order["packages"] = json!([]);
                one(order)
            }
            "update" => Answer::Unknown("reset".into()),
            "read-2" => one(order),
            _ => one(held(7)),
        }
    });
    assert_eq!((run.names(), run.done().placement), (vec!["read", "update", "read-2", "update-2"], Placement::Updated));
    assert_eq!(run.body("update-2")["order"]["destination"], json!({ "suburb": "" }));
}

fn sorted(mut paths: Vec<&str>) -> Vec<&str> {
    paths.sort_unstable();
    paths
}

/// What Starshipit knows of the receiver beside what the order says.
fn known_more(order: &mut Value) {
    for (key, value) in
        [("phone", "0400 000 000"), ("email", "ada@example.com"), ("suburb", "Sydney"), ("state", "NSW")]
    {
        order["destination"][key] = json!(value);
    }
}

#[test]
fn capitals_are_no_other_receiver_so_nothing_is_erased_nor_sent() {
    let capitals = |order: &mut Value| {
        known_more(order);
        order["destination"]["name"] = json!("ADA  NGUYEN");
        order["destination"]["street"] = json!("1 GEORGE ST");
        order["sender_details"]["street"] = json!("9 WATTLE ROAD");
    };
    let again = differs(capitals);
    assert_eq!((again.names(), again.done().placement), (vec!["read"], Placement::Unchanged));
    let created = creates(capitals);
    assert_eq!(warned(&created), [""; 0]);
}

#[test]
fn capitals_with_accents_are_no_other_receiver_either() {
    let mut meant = meant();
    meant["destination"]["name"] = json!("Māia Núñez");
    meant["destination"]["city"] = json!("Ōtāhuhu");
    let job = PlaceJob { body: json!({ "order": meant }).to_string().into_bytes(), ..recorded(7) };
    let with = |name: &str, city: &str| {
        run(&job, |request| {
            let mut order = held(7);
            order["destination"] = meant["destination"].clone();
            if request.name == "read" {
                known_more(&mut order);
                order["destination"]["name"] = json!(name);
                order["destination"]["city"] = json!(city);
            }
            one(order)
        })
    };
    assert_eq!(with("MĀIA NÚÑEZ", "ŌTĀHUHU").names(), ["read"]);
    let plain = with("Maia Nunez", "OTAHUHU");
    assert_eq!(
        plain.body("update")["order"]["destination"],
        json!({ "name": "Māia Núñez", "city": "Ōtāhuhu" }),
        "the same receiver, spelled otherwise: nothing is erased"
    );
    assert_eq!(warned(&creates(|order| order["destination"]["name"] = json!("Àda Ngüyen"))), ["destination.name"]);
    let other = with("Mia Nunez", "Onehunga");
    let sent = other.body("update");
    for gone in ["phone", "email", "suburb", "state"] {
        assert_eq!(sent["order"]["destination"][gone], json!(""), "{gone}");
    }
}

#[test]
fn a_country_held_as_its_code_erases_nothing_and_stops_nothing() {
    for code in ["AU", "AUS", "australia."] {
        let kept = differs(|order| {
            known_more(order);
            order["destination"]["country"] = json!(code);
        });
        assert_eq!(kept.body("update")["order"]["destination"], json!({ "country": "Australia" }), "{code}");
        let created = creates(|order| order["destination"]["country"] = json!(code));
        assert_eq!(warned(&created), ["destination.country"], "{code}");
    }
    for other in ["AT", "Austria", "NZ", "Nowhere"] {
        let created = creates(|order| order["destination"]["country"] = json!(other));
        assert_eq!(conflict(&created), ["destination.country"], "{other}");
    }
}

#[test]
fn a_refused_read_of_an_order_that_was_placed_is_no_proof_that_it_is_gone() {
    // All is refused: nobody knows.
    let dark = run(&recorded(7), |_| none());
    assert_eq!(dark.failed().disposition, Disposition::Unavailable);
    assert!(!dark.names().iter().any(|name| name.starts_with("create")), "{:?}", dark.names());
    // The search lists it: it is there, and the read is asked again.
    let listed = |refusals: usize| {
        let mut reads = 0;
        let job = recorded(7);
        drive(
            |history| place(job.clone(), history),
            |_, request| match request.name.as_str() {
                "search" => rows(&[row(7)]),
                name if name.starts_with("read") => {
                    reads += 1;
                    if reads > refusals { one(held(7)) } else { none() }
                }
                other => panic!("{other}"),
            },
        )
    };
    for refusals in [1, 2, 3] {
        assert_eq!(listed(refusals).done().placement, Placement::Unchanged, "{refusals}");
    }
    assert_eq!(listed(1_000).failed().disposition, Disposition::Unavailable);
    // A search may miss an order whose number was changed, so the order itself is asked for once more.
    let mut reads = 0;
    let job = recorded(7);
    let missed = drive(
        |history| place(job.clone(), history),
        |_, request| {
            reads += usize::from(request.name.starts_with("read"));
            match request.name.as_str() {
                "search" => rows(&[]),
                _ if reads > 1 => one(held(7)),
                _ => none(),
            }
        },
    );
    assert_eq!((missed.names(), missed.done().placement), (vec!["read", "search", "read-2"], Placement::Unchanged));
}

//! The encounter over HTTP: what the page relies on, and what it must not be able to do.

use super::*;

/// A clinic with a patient; the headers of whoever set it up, and the patient's address.
async fn with_patient(test: &str) -> (Clinic, [(String, String); 2], String) {
    let clinic = Clinic::new(test).await;
    let (cookie, csrf) = clinic.setup().await;
    let headers = [("cookie".to_owned(), cookie), ("x-baihui-csrf".to_owned(), csrf)];
    let new = json!({ "name": { "given": "Li", "family": "Wang" }, "birth_date": "1950-02-28", "diagnoses": [
        { "text": "stroke", "condition": "stroke-arm", "lesion_side": "left", "deficit_side": "right" },
    ] });
    let (r, said) = clinic.send("POST", "/api/patients", &of(&headers), &new).await;
    assert_eq!(r.status(), 200, "{said}");
    let path = format!("/api/patients/{}", said["id"].as_str().unwrap());
    (clinic, headers, path)
}

fn of(headers: &[(String, String); 2]) -> [(&str, &str); 2] {
    [(&headers[0].0, &headers[0].1), (&headers[1].0, &headers[1].1)]
}

/// Answers all questions with the harmless word, but for some.
async fn answered(clinic: &Clinic, h: &[(&str, &str)], patient: &str, but: &[(&str, Value)]) -> Value {
    let (_, questions) = clinic.send("GET", "/api/safety/questions", &[], &Value::Null).await;
    let mut answers = serde_json::Map::new();
    for q in questions.as_array().unwrap() {
        let value = match q["ask"]["kind"].as_str().unwrap() {
            "flag" => json!(false),
            "choice" => q["ask"]["options"][0].clone(),
            _ => continue,
        };
        answers.insert(q["name"].as_str().unwrap().to_owned(), value);
    }
    for (name, value) in but {
        answers.insert((*name).to_owned(), value.clone());
    }
    let path = format!("{patient}/screening");
    let (_, now) = clinic.send("GET", &path, h, &Value::Null).await;
    let body = json!({ "seen": now["seen"], "answers": answers });
    let (r, said) = clinic.send("POST", &path, h, &body).await;
    assert_eq!(r.status(), 200, "{said}");
    said
}

/// Gives or withdraws consent to the treatment as the page does.
async fn agree(clinic: &Clinic, h: &[(&str, &str)], patient: &str) -> Value {
    let (_, texts) = clinic.send("GET", "/api/consents/texts", &[], &Value::Null).await;
    let all = texts.as_array().unwrap();
    let t = all.iter().find(|t| t["text"]["to"] == "treatment" && t["text"]["language"] == "zh").unwrap();
    let body = json!({ "to": "treatment", "text_version": t["text"]["version"], "language": "zh",
        "text_sha256": t["sha256"], "given_by": "a daughter" });
    let path = format!("{patient}/consents");
    let (r, said) = clinic.send("POST", &path, h, &body).await;
    assert_eq!(r.status(), 200, "{said}");
    let (_, kept) = clinic.send("GET", &path, h, &Value::Null).await;
    assert_eq!(kept[0]["consent"]["text_sha256"], t["sha256"], "{kept}");
    kept[0].clone()
}

/// A draft from the standard lines with everything that STRICTA asks for.
async fn draft(clinic: &Clinic, h: &[(&str, &str)], patient: &str) -> Value {
    let body = json!({ "condition": "stroke-arm", "protocols": ["ms"] });
    let (r, mut view) = clinic.send("POST", &format!("{patient}/plans"), h, &body).await;
    assert_eq!(r.status(), 200, "{view}");
    let mut plan = view["plan"].take();
    for n in plan["needles"].as_array_mut().unwrap() {
        n["spec"]["layer"] = json!("loose-areolar");
        n["response"] = json!("de-qi");
    }
    for (field, value) in [
        ("variation", "none"),
        ("needle_make", "steel"),
        ("frequency", "daily"),
        ("other_interventions", "none"),
        ("setting", "clinic"),
        ("practitioner", "8 years"),
    ] {
        plan["account"][field] = json!(value);
    }
    plan["account"]["sessions"] = json!(10);
    let path = format!("/api/plans/{}", view["id"].as_str().unwrap());
    let (r, said) = clinic.send("POST", &path, h, &json!({ "version": view["version"], "plan": plan })).await;
    assert_eq!(r.status(), 200, "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_signed_only_when_all_was_asked_and_a_session_follows_it_needle_by_needle() {
    let (clinic, headers, patient) = with_patient("plan").await;
    let h = of(&headers);
    let view = draft(&clinic, &h, &patient).await;
    let path = format!("/api/plans/{}", view["id"].as_str().unwrap());
    assert_eq!(view["check"]["signable"], false, "nothing was asked yet");
    let needles = view["plan"]["needles"].as_array().unwrap();
    assert!(
        needles.iter().any(|n| n["spec"]["site"]["code"] == "MS6" && n["spec"]["site"]["side"] == "left")
    );
    assert!(needles.iter().all(|n| n["place"]["tape"].as_str().unwrap().contains("mm")));
    let (r, _) =
        clinic.send("POST", &format!("{path}/signature"), &h, &json!({ "version": view["version"] })).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY);

    answered(&clinic, &h, &patient, &[]).await;
    let (_, view) = clinic.send("GET", &path, &h, &Value::Null).await;
    let (r, signed) =
        clinic.send("POST", &format!("{path}/signature"), &h, &json!({ "version": view["version"] })).await;
    assert_eq!(r.status(), 200, "{signed}");
    assert_eq!(signed["plan"]["signature"]["by"], "Ada Example");
    let (r, _) = clinic
        .send("POST", &path, &h, &json!({ "version": signed["version"], "plan": signed["plan"] }))
        .await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY, "what is signed does not change");

    let planned: Vec<Value> = signed["plan"]["needles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| json!({ "label": n["id"], "spec": n["spec"] }))
        .collect();
    let (_, me) = clinic.send("GET", "/api/me", &h, &Value::Null).await;
    let start = |planned: &[Value]| {
        json!({ "expected": 0, "events": [{ "at": { "at": "2026-11-22T10:00:00Z" }, "what": {
            "kind": "started", "patient": patient.rsplit('/').next().unwrap(), "practitioner": me["user"]["id"],
            "plan": { "id": signed["id"], "version": signed["version"] }, "planned": planned,
        } }] })
    };
    let session = "/api/sessions/018f2f3e-0000-7000-8000-0000000000b1/events";
    let mut other = planned.clone();
    other[0]["spec"]["site"]["side"] = json!("right");
    let (r, said) = clinic.send("POST", session, &h, &start(&other)).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY, "needles of another plan: {said}");
    answered(&clinic, &h, &patient, &[("open-fontanelle", json!(true))]).await;
    let (r, said) = clinic.send("POST", session, &h, &start(&planned)).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY, "signed yesterday, stopped today: {said}");
    answered(&clinic, &h, &patient, &[]).await;
    // Nobody is needled without having agreed, and a consent that was withdrawn is none.
    let (r, said) = clinic.send("POST", session, &h, &start(&planned)).await;
    assert_eq!((r.status(), &said["field"]), (StatusCode::CONFLICT, &json!("without_consent")), "{said}");
    let given = agree(&clinic, &h, &patient).await;
    let gone = format!("/api/consents/{}/withdrawal", given["id"].as_str().unwrap());
    let (r, said) = clinic.send("POST", &gone, &h, &json!({ "version": given["version"] })).await;
    assert_eq!(r.status(), 200, "{said}");
    let (r, _) = clinic.send("POST", session, &h, &start(&planned)).await;
    assert_eq!(r.status(), StatusCode::CONFLICT);
    let mut decided = start(&planned);
    decided["events"][0]["what"]["without_consent"] = json!("agreed by nodding, cannot write");
    let other = "/api/sessions/018f2f3e-0000-7000-8000-0000000000b2/events";
    let (r, said) = clinic.send("POST", other, &h, &decided).await;
    assert_eq!(r.status(), 200, "a practitioner decides, with a reason: {said}");
    let (_, shown) = clinic.send("GET", other.trim_end_matches("/events"), &h, &Value::Null).await;
    assert!(shown["note"].as_str().unwrap().contains("agreed by nodding"), "{shown}");
    agree(&clinic, &h, &patient).await;
    let (r, said) = clinic.send("POST", session, &h, &start(&planned)).await;
    assert_eq!(r.status(), 200, "{said}");

    let next = json!({ "version": signed["version"] });
    let (r, follows) = clinic.send("POST", &format!("{path}/next"), &h, &next).await;
    assert_eq!((r.status(), &follows["plan"]["version"]), (StatusCode::OK, &json!(2)), "{follows}");
    assert_eq!(follows["changes"], json!([]), "copied forward without a difference");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_stays_a_stop_and_a_decision_is_the_signed_in_persons() {
    let (clinic, headers, patient) = with_patient("stop").await;
    let h = of(&headers);
    let said =
        answered(&clinic, &h, &patient, &[("open-fontanelle", json!(true)), ("neural-implant", json!(true))])
            .await;
    let levels: Vec<&str> =
        said["findings"].as_array().unwrap().iter().map(|f| f["level"].as_str().unwrap()).collect();
    assert!(levels.contains(&"stop"), "{said}");
    assert!(
        said["findings"].as_array().unwrap().iter().all(|f| !f["sources"].as_array().unwrap().is_empty())
    );
    let view = draft(&clinic, &h, &patient).await;
    let path = format!("/api/plans/{}", view["id"].as_str().unwrap());
    let rule = |level: &str| {
        let all = view["check"]["findings"].as_array().unwrap();
        let of = all.iter().find(|f| f["level"] == level && f["state"] == "fires").unwrap();
        of["rule"].as_str().unwrap().to_owned()
    };
    let decide =
        |rule: &str, version: &Value| json!({ "version": version, "rule": rule, "reason": "it is fine" });
    let (r, said) =
        clinic.send("POST", &format!("{path}/decisions"), &h, &decide(&rule("stop"), &view["version"])).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    let (r, said) = clinic
        .send("POST", &format!("{path}/decisions"), &h, &decide(&rule("decide"), &view["version"]))
        .await;
    assert_eq!(r.status(), 200, "{said}");
    assert_eq!(said["plan"]["decisions"][0]["by"], "Ada Example");
    // The page cannot put a decision into somebody else's mouth.
    let mut plan = said["plan"].clone();
    plan["decisions"] = json!([{ "rule": rule("stop"), "sites": [], "reason": "no", "by": "Eve", "role": "practitioner",
        "at": "2026-11-22T10:00:00Z" }]);
    plan["answers"] = json!({});
    let (r, kept) =
        clinic.send("POST", &path, &h, &json!({ "version": said["version"], "plan": plan })).await;
    assert_eq!(r.status(), 200, "{kept}");
    assert_eq!(kept["plan"]["decisions"], said["plan"]["decisions"]);
    assert!(kept["plan"]["answers"]["open-fontanelle"].as_bool().unwrap(), "answers are the record's");
}

/// What `baihui screening add` keeps, by somebody who is not signed in here.
async fn asked_elsewhere(clinic: &Clinic, patient: &str, answers: Value) {
    use baihui_clinic::{screening::Screening, store::Write};
    let store = &clinic.app.practice.as_ref().unwrap().store;
    let actor = Actor { id: store.new_id(), roles: [Role::Practitioner].into() };
    let screening: Screening = serde_json::from_value(json!({
        "patient": patient.rsplit('/').next().unwrap(), "at": store.now(), "answers": answers,
    }))
    .unwrap();
    store.put(&actor, store.new_id::<Screening>(), Write::new(), &screening).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_elsewhere_stops_a_plan_here_and_is_not_overwritten_unseen() {
    let (clinic, headers, patient) = with_patient("one-source").await;
    let h = of(&headers);
    let path = format!("{patient}/screening");
    let before = answered(&clinic, &h, &patient, &[]).await;
    let view = draft(&clinic, &h, &patient).await;
    assert_eq!(view["check"]["signable"], true, "{}", view["check"]);
    asked_elsewhere(&clinic, &patient, json!({ "open-fontanelle": true })).await;
    let plan = format!("/api/plans/{}", view["id"].as_str().unwrap());
    let (_, now) = clinic.send("GET", &plan, &h, &Value::Null).await;
    assert_eq!(now["check"]["signable"], false);
    let sign = json!({ "version": view["version"] });
    let (r, _) = clinic.send("POST", &format!("{plan}/signature"), &h, &sign).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY);
    // Who has not seen it does not take it back with an answer of their own.
    let blind = json!({ "seen": before["seen"], "answers": { "open-fontanelle": false } });
    let (r, said) = clinic.send("POST", &path, &h, &blind).await;
    assert_eq!(r.status(), StatusCode::CONFLICT, "{said}");
    let (_, seen) = clinic.send("GET", &path, &h, &Value::Null).await;
    assert_eq!(seen["answers"]["open-fontanelle"], true);
    let open = json!({ "seen": seen["seen"], "answers": { "open-fontanelle": null } });
    let (r, said) = clinic.send("POST", &path, &h, &open).await;
    assert_eq!((r.status(), said["answers"].get("open-fontanelle")), (StatusCode::OK, None), "taken back");
    let again = json!({ "seen": said["seen"], "answers": { "open-fontanelle": false } });
    let (r, said) = clinic.send("POST", &path, &h, &again).await;
    assert_eq!((r.status(), &said["answers"]["open-fontanelle"]), (StatusCode::OK, &json!(false)));
    let (_, now) = clinic.send("GET", &plan, &h, &Value::Null).await;
    assert_eq!(now["check"]["signable"], true, "{}", now["check"]);
    // The patient carries no answers; another version of them with some is refused.
    let (_, page) = clinic.send("GET", &patient, &h, &Value::Null).await;
    assert!(page["patient"]["value"].get("screening").is_none());
    let mut old = page["patient"]["value"].clone();
    old["screening"] = json!({ "pacemaker": { "value": false, "on": "2026-11-30" } });
    let body = json!({ "version": page["patient"]["version"], "value": old });
    let (r, _) = clinic.send("POST", &patient, &h, &body).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_answer_at_once_the_second_is_told() {
    let (clinic, headers, patient) = with_patient("at-once").await;
    let h = of(&headers);
    let path = format!("{patient}/screening");
    let (_, seen) = clinic.send("GET", &path, &h, &Value::Null).await;
    let body = |value: bool| json!({ "seen": seen["seen"], "answers": { "pacemaker": value } });
    let (yes, no) = (body(true), body(false));
    let both = futures_both(clinic.send("POST", &path, &h, &yes), clinic.send("POST", &path, &h, &no)).await;
    let mut codes = [both.0.0.status().as_u16(), both.1.0.status().as_u16()];
    codes.sort_unstable();
    assert_eq!(codes, [200, 409]);
}

/// Both at once.
async fn futures_both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    tokio::join!(a, b)
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_scored_here_and_the_head_is_kept_with_the_patient() {
    let (clinic, headers, patient) = with_patient("outcomes").await;
    let h = of(&headers);
    let path = format!("{patient}/outcomes");
    let (_, mas) = clinic.send("GET", "/api/instruments/mrs", &[], &Value::Null).await;
    let item = mas["item"][0]["id"].as_str().unwrap();
    let body = json!({ "instrument": "mrs", "visit": "baseline", "responses": { item: 3 }, "blinded": true });
    let (r, said) = clinic.send("POST", &path, &h, &body).await;
    assert_eq!(
        (r.status(), &said["outcome"]["result"]["scores"]["total"]),
        (StatusCode::OK, &json!(3.0)),
        "{said}"
    );
    let (r, said) = clinic.send("POST", &path, &h, &json!({ "instrument": "mrs", "total": 99 })).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    let (r, _) = clinic.send("POST", &path, &h, &json!({ "instrument": "mrs" })).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY, "neither a score nor a reason");
    let missing = json!({ "instrument": "moca", "missing": "refused" });
    assert_eq!(clinic.send("POST", &path, &h, &missing).await.0.status(), 200);
    let (_, all) = clinic.send("GET", &path, &h, &Value::Null).await;
    assert_eq!(all.as_array().unwrap().len(), 2);

    let path = format!("{patient}/head");
    let (_, before) = clinic.send("GET", &path, &h, &Value::Null).await;
    assert_eq!(before["source"], "template");
    let body =
        json!({ "version": before["version"], "tape": { "circumference": "57 cm", "name": "Li Wang" } });
    let (r, said) = clinic.send("POST", &path, &h, &body).await;
    assert_eq!(r.status(), 200, "{said}");
    let (_, after) = clinic.send("GET", &path, &h, &Value::Null).await;
    assert_eq!((&after["source"], &after["tape"]["circumference"]), (&json!("tape"), &json!("57 cm")));
    let (_, open) =
        clinic.send("GET", &format!("/api/heads/{}", after["id"].as_str().unwrap()), &[], &Value::Null).await;
    assert!(!open.to_string().contains("Wang"), "a head that anybody may see carries no name");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_has_a_course_and_says_that_it_is_invented() {
    let folder = std::env::temp_dir().join(format!("baihui-serve-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let practice = Practice::open(&folder.join("record.baihui"), true).await.unwrap();
    let (claims, tables) = crate::commands::evidence::built_in().unwrap();
    let atlas = baihui_atlas::built_in::atlas(&[]).unwrap();
    let knowledge = crate::files::knowledge(&atlas, &[]).unwrap();
    let clinic = Clinic { app: Arc::new(App::new(atlas, knowledge, claims, tables, Some(practice))), folder };
    super::super::demo::fill(&clinic.app).await.unwrap();
    let (r, me) = clinic.send("POST", "/api/login", &[], &json!({})).await;
    let cookie = r.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", me["user"]["csrf"].as_str().unwrap())];
    let (_, found) = clinic.send("GET", "/api/patients?text=demo", &h, &Value::Null).await;
    let id = found[0]["id"].as_str().unwrap();
    let (_, page) = clinic.send("GET", &format!("/api/patients/{id}"), &h, &Value::Null).await;
    assert!(page["patient"]["value"]["history"].as_str().unwrap().contains("invented"), "{page}");
    let count = |kind: &str, state: &str| {
        let things = page["things"].as_array().unwrap();
        things.iter().filter(|t| t["kind"] == kind && t["state"] == state).count()
    };
    assert_eq!(
        (count("session", "signed"), count("plan", "signed"), count("outcome", "current")),
        (8, 1, 10)
    );
    let session = page["things"].as_array().unwrap().iter().find(|t| t["kind"] == "session").unwrap();
    let letter = format!("/api/sessions/{}/letter.pdf?language=zh", session["id"].as_str().unwrap());
    let (r, _) = clinic.send("GET", &letter, &h, &Value::Null).await;
    assert_eq!(
        (r.status(), &r.headers()[header::CONTENT_TYPE]),
        (StatusCode::OK, &"application/pdf".parse().unwrap())
    );
}

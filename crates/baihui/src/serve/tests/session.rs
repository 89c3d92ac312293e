//! A record from its first person to a signed session.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_set_up_once_and_signed_in_to_afterwards() {
    let clinic = Clinic::new("setup").await;
    let (_, me) = clinic.send("GET", "/api/me", &[], &Value::Null).await;
    assert_eq!((&me["record"], &me["new"]), (&json!(true), &json!(true)));
    let (cookie, _) = clinic.setup().await;
    let again = json!({ "name": "Eve", "password": "wicked horse" });
    assert_eq!(clinic.send("POST", "/api/setup", &[], &again).await.0.status(), StatusCode::FORBIDDEN);
    let (_, me) = clinic.send("GET", "/api/me", &[("cookie", &cookie)], &Value::Null).await;
    assert_eq!(me["user"]["name"], "Ada Example");
    let (r, _) = clinic.send("POST", "/api/logout", &[("cookie", &cookie)], &json!({})).await;
    assert_eq!(r.status(), 200);
    let (_, me) = clinic.send("GET", "/api/me", &[("cookie", &cookie)], &Value::Null).await;
    assert!(me["user"].is_null(), "the old cookie is worth nothing: {me}");
    let wrong = json!({ "name": "Ada Example", "password": "wrong horse" });
    assert_eq!(clinic.send("POST", "/api/login", &[], &wrong).await.0.status(), StatusCode::UNAUTHORIZED);
    let right = json!({ "name": "ada example", "password": "correct horse" });
    assert_eq!(clinic.send("POST", "/api/login", &[], &right).await.0.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_the_first_needle_to_the_signature() {
    let clinic = Clinic::new("session").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = |key: &'static str| {
        [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str()), ("idempotency-key", key)]
    };
    let (_, me) = clinic.send("GET", "/api/me", &h("0"), &Value::Null).await;
    let new = json!({ "name": { "given": "Li", "family": "Wang" }, "birth_date": "1950-02-28" });
    let (r, patient) = clinic.send("POST", "/api/patients", &h("1"), &new).await;
    assert_eq!(r.status(), 200, "{patient}");
    let (_, twin) = clinic.send("POST", "/api/patients", &h("2"), &new).await;
    assert_eq!(twin["doubles"].as_array().unwrap().len(), 1, "a double is said: {twin}");
    let (_, found) = clinic.send("GET", "/api/patients?text=wang", &h("0"), &Value::Null).await;
    assert_eq!(found.as_array().unwrap().len(), 2);

    let at = |s: u32| json!({ "at": format!("2026-11-22T10:{:02}:{:02}Z", s / 60, s % 60) });
    let spec = json!({ "site": { "school": "ms", "code": "MS6", "side": "left" } });
    let first = json!({ "expected": 0, "events": [
        { "at": at(0), "what": { "kind": "started", "patient": patient["id"], "practitioner": me["user"]["id"], "without_consent": "a test",
            "planned": [{ "label": "MS6 left", "spec": spec }] } },
        { "at": at(1), "what": { "kind": "screened", "findings": [] } },
        { "at": at(60), "what": { "kind": "needle-in", "needle": 1, "planned": "MS6 left", "done": spec } },
    ] });
    let path = "/api/sessions/018f2f3e-0000-7000-8000-00000000000a/events";
    let (r, saved) = clinic.send("POST", path, &h("a"), &first).await;
    assert_eq!((r.status(), &saved["version"]), (StatusCode::OK, &json!(3)), "{saved}");
    // The answer was lost and the page sends it again: carried out once.
    let (r, saved) = clinic.send("POST", path, &h("a"), &first).await;
    assert_eq!((r.status(), &saved["version"]), (StatusCode::OK, &json!(3)), "{saved}");
    // Somebody else's page is behind.
    let late = json!({ "expected": 1, "events": [{ "at": at(61), "what": { "kind": "contact-started" } }] });
    let (r, said) = clinic.send("POST", path, &h("b"), &late).await;
    assert!(matches!(r.status(), StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY), "{said}");
    // A session cannot be closed while a needle is in.
    let close = json!({ "expected": 3, "events": [{ "at": at(120), "what": { "kind": "closed" } }] });
    let (r, said) = clinic.send("POST", path, &h("c"), &close).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said["detail"].as_str().unwrap().contains("still in"), "{said}");
    let end = json!({ "expected": 3, "events": [
        { "at": at(1260), "what": { "kind": "needle-out", "needle": 1, "state": "whole" } },
        { "at": at(1270), "what": { "kind": "counted", "needles": 1 } },
        { "at": at(1280), "what": { "kind": "closed" } },
    ] });
    let (r, said) = clinic.send("POST", path, &h("d"), &end).await;
    assert_eq!(r.status(), 200, "{said}");
    let (_, session) = clinic.send("GET", path.trim_end_matches("/events"), &h("0"), &Value::Null).await;
    let note = session["note"].as_str().unwrap();
    assert!(note.contains("MS6") && note.contains("1 counted"), "{note}");
    let sign =
        json!({ "expected": 6, "events": [{ "at": at(1300), "what": { "kind": "signed", "note": note } }] });
    // An assistant may record, but not sign.
    let (other, token) = clinic.enter(&[Role::Assistant]);
    let headers = [("cookie", other.as_str()), ("x-baihui-csrf", token.as_str())];
    assert_eq!(clinic.send("POST", path, &headers, &sign).await.0.status(), StatusCode::FORBIDDEN);
    assert_eq!(clinic.send("POST", path, &h("e"), &sign).await.0.status(), 200);
    let (_, page) = clinic
        .send("GET", &format!("/api/patients/{}", patient["id"].as_str().unwrap()), &h("0"), &Value::Null)
        .await;
    assert_eq!(page["things"][0]["state"], "signed", "{page}");
}

#[tokio::test]
async fn without_a_record_there_are_no_patients() {
    let (status, said) = get("/api/patients").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(said["hint"].as_str().unwrap().contains("--record"), "{said}");
    let (_, me) = get("/api/me").await;
    assert_eq!(me["record"], false);
}

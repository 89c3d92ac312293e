//! What two people change at once, what is sent twice, and lists in parts.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::Clinic;

#[tokio::test(flavor = "multi_thread")]
async fn who_is_second_is_told_by_header_and_by_body() {
    let clinic = Clinic::new("etag").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
    let with = |tag: &'static str| [h[0], h[1], ("if-match", tag)];
    let new = json!({ "name": { "given": "Li", "family": "Wang" } });
    let (_, saved) = clinic.send("POST", "/api/patients", &h, &new).await;
    let path = format!("/api/patients/{}", saved["id"].as_str().unwrap());
    let (r, page) = clinic.send("GET", &path, &h, &Value::Null).await;
    assert_eq!(r.headers()[header::ETAG], "\"1\"");
    let change = json!({ "value": page["patient"]["value"] });

    let (r, said) = clinic.send("POST", &path, &h, &change).await;
    assert_eq!(r.status(), StatusCode::PRECONDITION_REQUIRED, "{said}");
    let (r, said) = clinic.send("POST", &path, &with("\"1\""), &change).await;
    assert_eq!((r.status(), &said["version"]), (StatusCode::OK, &json!(2)), "{said}");
    let (r, said) =
        clinic.send("POST", &path, &with("\"1\""), &json!({ "value": { "name": { "given": "Lo" } } })).await;
    assert_eq!((r.status(), &said["status"]), (StatusCode::PRECONDITION_FAILED, &json!(412)), "{said}");
    let old = json!({ "version": 1, "value": { "name": { "given": "Lo" } } });
    assert_eq!(clinic.send("POST", &path, &h, &old).await.0.status(), StatusCode::CONFLICT);
    for (tag, status) in [("W/\"2\"", 400), ("2", 400), ("\"x\"", 400), ("\"3\"", 400)] {
        let both = json!({ "version": 2, "value": page["patient"]["value"] });
        assert_eq!(clinic.send("POST", &path, &with(tag), &both).await.0.status(), status, "{tag}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_that_is_sent_twice_is_one_patient() {
    let clinic = Clinic::new("twice").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str()), ("idempotency-key", "k1")];
    let new = json!({ "name": { "given": "Li", "family": "Wang" } });
    let (_, first) = clinic.send("POST", "/api/patients", &h, &new).await;
    let (r, again) = clinic.send("POST", "/api/patients", &h, &new).await;
    assert_eq!((r.status(), &again["id"]), (StatusCode::OK, &first["id"]), "{again}");
    let other = json!({ "name": { "given": "Lo", "family": "Wang" } });
    let (r, said) = clinic.send("POST", "/api/patients", &h, &other).await;
    assert_eq!((r.status(), &said["type"]), (StatusCode::CONFLICT, &json!("/problems/key-reused")), "{said}");
    let (_, all) = clinic.send("GET", "/api/patients", &h[..2], &Value::Null).await;
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");

    let patient = first["id"].as_str().unwrap();
    let consent = json!({ "to": "research", "text_version": "paper 3", "language": "en" });
    let outcome = json!({ "instrument": "nihss", "missing": "refused", "visit": "baseline" });
    for (what, new) in [("consents", consent), ("outcomes", outcome)] {
        let path = format!("/api/patients/{patient}/{what}");
        let key = [h[0], h[1], ("idempotency-key", what)];
        let (r, one) = clinic.send("POST", &path, &key, &new).await;
        assert_eq!(r.status(), StatusCode::OK, "{one}");
        let (r, two) = clinic.send("POST", &path, &key, &new).await;
        assert_eq!((r.status(), &two["id"]), (StatusCode::OK, &one["id"]), "{two}");
        if what == "consents" {
            let path = format!("/api/consents/{}/withdrawal", one["id"].as_str().unwrap());
            let key = [h[0], h[1], ("idempotency-key", "withdrawal")];
            let version = json!({ "version": 1 });
            let (_, gone) = clinic.send("POST", &path, &key, &version).await;
            let (_, again) = clinic.send("POST", &path, &key, &version).await;
            assert_eq!((&gone["version"], &again["version"]), (&json!(2), &json!(2)), "{gone} {again}");
        }
        let (_, all) = clinic.send("GET", &path, &h[..2], &Value::Null).await;
        assert_eq!((all.as_array().unwrap().len(), &all[0]["id"]), (1, &one["id"]), "{all}");
    }

    let path = format!("/api/patients/{patient}/plans");
    let key = [h[0], h[1], ("idempotency-key", "k2")];
    let plan = json!({ "condition": "stroke-arm", "deficit": "left", "lesion": "right", "protocols": [] });
    let (r, one) = clinic.send("POST", &path, &key, &plan).await;
    assert_eq!(r.status(), StatusCode::OK, "{one}");
    let (r, two) = clinic.send("POST", &path, &key, &plan).await;
    assert_eq!((r.status(), &two["id"]), (StatusCode::OK, &one["id"]), "{two}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_goes_on_where_it_stopped() {
    let clinic = Clinic::new("parts").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
    for k in 0..5 {
        let new = json!({ "name": { "given": format!("N{k}"), "family": "Wang" } });
        clinic.send("POST", "/api/patients", &h, &new).await;
    }
    for start in ["/api/patients?limit=2", "/api/patients?text=wang&limit=2"] {
        let (mut path, mut seen, mut parts) = (start.to_owned(), Vec::new(), 0);
        loop {
            let (r, rows) = clinic.send("GET", &path, &h, &Value::Null).await;
            assert_eq!(r.status(), StatusCode::OK, "{rows}");
            seen.extend(rows.as_array().unwrap().iter().map(|p| p["id"].to_string()));
            parts += 1;
            let Some(link) = r.headers().get(header::LINK) else { break };
            let link = link.to_str().unwrap();
            assert!(link.ends_with(">; rel=\"next\""), "{link}");
            path = link[1..link.find('>').unwrap()].to_owned();
        }
        seen.sort();
        seen.dedup();
        assert_eq!((seen.len(), parts), (5, 3), "{start}");
    }
}

/// All rows of a list, part by part, and how many parts there were.
async fn walked(clinic: &Clinic, start: &str, h: &[(&str, &str)]) -> (Vec<Value>, usize) {
    let (mut path, mut rows, mut parts) = (start.to_owned(), Vec::new(), 0);
    loop {
        let (r, part) = clinic.send("GET", &path, h, &Value::Null).await;
        assert_eq!(r.status(), StatusCode::OK, "{path}: {part}");
        rows.extend(part.as_array().unwrap().iter().cloned());
        parts += 1;
        let Some(link) = r.headers().get(header::LINK) else { return (rows, parts) };
        let link = link.to_str().unwrap();
        path = link[1..link.find('>').unwrap()].to_owned();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_patient_is_given_in_parts() {
    let clinic = Clinic::new("kept").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
    let mut of = Vec::new();
    for name in ["Wang", "Li"] {
        let new = json!({ "name": { "given": "N", "family": name } });
        let (_, saved) = clinic.send("POST", "/api/patients", &h, &new).await;
        of.push(format!("/api/patients/{}", saved["id"].as_str().unwrap()));
    }
    let page = &of[0];
    for k in 0..53_u32 {
        let at = format!("2026-01-01T{:02}:{:02}:00Z", k / 60, k % 60);
        let new = json!({ "at": at, "instrument": "nihss", "total": 7.0 });
        let (r, said) = clinic.send("POST", &format!("{page}/outcomes"), &h, &new).await;
        assert_eq!(r.status(), StatusCode::OK, "{said}");
    }
    for k in 0..5_u32 {
        let given_at = format!("2026-01-0{}T10:00:00Z", k + 1);
        let new =
            json!({ "to": "research", "text_version": "paper 3", "language": "en", "given_at": given_at });
        clinic.send("POST", &format!("{page}/consents"), &h, &new).await;
        let plan =
            json!({ "condition": "stroke-arm", "deficit": "left", "lesion": "right", "protocols": [] });
        clinic.send("POST", &format!("{page}/plans"), &h, &plan).await;
    }
    clinic
        .send("POST", &format!("{}/plans", of[1]), &h, &json!({ "condition": "stroke-arm", "protocols": [] }))
        .await;

    // The page has the newest of each kind and says of which there is more.
    let (_, front) = clinic.send("GET", page, &h, &Value::Null).await;
    let shown = |kind: &str| front["things"].as_array().unwrap().iter().filter(|t| t["kind"] == kind).count();
    assert_eq!((shown("outcome"), shown("plan"), shown("consent"), shown("patient")), (50, 5, 5, 0));
    assert_eq!(front["more"], json!(["outcome"]));

    let ids = |rows: &[Value]| rows.iter().map(|r| r["id"].to_string()).collect::<Vec<_>>();
    for (start, n, parts) in [
        ("outcomes?limit=20", 53, 3),
        ("outcomes", 53, 2),
        ("outcomes?limit=53", 53, 1),
        ("things?kind=outcome&limit=50", 53, 2),
        ("consents?limit=2", 5, 3),
        ("things?kind=plan&limit=1", 5, 5),
        ("things?kind=session", 0, 1),
        ("things?kind=plan&cursor=100000", 0, 1),
        // A limit out of bounds is the nearest that is allowed.
        ("consents?limit=0", 5, 5),
        ("outcomes?limit=9999", 53, 1),
    ] {
        let (rows, seen) = walked(&clinic, &format!("{page}/{start}"), &h).await;
        let mut all = ids(&rows);
        all.sort();
        all.dedup();
        assert_eq!((rows.len(), all.len(), seen), (n, n, parts), "{start}");
    }
    // The newest first, in both of the lists that have outcomes.
    let (outcomes, _) = walked(&clinic, &format!("{page}/outcomes?limit=7"), &h).await;
    let (things, _) = walked(&clinic, &format!("{page}/things?kind=outcome&limit=11"), &h).await;
    assert_eq!(ids(&outcomes), ids(&things));
    assert!(outcomes.windows(2).all(|w| w[0]["outcome"]["at"].as_str() > w[1]["outcome"]["at"].as_str()));

    for (wrong, status) in [
        ("outcomes?cursor=100001", 422),
        ("consents?cursor=4294967295", 422),
        ("things?kind=plan&cursor=100001", 422),
        ("things?kind=patient", 400),
        ("things?kind=nothing", 400),
        ("things", 400),
        ("outcomes?cursor=-1", 400),
        ("outcomes?cursor=4294967296", 400),
        ("outcomes?cursor=x", 400),
        ("outcomes?limit=x", 400),
        ("outcomes?page=2", 400),
    ] {
        let (r, said) = clinic.send("GET", &format!("{page}/{wrong}"), &h, &Value::Null).await;
        assert_eq!(r.status(), status, "{wrong}: {said}");
    }
    let nobody = "/api/patients/018f2f3e-0000-7000-8000-00000000000a/things?kind=plan";
    assert_eq!(clinic.send("GET", nobody, &h, &Value::Null).await.0.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_due_is_given_in_parts() {
    let clinic = Clinic::new("due-parts").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
    let (_, me) = clinic.send("GET", "/api/me", &h, &Value::Null).await;
    let now = jiff::Timestamp::now();
    for k in 0..23_u32 {
        let new = json!({ "name": { "given": format!("N{k}"), "family": "Wang" } });
        let (_, saved) = clinic.send("POST", "/api/patients", &h, &new).await;
        let events = json!({ "expected": 0, "events": [{ "at": { "at": now }, "what": { "kind": "started", "patient": saved["id"],
            "practitioner": me["user"]["id"], "without_consent": "a test" } }] });
        let path = format!("/api/sessions/018f2f3e-0000-7000-8000-0000000000{k:02}/events");
        let (r, said) = clinic.send("POST", &path, &h, &events).await;
        assert_eq!(r.status(), StatusCode::OK, "{said}");
    }
    // Nobody was ever measured: all are due. The overview names the first of them.
    let (_, view) = clinic.send("GET", "/api/clinic/overview", &h, &Value::Null).await;
    assert_eq!((view["due"].as_array().unwrap().len(), &view["due_count"]), (20, &json!(23)));
    let (rows, parts) = walked(&clinic, "/api/clinic/due?sessions=3&days=9&limit=10", &h).await;
    assert_eq!((rows.len(), parts), (23, 3));
    assert_eq!(&rows[..20], view["due"].as_array().unwrap());
    for wrong in ["cursor=100001", "sessions=0", "days=4000"] {
        let (r, said) = clinic.send("GET", &format!("/api/clinic/due?{wrong}"), &h, &Value::Null).await;
        assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {said}");
    }
}

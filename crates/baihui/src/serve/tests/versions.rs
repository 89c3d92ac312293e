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

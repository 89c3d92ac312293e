//! What binds a browser, and how mistakes are told.

use super::*;

#[tokio::test]
async fn every_answer_carries_the_headers_that_bind_a_browser() {
    for path in ["/", "/api/atlas", "/api/nothing", "/no.such", "/api/heads/none"] {
        let r = send(request("GET", path, &[], "")).await;
        let h = r.headers();
        let policy = h["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(h["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(h["cross-origin-resource-policy"], "same-origin", "{path}");
    }
}

#[tokio::test]
async fn a_request_under_another_name_is_refused() {
    let strange =
        Request::builder().uri("/api/atlas").header(header::HOST, "evil.example").body(Body::empty());
    assert_eq!(send(strange.unwrap()).await.status(), StatusCode::FORBIDDEN);
    let nameless = Request::builder().uri("/api/atlas").body(Body::empty());
    assert_eq!(send(nameless.unwrap()).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_page_cannot_post() {
    let kind = ("content-type", "application/json");
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "null"),
    ] {
        let r = send(request("POST", "/api/heads/tape", &[kind, (name, value)], "{}")).await;
        assert_eq!(r.status(), StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let own = [kind, ("origin", "http://127.0.0.1:8640"), ("sec-fetch-site", "same-origin")];
    let r = send(request("POST", "/api/heads/tape", &own, "{\"circumference\":\"57 cm\"}")).await;
    assert_eq!(r.status(), StatusCode::OK);
    // A form of another page may be sent without asking; it cannot carry JSON.
    let r = send(request("POST", "/api/heads/tape", &[("content-type", "text/plain")], "{}")).await;
    assert_eq!(r.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn errors_are_problem_details() {
    for (path, status, word) in [
        ("/api/heads/none", 404, "not-found"),
        ("/api/atlas/items/MS66", 404, "not-found"),
        ("/api/heads/template/zones?shcool=ms", 400, "bad-request"),
        ("/api/heads/template/zones?school=nobody", 404, "not-found"),
        ("/api/heads/template/zones?variant=GV20%3Dmoon", 422, "input"),
        ("/api/heads/template/at?x=0&y=0&z=nan", 422, "input"),
        ("/api/heads/template/at?x=0&y=0", 400, "bad-request"),
        ("/api/heads/template/at?x=0&y=0&z=900", 422, "not-located"),
        ("/api/heads/template/measure?from=1,2&to=1,2,3", 422, "input"),
        ("/api/heads/none/cortex", 404, "not-found"),
        ("/api/heads/template/cortex/at?x=0&y=0&z=900", 422, "not-located"),
        ("/api/heads/template/cortex/zone?item=MS66", 404, "not-found"),
        ("/api/heads/template/cortex/target", 422, "input"),
        ("/api/heads/template/cortex/target?mni=1,2,3&region=cuneus", 422, "input"),
        ("/api/heads/template/cortex/target?mni=1,2", 422, "input"),
        ("/api/heads/template/cortex/target?mni=0,0,140", 422, "not-located"),
        ("/api/heads/template/cortex/target?region=precentrall", 422, "input"),
        ("/api/heads/template/cortex/target?region=thalamus", 422, "not-located"),
        ("/api/claims/none", 404, "not-found"),
        ("/api/nothing", 404, "not-found"),
    ] {
        let r = send(request("GET", path, &[], "")).await;
        assert_eq!(r.headers()[header::CONTENT_TYPE], "application/problem+json", "{path}");
        assert_eq!(r.status(), status, "{path}");
        let value: Value = serde_json::from_slice(&bytes(r).await).unwrap();
        assert_eq!(value["type"], format!("/problems/{word}"), "{path}: {value}");
        assert_eq!(value["status"], status);
        assert!(value["detail"].as_str().unwrap().len() > 10, "{value}");
    }
    let r = send(request("DELETE", "/api/atlas", &[], "")).await;
    assert_eq!(r.status(), StatusCode::METHOD_NOT_ALLOWED);
    let large = "x".repeat(2 << 20);
    let r = send(request("POST", "/api/heads/tape", &[("content-type", "application/json")], &large)).await;
    assert_eq!(r.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

/// A list is the fields in their order to serde, and nothing to our document.
#[tokio::test]
async fn a_body_that_is_a_list_is_refused() {
    let (status, problem) = post("/api/bodies", &serde_json::json!([null, null])).await;
    assert_eq!(status, 400, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("expected an object"), "{problem}");
    // What nobody said is said, in the words of the command line; what was said is not.
    let notes =
        |body: &Value| body["notes"].as_array().unwrap().iter().map(Value::to_string).collect::<String>();
    let (status, body) = post("/api/bodies", &serde_json::json!({})).await;
    assert_eq!((status.as_u16(), &body["sex"]), (200, &serde_json::json!("male")));
    assert!(
        body["notes"][0].as_str().unwrap().starts_with("sex was not given: the mesh is a man's"),
        "{body}"
    );
    assert!(notes(&body).contains("age was not given: 25 years"), "{body}");
    let (_, body) = post("/api/bodies", &serde_json::json!({ "sex": "female", "age_years": 25 })).await;
    assert!(
        body["sex"] == "female"
            && !notes(&body).contains("sex was not given")
            && !notes(&body).contains("age was not given"),
        "{body}"
    );
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let first = send(request("GET", "/api/atlas", &[], "")).await;
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    let again = send(request("GET", "/api/atlas", &[("if-none-match", &tag)], "")).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(bytes(again).await.is_empty());
    let other = send(request("GET", "/api/atlas", &[("if-none-match", "\"0\"")], "")).await;
    assert_eq!(other.status(), StatusCode::OK);
}

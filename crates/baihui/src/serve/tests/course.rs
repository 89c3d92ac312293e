//! Outcomes and their course over HTTP.

use super::*;

async fn patient_of(clinic: &Clinic, headers: &[(&str, &str)], family: &str) -> String {
    let new = json!({ "name": { "given": "Li", "family": family } });
    let (r, saved) = clinic.send("POST", "/api/patients", headers, &new).await;
    assert_eq!(r.status(), 200, "{saved}");
    saved["id"].as_str().unwrap().to_owned()
}

fn score(day: u32, instrument: &str, total: f64) -> Value {
    json!({
        "at": format!("2026-01-{day:02}T09:00:00Z"),
        "instrument": instrument,
        "total": total,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_course_has_its_thresholds_and_says_what_it_does_not_show() {
    let clinic = Clinic::new("course").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
    let id = patient_of(&clinic, &h, "Curve").await;
    let path = format!("/api/patients/{id}/outcomes");
    for (day, total) in [(1, 16.0), (5, 19.0), (9, 22.0)] {
        let (r, said) = clinic.send("POST", &path, &h, &score(day, "fma-ue", total)).await;
        assert_eq!(r.status(), 200, "{said}");
    }
    // Before any session the whole course is told, as one without treatment.
    let (_, course) = clinic.send("GET", &format!("/api/patients/{id}/course"), &h, &Value::Null).await;
    assert_eq!(course["series"][0]["change"]["change"], 6.0);
    assert_eq!(course["warnings"][0]["code"], "not-treated");
    let (_, me) = clinic.send("GET", "/api/me", &h, &Value::Null).await;
    let spec = json!({ "site": { "school": "ms", "code": "MS6", "side": "left" } });
    let at = |s: u32| json!({ "at": format!("2026-01-10T10:{:02}:00Z", s) });
    let events = json!({ "expected": 0, "events": [
        { "at": at(0), "what": { "kind": "started", "patient": id, "practitioner": me["user"]["id"],
            "without_consent": "a test" } },
        { "at": at(1), "what": { "kind": "screened", "findings": [] } },
        { "at": at(2), "what": { "kind": "needle-in", "needle": 1, "done": spec, "deviation": "no plan" } },
        { "at": at(32), "what": { "kind": "needle-out", "needle": 1, "state": "whole" } },
    ] });
    let session = "/api/sessions/018f2f3e-0000-7000-8000-00000000000b/events";
    let (r, said) = clinic.send("POST", session, &h, &events).await;
    assert_eq!(r.status(), 200, "{said}");
    for (day, total) in [(20, 25.0), (25, 29.0), (30, 31.0)] {
        clinic.send("POST", &path, &h, &score(day, "fma-ue", total)).await;
    }
    let gap = json!({ "at": "2026-01-15T09:00:00Z", "instrument": "fma-ue", "missing": "refused" });
    clinic.send("POST", &path, &h, &gap).await;

    let (r, course) = clinic.send("GET", &format!("/api/patients/{id}/course"), &h, &Value::Null).await;
    assert_eq!(r.status(), 200, "{course}");
    let s = &course["series"][0];
    assert_eq!(s["instrument"]["short"], "FMA-UE");
    assert_eq!((&s["change"]["from"]["value"], &s["change"]["change"]), (&json!(22.0), &json!(9.0)));
    // +9: above what some sources ask, within or below what others do.
    let reach: Vec<&str> = s["change"]["meaning"]["against"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["reached"].as_str().unwrap())
        .collect();
    assert!(reach.contains(&"above") && reach.contains(&"within"), "{reach:?}");
    assert_eq!(s["missing"][0]["reason"], "refused");
    // All later values beyond all earlier ones: NAP is 1, but the trend was there before.
    assert_eq!(s["overlap"]["nap"]["estimate"], 1.0);
    let tau = s["overlap"]["tau_bc"]["estimate"].as_f64().unwrap();
    assert!(tau < 1.0, "the trend of the baseline is taken out: {tau}");
    let codes = |v: &Value| -> Vec<String> {
        v["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&course), ["no-comparison"]);
    for code in ["better-before", "disputed", "not-blinded", "missing"] {
        assert!(codes(s).iter().any(|c| c == code), "{code}: {:?}", codes(s));
    }
    assert_eq!(course["sessions"][0]["sites"], json!(["MS6 left"]));

    for (tail, kind, start) in [
        ("figure?theme=dark&language=zh&narrow=true", "image/svg+xml", "<svg"),
        ("paper", "application/pdf", "%PDF"),
    ] {
        let r = clinic.raw("GET", &format!("/api/patients/{id}/course/{tail}"), &h, "").await;
        assert_eq!(r.headers()[header::CONTENT_TYPE], kind);
        assert_eq!(r.headers()[header::CACHE_CONTROL], "no-store");
        assert!(bytes(r).await.starts_with(start.as_bytes()), "{tail}");
    }
    let (_, view) = clinic.send("GET", "/api/clinic/overview?days=3", &h, &Value::Null).await;
    assert_eq!((&view["patients"], &view["sessions"], &view["needles"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(view["outcomes"][0]["better"], 1);
    let (r, _) = clinic.send("GET", "/api/clinic/overview?days=0", &h, &Value::Null).await;
    assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_outcomes_are_refused_in_words() {
    let clinic = Clinic::new("outcomes").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
    let id = patient_of(&clinic, &h, "Refused").await;
    let path = format!("/api/patients/{id}/outcomes");
    for (body, field, said) in [
        (score(1, "fma-ue", 67.0), "total", "0 to 66"),
        (score(1, "nihss", 4.5), "total", "steps of 1"),
        (score(1, "nihs", 4.0), "instrument", "did you mean nihss"),
    ] {
        let (r, problem) = clinic.send("POST", &path, &h, &body).await;
        assert_eq!(r.status(), StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["field"], field);
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
    // Nobody's outcome is kept for nobody.
    let nobody = "/api/patients/018f2f3e-0000-7000-8000-0000000000ff/outcomes";
    let (r, _) = clinic.send("POST", nobody, &h, &score(1, "nihss", 4.0)).await;
    assert_eq!(r.status(), StatusCode::NOT_FOUND);
    let r = clinic.raw("GET", &format!("/api/patients/{id}/course/figure"), &h, "").await;
    assert_eq!(r.status(), StatusCode::NOT_FOUND, "there is nothing to draw yet");
}

#[tokio::test]
async fn a_change_against_its_error_is_that_of_jacobson_and_truax() {
    let (status, r) = get("/api/course/reliable-change?before=22&after=31&sd=12&reliability=0.95").await;
    assert_eq!(status, StatusCode::OK);
    // 12 √2 √0.05 = 3.7947.
    assert!((r["s_diff"].as_f64().unwrap() - 3.794_733_192_202_055).abs() < 1e-12, "{r}");
    assert_eq!(r["reliable"], true);
    let (status, _) = get("/api/course/reliable-change?before=22&after=31&sd=0&reliability=0.95").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

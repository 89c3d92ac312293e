//! Who may call what, and whether the server holds to it.

use super::*;

/// Who may call what. A route that is not in this list fails the test, so that nobody adds one without deciding.
#[test]
fn every_route_has_a_decided_access() {
    use baihui_clinic::access::Permission::{
        DraftPlan, ReadPatient, RecordOutcome, RecordSession, Screen, Sign, WritePatient,
    };
    let decided = [
        ("POST", "/api/setup", Access::Everybody),
        ("POST", "/api/login", Access::Everybody),
        ("POST", "/api/logout", Access::Everybody),
        ("GET", "/api/me", Access::Everybody),
        ("POST", "/api/jobs", Access::NeedsWithRecord(WritePatient)),
        ("GET", "/api/jobs/{job}", Access::NeedsWithRecord(WritePatient)),
        ("POST", "/api/jobs/{job}/files", Access::NeedsWithRecord(WritePatient)),
        ("POST", "/api/jobs/{job}/start", Access::NeedsWithRecord(WritePatient)),
        ("GET", "/api/jobs/{job}/events", Access::NeedsWithRecord(WritePatient)),
        ("GET", "/api/jobs/{job}/page", Access::NeedsWithRecord(WritePatient)),
        ("POST", "/api/jobs/{job}/cancel", Access::NeedsWithRecord(WritePatient)),
        ("POST", "/api/jobs/{job}/keep", Access::NeedsWithRecord(WritePatient)),
        ("GET", "/api/patients/{patient}/head/page", Access::Needs(ReadPatient)),
        ("GET", "/api/patients", Access::Needs(ReadPatient)),
        ("POST", "/api/patients", Access::Needs(WritePatient)),
        ("GET", "/api/patients/{patient}", Access::Needs(ReadPatient)),
        ("POST", "/api/patients/{patient}", Access::Needs(WritePatient)),
        ("GET", "/api/sessions/{session}", Access::Needs(ReadPatient)),
        ("POST", "/api/sessions/{session}/events", Access::Needs(RecordSession)),
        ("GET", "/api/course/reliable-change", Access::Everybody),
        ("GET", "/api/patients/{patient}/course", Access::Needs(ReadPatient)),
        ("GET", "/api/patients/{patient}/course/figure", Access::Needs(ReadPatient)),
        ("GET", "/api/patients/{patient}/course/paper", Access::Needs(ReadPatient)),
        ("GET", "/api/clinic/overview", Access::Needs(ReadPatient)),
        ("GET", "/api/conditions", Access::Everybody),
        ("GET", "/api/safety/questions", Access::Everybody),
        ("GET", "/api/instruments", Access::Everybody),
        ("GET", "/api/instruments/{instrument}", Access::Everybody),
        ("POST", "/api/instruments/{instrument}/score", Access::Everybody),
        ("GET", "/api/techniques/{code}", Access::Everybody),
        ("GET", "/api/patients/{patient}/screening", Access::Needs(ReadPatient)),
        ("POST", "/api/patients/{patient}/screening", Access::Needs(Screen)),
        ("GET", "/api/patients/{patient}/head", Access::Needs(ReadPatient)),
        ("POST", "/api/patients/{patient}/head", Access::Needs(WritePatient)),
        ("GET", "/api/patients/{patient}/body", Access::Needs(ReadPatient)),
        ("POST", "/api/patients/{patient}/body", Access::Needs(WritePatient)),
        ("GET", "/api/patients/{patient}/outcomes", Access::Needs(ReadPatient)),
        ("POST", "/api/patients/{patient}/outcomes", Access::Needs(RecordOutcome)),
        ("GET", "/api/consents/texts", Access::Everybody),
        ("POST", "/api/consents/{consent}/withdrawal", Access::Needs(WritePatient)),
        ("GET", "/api/patients/{patient}/things", Access::Needs(ReadPatient)),
        ("GET", "/api/clinic/due", Access::Needs(ReadPatient)),
        ("GET", "/api/patients/{patient}/consents", Access::Needs(ReadPatient)),
        ("POST", "/api/patients/{patient}/consents", Access::Needs(WritePatient)),
        ("GET", "/api/patients/{patient}/candidates", Access::Needs(ReadPatient)),
        ("POST", "/api/patients/{patient}/plans", Access::Needs(DraftPlan)),
        ("GET", "/api/plans/{plan}", Access::Needs(ReadPatient)),
        ("POST", "/api/plans/{plan}", Access::Needs(DraftPlan)),
        ("POST", "/api/plans/{plan}/decisions", Access::Needs(Sign)),
        ("POST", "/api/plans/{plan}/signature", Access::Needs(Sign)),
        ("POST", "/api/plans/{plan}/next", Access::Needs(DraftPlan)),
        ("GET", "/api/plans/{plan}/sheet.pdf", Access::Needs(ReadPatient)),
        ("GET", "/api/plans/{plan}/page.pdf", Access::Needs(ReadPatient)),
        ("GET", "/api/sessions/{session}/letter.pdf", Access::Needs(ReadPatient)),
        ("GET", "/api/usual", Access::Needs(DraftPlan)),
        ("POST", "/api/usual", Access::Needs(DraftPlan)),
        ("GET", "/api/heads/{head}", Access::Everybody),
        ("GET", "/api/heads/{head}/mesh", Access::Everybody),
        ("GET", "/api/tape/measures", Access::Everybody),
        ("POST", "/api/heads/tape", Access::Everybody),
        ("GET", "/api/heads/{head}/at", Access::Everybody),
        ("GET", "/api/heads/{head}/measure", Access::Everybody),
        ("GET", "/api/heads/{head}/zones", Access::Everybody),
        ("GET", "/api/heads/{head}/sites", Access::Everybody),
        ("GET", "/api/atlas", Access::Everybody),
        ("GET", "/api/atlas/items/{code}", Access::Everybody),
        ("GET", "/api/heads/{head}/compare", Access::Everybody),
        ("GET", "/api/heads/{head}/cortex", Access::Everybody),
        ("GET", "/api/heads/{head}/cortex/at", Access::Everybody),
        ("GET", "/api/heads/{head}/cortex/claims", Access::Everybody),
        ("GET", "/api/heads/{head}/cortex/claims/figure", Access::Everybody),
        ("GET", "/api/heads/{head}/cortex/mesh", Access::Everybody),
        ("GET", "/api/heads/{head}/cortex/paths", Access::Everybody),
        ("GET", "/api/heads/{head}/cortex/target", Access::Everybody),
        ("GET", "/api/heads/{head}/cortex/zone", Access::Everybody),
        ("GET", "/api/heads/{head}/variants", Access::Everybody),
        ("POST", "/api/bodies", Access::Everybody),
        ("GET", "/api/bodies/{body}", Access::Everybody),
        ("GET", "/api/bodies/{body}/mesh", Access::Everybody),
        ("GET", "/api/bodies/{body}/points", Access::Everybody),
        ("GET", "/api/bodies/{body}/points/{point}", Access::Everybody),
        ("GET", "/api/bodies/{body}/figure", Access::Everybody),
        ("GET", "/api/points", Access::Everybody),
        ("GET", "/api/difference", Access::Everybody),
        ("GET", "/api/difference/figure", Access::Everybody),
        ("GET", "/api/difference/conditions", Access::Everybody),
        ("GET", "/api/heads/{head}/figure", Access::Everybody),
        ("GET", "/api/claims", Access::Everybody),
        ("GET", "/api/claims/{claim}", Access::Everybody),
        ("GET", "/api/claims/{claim}/figures/{question}", Access::Everybody),
    ];
    let table = super::super::table();
    for row in table.rows() {
        assert!(
            decided.contains(&(row.method, row.path, row.access)),
            "{} {} ({:?}) has no row",
            row.method,
            row.path,
            row.access
        );
    }
    assert_eq!(table.rows().len(), decided.len(), "a row without a route");
}

/// A path with every parameter filled in, whatever it is called.
fn filled(path: &str, with: &str) -> String {
    let parts = path.split('/').map(|p| if p.starts_with('{') { with } else { p });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_does_what_the_matrix_does_not_allow() {
    let clinic = Clinic::new("matrix").await;
    let id = "018f2f3e-0000-7000-8000-000000000000";
    for row in super::super::table().rows() {
        let (Access::Needs(permission) | Access::NeedsWithRecord(permission)) = row.access else { continue };
        let path = filled(row.path, id);
        let (r, _) = clinic.send(row.method, &path, &[], &json!({})).await;
        assert_eq!(r.status(), StatusCode::UNAUTHORIZED, "{} {path} by nobody", row.method);
        let (r, _) = clinic.send(row.method, &path, &[("cookie", "baihui=0000")], &json!({})).await;
        assert_eq!(r.status(), StatusCode::UNAUTHORIZED, "{} {path} with an invented cookie", row.method);
        for (role, can) in MATRIX {
            let (cookie, csrf) = clinic.enter(&[*role]);
            let headers = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
            let (r, said) = clinic.send(row.method, &path, &headers, &json!({})).await;
            let allowed = can.contains(&permission);
            assert_eq!(
                r.status() != StatusCode::FORBIDDEN,
                allowed,
                "{} {path} by {role:?}: {said}",
                row.method
            );
            assert_eq!(r.headers()[header::CACHE_CONTROL], "no-store", "{} {path}", row.method);
            if row.method == "POST" && allowed {
                let (r, _) = clinic.send("POST", &path, &headers[..1], &json!({})).await;
                assert_eq!(r.status(), StatusCode::FORBIDDEN, "{path} by {role:?} without the token");
            }
        }
    }
}

//! The server as programs and browsers meet it.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use baihui_clinic::{
    access::{Actor, MATRIX},
    people::Role,
};

use super::{guard::Guard, page::Page, practice::Practice, state::App, table::Access};

mod course;
mod encounter;
mod making;
mod mixing;
mod versions;

const HOST: &str = "127.0.0.1:8640";

fn app() -> Arc<App> {
    static APP: OnceLock<Arc<App>> = OnceLock::new();
    Arc::clone(APP.get_or_init(|| {
        let (claims, tables) = crate::commands::evidence::built_in().unwrap();
        let atlas = baihui_atlas::built_in::atlas(&[]).unwrap();
        let knowledge = crate::files::knowledge(&atlas, &[]).unwrap();
        Arc::new(App::new(atlas, knowledge, claims, tables, None))
    }))
}

fn service() -> Router {
    super::router(app(), Page::Compiled, Guard::new(vec![HOST.to_owned()]))
}

fn request(method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Request<Body> {
    let mut r = Request::builder().method(method).uri(path).header(header::HOST, HOST);
    for (name, value) in more {
        r = r.header(*name, *value);
    }
    r.body(Body::from(body.to_owned())).unwrap()
}

async fn send(r: Request<Body>) -> Response {
    service().oneshot(r).await.unwrap()
}

async fn bytes(r: Response) -> Vec<u8> {
    axum::body::to_bytes(r.into_body(), 1 << 26).await.unwrap().into()
}

async fn get(path: &str) -> (StatusCode, Value) {
    let r = send(request("GET", path, &[], "")).await;
    let status = r.status();
    (status, serde_json::from_slice(&bytes(r).await).unwrap_or(Value::Null))
}

async fn post(path: &str, body: &Value) -> (StatusCode, Value) {
    let r = send(request("POST", path, &[("content-type", "application/json")], &body.to_string())).await;
    let status = r.status();
    (status, serde_json::from_slice(&bytes(r).await).unwrap_or(Value::Null))
}

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

#[tokio::test]
async fn a_head_from_tape_reads_what_was_typed_and_carries_zones() {
    let body = json!({ "circumference": "57 cm", "nasion_inion": "350", "preauricular": "36,0 cm", "sex": "female" });
    let (status, made) = post("/api/heads/tape", &body).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    assert!(made["worst_mm"].as_f64().unwrap() < 1.0);
    let (_, again) = post("/api/heads/tape", &body).await;
    assert_eq!(made["id"], again["id"], "the same measurements give the same head");
    let id = made["id"].as_str().unwrap();
    let (status, head) = get(&format!("/api/heads/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    let read = |d: &str| {
        let all = head["measures"].as_array().unwrap();
        all.iter().find(|m| m["dimension"] == d).unwrap()["mm"].as_f64().unwrap()
    };
    assert!((read("circumference") - 570.0).abs() < 1.0 && (read("preauricular") - 360.0).abs() < 1.0);
    let (_, zones) = get(&format!("/api/heads/{id}/zones?school=ms")).await;
    assert_eq!(zones["items"].as_array().unwrap().len() + zones["refused"].as_array().unwrap().len(), 25);
    let (status, wrong) = post("/api/heads/tape", &json!({ "circumference": "57 cun" })).await;
    assert_eq!((status, &wrong["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("circumference")));
    let (status, _) = post("/api/heads/tape", &json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "at least one length is needed");
    let (status, _) = post("/api/heads/tape", &json!({ "circumfrence": "57 cm" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a misspelt measure is not ignored");
}

#[tokio::test]
async fn a_place_on_a_point_is_nearest_to_that_point() {
    let (_, zones) = get("/api/heads/template/zones?item=GV20").await;
    let p = zones["items"][0]["position_mm"].as_array().unwrap();
    let (_, at) = get(&format!("/api/heads/template/at?x={}&y={}&z={}", p[0], p[1], p[2])).await;
    let near = at["nearest"].as_array().unwrap();
    assert!(near.iter().any(|n| n["code"] == "GV20" && n["distance_mm"].as_f64().unwrap() < 0.01), "{at}");
    assert_eq!(at["side"], "midline");
    let d: Vec<f64> = near.iter().map(|n| n["distance_mm"].as_f64().unwrap()).collect();
    assert!(d.is_sorted());
}

#[tokio::test]
async fn the_way_along_the_skin_is_longer_than_the_straight_one() {
    let (_, m) = get("/api/heads/template/measure?from=0,80,40&to=0,-100,20").await;
    let (along, straight) = (m["along_mm"].as_f64().unwrap(), m["straight_mm"].as_f64().unwrap());
    assert!(along > straight && along < 3.0 * straight, "{along} {straight}");
    let path = m["path_mm"].as_array().unwrap();
    let at =
        |k: usize| -> Vec<f64> { path[k].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect() };
    let sum: f64 = (1..path.len())
        .map(|k| at(k).iter().zip(at(k - 1)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
        .sum();
    assert!((sum - along).abs() < 1.0, "the path drawn is as long as the number says: {sum} {along}");
}

#[tokio::test]
async fn an_item_page_has_what_the_command_line_shows() {
    let (status, page) = get("/api/atlas/items/GV20").await;
    assert_eq!(status, StatusCode::OK);
    let made = page["constructions"].as_array().unwrap();
    assert!(made.len() > 1 && made.iter().filter(|c| c["default"] == true).count() == 1);
    assert!(made.iter().all(|c| c["default"] == true || c["shift"].is_object()));
    assert!(
        !page["steps"].as_array().unwrap().is_empty() && !page["references"].as_array().unwrap().is_empty()
    );
    // By name, in Hanzi.
    let (status, by_name) = get("/api/atlas/items/%E7%99%BE%E4%BC%9A").await;
    assert_eq!((status, &by_name["code"]), (StatusCode::OK, &page["code"]));
}

#[tokio::test]
async fn claims_show_both_sides_and_their_figures_are_pictures() {
    let (_, all) = get("/api/claims").await;
    for row in all.as_array().unwrap() {
        let id = row["id"].as_str().unwrap();
        let (status, claim) = get(&format!("/api/claims/{id}")).await;
        assert_eq!(status, StatusCode::OK, "{id}: {claim}");
        assert_eq!(claim["known"].as_array().unwrap().len() as u64, row["evidence"].as_u64().unwrap());
        for q in claim["questions"].as_array().unwrap() {
            let path = format!("/api/claims/{id}/figures/{}?theme=dark", q["id"].as_str().unwrap());
            let r = send(request("GET", &path, &[], "")).await;
            assert_eq!(r.headers()[header::CONTENT_TYPE], "image/svg+xml");
            assert!(bytes(r).await.starts_with(b"<svg"));
        }
    }
}

#[tokio::test]
async fn the_mesh_is_the_head() {
    let r = send(request("GET", "/api/heads/template/mesh", &[], "")).await;
    let glb = bytes(r).await;
    let head = baihui_head::io::glb::read_head(&glb).unwrap();
    assert_eq!(head.skin.vertices().len(), app().head("template").unwrap().head.skin.vertices().len());
}

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
    let table = super::table();
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

/// The document that the page's types are made from.
#[test]
fn the_committed_interface_is_the_present_one() {
    let committed = include_str!("../../../../web/openapi.json");
    let present = serde_json::to_string_pretty(&super::openapi()).unwrap() + "\n";
    assert!(committed == present, "web/openapi.json is stale: cargo xtask web --api writes it anew");
}

/// A server with a record of its own, in a folder of the test.
struct Clinic {
    app: Arc<App>,
    folder: std::path::PathBuf,
}

impl Drop for Clinic {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Clinic {
    async fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("baihui-serve-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let practice = Practice::open(&folder.join("record.baihui"), false).await.unwrap();
        let (claims, tables) = crate::commands::evidence::built_in().unwrap();
        let atlas = baihui_atlas::built_in::atlas(&[]).unwrap();
        let knowledge = crate::files::knowledge(&atlas, &[]).unwrap();
        Self { app: Arc::new(App::new(atlas, knowledge, claims, tables, Some(practice))), folder }
    }

    async fn send(&self, method: &str, path: &str, more: &[(&str, &str)], body: &Value) -> (Response, Value) {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend_from_slice(more);
        let text = if method == "GET" { String::new() } else { body.to_string() };
        let router = super::router(Arc::clone(&self.app), Page::Compiled, Guard::new(vec![HOST.to_owned()]));
        let r = router.oneshot(request(method, path, &headers, &text)).await.unwrap();
        let (parts, body) = r.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 26).await.unwrap();
        (Response::from_parts(parts, Body::empty()), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// The answer as it is on the wire.
    async fn raw(&self, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Response {
        let router = super::router(Arc::clone(&self.app), Page::Compiled, Guard::new(vec![HOST.to_owned()]));
        router.oneshot(request(method, path, more, body)).await.unwrap()
    }

    /// Sets the record up; cookie and token of the first person.
    async fn setup(&self) -> (String, String) {
        let who = json!({ "name": "Ada Example", "password": "correct horse" });
        let (r, me) = self.send("POST", "/api/setup", &[], &who).await;
        assert_eq!(r.status(), 200, "{me}");
        let cookie = r.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        (cookie, me["user"]["csrf"].as_str().unwrap().to_owned())
    }

    /// Cookie and token of somebody with these roles.
    fn enter(&self, roles: &[Role]) -> (String, String) {
        let p = self.app.practice.as_ref().unwrap();
        let actor = Actor { id: p.store.new_id(), roles: roles.iter().copied().collect() };
        let (caller, token) = p.door.enter(actor, "someone".into()).unwrap();
        (format!("baihui={token}"), caller.csrf)
    }
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
    for row in super::table().rows() {
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

#[tokio::test]
async fn the_cortex_beneath_a_zone_and_a_place_is_told_with_its_errors() {
    let (status, zone) = get("/api/heads/template/cortex/zone?item=MS6").await;
    assert_eq!(status, StatusCode::OK, "{zone}");
    assert_eq!(zone["sides"].as_array().unwrap().len(), 2);
    for side in zone["sides"].as_array().unwrap() {
        let regions = side["whole"]["regions"].as_array().unwrap();
        let sum: f64 = regions.iter().map(|r| r["probability"].as_f64().unwrap()).sum();
        assert!((0.9..=1.000_001).contains(&sum), "{sum}");
        // MS6 lies beside the midline: hardly anything of the other hemisphere.
        let own = regions.iter().filter(|r| r["side"] == side["side"]);
        assert!(own.map(|r| r["probability"].as_f64().unwrap()).sum::<f64>() > 0.8);
        assert!(side["parts"].as_array().unwrap().len() >= 3);
        let verdict = &side["judgements"][0];
        assert_eq!(verdict["part"], "");
        assert!(
            ["holds", "does-not-hold", "cannot-be-judged"].contains(&verdict["verdict"].as_str().unwrap())
        );
        let between = side["whole"]["between_heads_mm"].as_array().unwrap();
        assert!(between[0].as_f64() > between[1].as_f64() && between[1].as_f64() > Some(1.0));
        assert!(side["on_cortex_mm"].as_array().unwrap().len() > 5);
    }
    // The place is the skin's: a little above it is the same place.
    let (_, at) = get("/api/heads/template/cortex/at?x=-50&y=-15&z=85").await;
    assert_eq!(at["cortex_mm"].as_array().unwrap().len(), 4, "{at}");
    assert!(at["cortex_mm"].as_array().unwrap().iter().all(|p| p[0].as_f64() < Some(0.0)));
    assert!((5.0..40.0).contains(&at["finding"]["depth_mm"].as_f64().unwrap()));
}

#[tokio::test]
async fn a_target_is_found_on_its_side_and_claims_are_counted() {
    let (status, target) = get("/api/heads/template/cortex/target?mni=-37,-21,58").await;
    assert_eq!(status, StatusCode::OK, "{target}");
    assert_eq!(target["side"], "left");
    assert!(target["tape"].as_str().unwrap().contains("patient's left"));
    assert!(target["nearest"].as_array().unwrap().len() >= 4);
    let (_, right) =
        get("/api/heads/template/cortex/target?region=precentral%20gyrus&part=hand&side=right").await;
    assert_eq!(right["side"], "right", "{right}");
    let (_, claims) = get("/api/heads/template/cortex/claims").await;
    let list = claims["claims"].as_array().unwrap();
    assert!(list.len() > 20, "{claims}");
    for c in list {
        // What cannot be judged says why; what can be does not.
        assert_eq!(c["verdict"] == "cannot-be-judged", c["why"].is_string(), "{c}");
    }
    let r = send(request("GET", "/api/heads/template/cortex/claims/figure?theme=dark", &[], "")).await;
    assert_eq!(r.headers()[header::CONTENT_TYPE], "image/svg+xml");
    let svg = String::from_utf8(bytes(r).await).unwrap();
    assert!(svg.contains("MS6") && !svg.contains('…'));
}

#[tokio::test]
async fn the_mesh_of_the_cortex_has_a_label_a_vertex() {
    let (_, cortex) = get("/api/heads/template/cortex").await;
    let labels = cortex["labels"].as_array().unwrap();
    let regions = cortex["regions"].as_array().unwrap();
    assert!(labels.iter().all(|l| (l.as_u64().unwrap() as usize) < regions.len()));
    let r = send(request("GET", "/api/heads/template/cortex/mesh", &[], "")).await;
    assert_eq!(r.headers()[header::CONTENT_TYPE], "model/gltf-binary");
    let mesh = baihui_head::io::glb::read_mesh(&bytes(r).await).unwrap();
    assert_eq!(mesh.vertices.len(), labels.len());
}

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

use super::{guard::Guard, page::Page, state::App, table::Access};

const HOST: &str = "127.0.0.1:8640";

fn app() -> Arc<App> {
    static APP: OnceLock<Arc<App>> = OnceLock::new();
    Arc::clone(APP.get_or_init(|| {
        let (claims, tables) = crate::commands::evidence::built_in().unwrap();
        Arc::new(App::new(baihui_atlas::built_in::atlas(&[]).unwrap(), claims, tables))
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
    let decided = [
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
        ("GET", "/api/heads/{head}/variants", Access::Everybody),
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

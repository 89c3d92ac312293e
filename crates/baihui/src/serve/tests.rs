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

mod access;
mod cortex;
mod course;
mod encounter;
mod guard;
mod heads;
mod making;
mod mixing;
mod session;
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

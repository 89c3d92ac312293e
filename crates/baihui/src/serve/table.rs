//! The table of routes: what it says once becomes the router, the OpenAPI document and the list of who may do what.
//!
//! A route is a plain function from parameters (and a body) to a result; the table reads the one and writes the
//! other, so that a handler can be tested without HTTP and its schema cannot differ from what it takes and gives.
//! The schemas come from `schemars`, which the atlas, the heads and the record derive anyway; utoipa would need a
//! second derivation on every type.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{RawPathParams, RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use baihui_clinic::access::Permission;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{login::Caller, practice::Entered, problem::Problem, state::App};

mod answer;
pub mod making;
pub mod versions;

use answer::{busy, kept_private, private, shown};
pub use answer::{etag, name_of};

/// Name of the cookie.
const COOKIE: &str = "baihui";
/// Header in which a request that changes something repeats what it was given at sign-in.
const CSRF: &str = "x-baihui-csrf";
/// Longest idempotency key.
const LONGEST_KEY: usize = 200;

/// Largest JSON body that is read, bytes.
const MAX_BODY: usize = 1 << 20;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Everybody who reaches the server: knowledge and geometry, nothing about a person.
    Everybody,
    /// Who is signed in and has a role with this permission.
    Needs(Permission),
    /// The same where a record is open. Without a record there is nobody to sign in, and nobody else's work to see:
    /// everybody who reaches the server.
    NeedsWithRecord(Permission),
}

/// What a route is, in words.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    /// Name of the operation, in camel case; the client's name for it.
    pub id: &'static str,
    /// Group.
    pub tag: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path with its parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// No parameters, or no body.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Bytes with their media type.
#[derive(Clone, Debug)]
pub struct Bytes {
    /// Media type.
    pub media: &'static str,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// A function that answers without a body in the request.
type Get<P, R> = fn(&App, P) -> Result<R, Problem>;
/// A function that takes a body.
type Post<P, B, R> = fn(&App, P, B) -> Result<R, Problem>;

/// A function that is told who asks.
type GetAs<P, R> = fn(&App, &Caller, P) -> Result<R, Problem>;
/// A function that is told who asks, if anybody is known.
type GetMaybe<P, R> = fn(&App, Option<&Caller>, P) -> Result<R, Problem>;
/// A function that takes a body and is told who sends it.
type PostAs<P, B, R> = fn(&App, &Caller, P, B) -> Result<R, Problem>;
/// A function that lets people in or out; it is given the cookie's value.
type Doorway<B> = fn(&App, Option<&str>, B) -> Result<Entered, Problem>;

/// The table while it is made.
pub struct Table {
    router: Router<Arc<App>>,
    rows: Vec<Row>,
    paths: BTreeMap<&'static str, serde_json::Map<String, Value>>,
    read: SchemaGenerator,
    written: SchemaGenerator,
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = "/components/schemas".into();
        s.meta_schema = None;
    })
}

impl Default for Table {
    fn default() -> Self {
        Self {
            router: Router::new(),
            rows: Vec::new(),
            paths: BTreeMap::new(),
            read: settings().into_generator(),
            written: settings().for_serialize().into_generator(),
        }
    }
}

impl Table {
    /// A route that gives JSON.
    pub fn get<P, R>(&mut self, path: &'static str, doc: Doc, f: Get<P, R>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<R>() } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.on_get(path, move |app, headers, text| async move {
            shown(app, headers, text, move |app, text| f(app, read(text)?).and_then(|r| to_json(&r))).await
        });
    }

    /// A route that gives a picture or another file.
    pub fn file<P>(&mut self, path: &'static str, doc: Doc, media: &'static str, f: Get<P, Bytes>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
    {
        let answer = json!({ media: { "schema": { "type": "string", "contentMediaType": media } } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.on_get(path, move |app, headers, text| async move {
            shown(app, headers, text, move |app, text| f(app, read(text)?)).await
        });
    }

    /// A route that takes JSON and gives JSON.
    pub fn post<P, B, R>(&mut self, path: &'static str, doc: Doc, f: Post<P, B, R>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        self.post_maybe(path, doc, move |app, _, p, body| f(app, p, body));
    }

    /// A route that takes JSON from everybody, changes nothing, and knows who sends it where that is known.
    pub fn post_maybe<P, B, R, F>(&mut self, path: &'static str, doc: Doc, f: F)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
        F: Fn(&App, Option<&Caller>, P, B) -> Result<R, Problem> + Clone + Send + Sync + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<R>() } });
        let takes = self.read.subschema_for::<B>();
        self.document::<P>("POST", path, doc, &answer, Some(takes));
        self.on_post(path, move |app, request, text| {
            let f = f.clone();
            async move {
                let caller = known(&app, request.headers());
                let body = match body_of(request).await {
                    Ok(b) => b,
                    Err(problem) => return problem.into_response(),
                };
                kept_private(move || {
                    let body: B = parsed(&body)?;
                    f(&app, caller.as_ref(), read(&text)?, body).and_then(|r| to_json(&r))
                })
                .await
            }
        });
    }

    /// A route that gives JSON to those who may have it.
    pub fn get_as<P, R>(&mut self, path: &'static str, doc: Doc, f: GetAs<P, R>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<R>() } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.on_get(path, move |app, headers, text| async move {
            kept_private(move || {
                let caller = admitted(&app, &headers, doc.access, false)?;
                f(&app, &caller, read(&text)?).and_then(|r| to_json(&r))
            })
            .await
        });
    }

    /// A route that gives a picture or another file to those who may have it.
    pub fn file_as<P>(&mut self, path: &'static str, doc: Doc, media: &'static str, f: GetAs<P, Bytes>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
    {
        let answer = json!({ media: { "schema": { "type": "string", "contentMediaType": media } } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.on_get(path, move |app, headers, text| async move {
            kept_private(move || {
                let caller = admitted(&app, &headers, doc.access, false)?;
                f(&app, &caller, read(&text)?)
            })
            .await
        });
    }

    /// A route that gives JSON to everybody, and knows who asks where that is known.
    pub fn get_maybe<P, R>(&mut self, path: &'static str, doc: Doc, f: GetMaybe<P, R>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<R>() } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.on_get(path, move |app, headers, text| async move {
            kept_private(move || {
                f(&app, known(&app, &headers).as_ref(), read(&text)?).and_then(|r| to_json(&r))
            })
            .await
        });
    }

    /// A route that takes JSON from those who may send it.
    pub fn post_as<P, B, R>(&mut self, path: &'static str, doc: Doc, f: PostAs<P, B, R>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<R>() } });
        let takes = self.read.subschema_for::<B>();
        self.document::<P>("POST", path, doc, &answer, Some(takes));
        if let Some(parameters) = self.operation(path, "post")["parameters"].as_array_mut() {
            parameters.push(json!({
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "description": "A key of the caller's choice: the same request with the same key is carried out once, \
                    and answered as the first time; another request with it is refused.",
                "schema": { "type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$" },
            }));
        }
        self.on_post(path, move |app, request, text| async move {
            let admit = |headers: &HeaderMap| admitted(&app, headers, doc.access, true);
            let (caller, body) = match sent(request, admit).await {
                Ok(sent) => sent,
                Err(problem) => return problem.into_response(),
            };
            kept_private(move || {
                let body: B = parsed(&body)?;
                let conditional = caller.if_match.is_some();
                let done = f(&app, &caller, read(&text)?, body).and_then(|r| to_json(&r));
                done.map_err(|p| if conditional { p.precondition_failed() } else { p })
            })
            .await
        });
    }

    /// A route that lets people in or out.
    pub fn door<B>(&mut self, path: &'static str, doc: Doc, f: Doorway<B>)
    where
        B: DeserializeOwned + JsonSchema + Send + 'static,
    {
        let answer =
            json!({ "application/json": { "schema": self.written.subschema_for::<super::practice::Me>() } });
        let takes = self.read.subschema_for::<B>();
        self.document::<Nothing>("POST", path, doc, &answer, Some(takes));
        let route = on(MethodFilter::POST, move |State(app): State<Arc<App>>, request: Request| async move {
            let old = cookie(request.headers()).map(str::to_owned);
            let encrypted = app.encrypted;
            let body = match body_of(request).await {
                Ok(b) => b,
                Err(problem) => return problem.into_response(),
            };
            match busy(move || f(&app, old.as_deref(), parsed(&body)?)).await {
                Ok((me, token)) => {
                    let mut response = match to_json(&me) {
                        Ok(b) => private(b),
                        Err(problem) => return problem.into_response(),
                    };
                    if let Some(token) = token {
                        let age = if token.is_empty() { "; Max-Age=0" } else { "" };
                        let secure = if encrypted { "; Secure" } else { "" };
                        let text =
                            format!("{COOKIE}={token}; Path=/api; HttpOnly; SameSite=Strict{secure}{age}");
                        if let Ok(value) = HeaderValue::from_str(&text) {
                            response.headers_mut().insert(header::SET_COOKIE, value);
                        }
                    }
                    response
                }
                Err(problem) => problem.into_response(),
            }
        });
        self.add(path, route);
    }

    /// Adds a route without a body; `f` is given path and query parameters as one form.
    fn on_get<F, A>(&mut self, path: &'static str, f: F)
    where
        F: Fn(Arc<App>, HeaderMap, String) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        let route = on(
            MethodFilter::GET,
            move |State(app): State<Arc<App>>,
                  path: RawPathParams,
                  RawQuery(query): RawQuery,
                  headers: HeaderMap| f(app, headers, joined(&path, query)),
        );
        self.add(path, route);
    }

    /// The same for a route that is sent something.
    fn on_post<F, A>(&mut self, path: &'static str, f: F)
    where
        F: Fn(Arc<App>, Request, String) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        let route = on(
            MethodFilter::POST,
            move |State(app): State<Arc<App>>,
                  path: RawPathParams,
                  RawQuery(query): RawQuery,
                  request: Request| f(app, request, joined(&path, query)),
        );
        self.add(path, route);
    }

    fn add(&mut self, path: &'static str, route: MethodRouter<Arc<App>>) {
        let router = std::mem::take(&mut self.router);
        self.router = router.route(path, route);
    }

    /// An operation of the document, open to additions.
    fn operation(&mut self, path: &'static str, method: &str) -> &mut Value {
        self.paths.entry(path).or_default().entry(method).or_insert(Value::Null)
    }

    fn document<P: JsonSchema>(
        &mut self,
        method: &'static str,
        path: &'static str,
        doc: Doc,
        answer: &Value,
        body: Option<Schema>,
    ) {
        self.rows.push(Row { method, path, access: doc.access });
        let parameters = parameters(&P::json_schema(&mut self.read), path);
        let problem = self.written.subschema_for::<Problem>();
        let mut operation = json!({
            "operationId": doc.id,
            "tags": [doc.tag],
            "summary": doc.summary,
            "x-access": doc.access,
            "parameters": parameters,
            "responses": {
                "200": { "description": "What was asked for", "content": answer },
                "default": {
                    "description": "What went wrong (RFC 9457)",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
        });
        if let Some(schema) = body {
            operation["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        }
        self.paths.entry(path).or_default().insert(method.to_lowercase(), operation);
    }

    /// Who may call what.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The OpenAPI 3.1 document.
    pub fn openapi(&mut self) -> Value {
        let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
        for generator in [&mut self.written, &mut self.read] {
            schemas.extend(generator.take_definitions(true));
        }
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Baihui",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Heads, zones of scalp acupuncture on them, the atlas and the evidence. Coordinates are \
                    millimetres, right-anterior-superior; left and right are the patient's.",
                "license": { "name": "MIT OR Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "paths": self.paths,
            "components": { "schemas": schemas },
        })
    }

    /// The router.
    pub fn into_router(self) -> Router<Arc<App>> {
        self.router
    }
}

/// OpenAPI's parameters from the properties of a structure.
fn parameters(schema: &Schema, path: &str) -> Vec<Value> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|r| r.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    let one = |(name, schema): (&String, &Value)| {
        let in_path = path.contains(&format!("{{{name}}}"));
        let mut schema = schema.clone();
        let description = schema.as_object_mut().and_then(|s| s.remove("description"));
        let mut parameter = json!({
            "name": name,
            "in": if in_path { "path" } else { "query" },
            "required": in_path || required.contains(&name.as_str()),
            "schema": schema,
        });
        if let Some(text) = description {
            parameter["description"] = text;
        }
        parameter
    };
    properties.iter().map(one).collect()
}

/// Path and query parameters as one form.
fn joined(path: &RawPathParams, query: Option<String>) -> String {
    let mut text = query.unwrap_or_default();
    for (name, value) in path {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(&escaped(value));
    }
    text
}

/// A value for an address. Everything but letters, digits and hyphens is escaped, so that it cannot add a parameter.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Parameters; one that is not known is refused, not ignored.
fn read<P: DeserializeOwned>(text: &str) -> Result<P, Problem> {
    serde_html_form::from_str(text).map_err(|e| Problem::bad_request(format!("the parameters: {e}")))
}

async fn body_of(request: Request) -> Result<Vec<u8>, Problem> {
    let json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(';').next().is_some_and(|m| m.trim() == "application/json"));
    if !json {
        return Err(Problem::media_type("the body must be application/json"));
    }
    let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY).await;
    bytes.map(Into::into).map_err(|_| Problem::too_large(format!("at most {MAX_BODY} bytes are read")))
}

/// Who sends a request, and its body; who may not send is not read.
async fn sent<C>(
    request: Request,
    admit: impl FnOnce(&HeaderMap) -> Result<C, Problem>,
) -> Result<(C, Vec<u8>), Problem> {
    let caller = admit(request.headers())?;
    Ok((caller, body_of(request).await?))
}

fn parsed<B: DeserializeOwned>(body: &[u8]) -> Result<B, Problem> {
    // A list would be read as the fields in their order; no route takes one.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::bad_request("the body is a list; expected an object with names"));
    }
    serde_json::from_slice(body).map_err(|e| Problem::bad_request(format!("the body: {e}")))
}

/// The value of our cookie.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(';')).find_map(|c| c.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Who sends a request, if that is known.
fn known(app: &App, headers: &HeaderMap) -> Option<Caller> {
    app.practice.as_ref()?.door.caller(cookie(headers)?)
}

/// Who sends a request, if they may.
fn admitted(app: &App, headers: &HeaderMap, access: Access, changes: bool) -> Result<Caller, Problem> {
    if app.practice.is_none() {
        return Err(Problem::not_found("the server has no record open")
            .hint("start it with --record FILE, or with --demo to try it"));
    }
    let mut caller = known(app, headers).ok_or_else(|| Problem::unauthorized("nobody is signed in"))?;
    if let Access::Needs(permission) | Access::NeedsWithRecord(permission) = access {
        caller.actor.may(permission).map_err(Problem::forbidden)?;
    }
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    // The cookie comes along by itself; this header only our own page can set.
    if changes && text(CSRF) != Some(caller.csrf.as_str()) {
        return Err(Problem::forbidden(format!("the header {CSRF} is missing or old; sign in again")));
    }
    if let Some(key) = text("idempotency-key") {
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Err(Problem::bad_request(format!(
                "an idempotency key has 1 to {LONGEST_KEY} characters"
            )));
        }
        // Keys of different people are different keys.
        caller.key = Some(format!("{}:{key}", caller.actor.id));
    }
    caller.if_match = versions::if_match(headers)?;
    Ok(caller)
}

fn to_json<R: Serialize>(result: &R) -> Result<Bytes, Problem> {
    let bytes = serde_json::to_vec(result).map_err(Problem::internal)?;
    Ok(Bytes { media: "application/json", bytes })
}

//! Routes that say which version they give, and lists that are given in parts.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{Bytes, Doc, GetAs, Problem, Table, admitted, busy, escaped, private, read, to_json};
use crate::serve::login::Caller;

/// A part of a list.
pub struct Part<R> {
    /// Its rows.
    pub rows: Vec<R>,
    /// Query of the address at which the list goes on; none at its end.
    pub next: Option<String>,
}

impl<R> Part<R> {
    /// The same part with its rows told in another way.
    pub fn map<S>(self, f: impl FnMut(R) -> S) -> Part<S> {
        Part { rows: self.rows.into_iter().map(f).collect(), next: self.next }
    }
}

/// The version that a request with `If-Match` was made to.
pub fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let version = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).and_then(|t| t.parse().ok());
    version.map(Some).ok_or_else(|| {
        Problem::bad_request(format!(
            "If-Match is {text:?}; expected the ETag of what is changed, such as \"3\""
        ))
        .field("If-Match")
    })
}

impl Caller {
    /// The version that a change was made to: by `If-Match`, or by the body.
    ///
    /// # Errors
    /// Neither says it, or they contradict each other.
    pub fn expected(&self, body: Option<u64>) -> Result<u64, Problem> {
        match (self.if_match, body) {
            (Some(a), Some(b)) if a != b => {
                Err(Problem::bad_request(format!("If-Match says version {a}, the body says {b}")).field("version"))
            }
            (Some(version), _) | (None, Some(version)) => Ok(version),
            (None, None) => Err(Problem::precondition_required(
                "the version that the change was made to is missing; expected the header If-Match or \"version\" in the body",
            )
            .field("version")),
        }
    }
}

impl Table {
    /// A route that gives JSON with its version as ETag.
    pub fn get_versioned<P, R>(
        &mut self,
        path: &'static str,
        doc: Doc,
        f: GetAs<P, R>,
        version: fn(&R) -> u64,
    ) where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<R>() } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.operation(path, "get")["responses"]["200"]["headers"] = json!({
            "ETag": { "description": "The version, for If-Match", "required": true, "schema": { "type": "string" } },
        });
        self.on_get(path, move |app, headers, text| async move {
            with_header(header::ETAG, move || {
                let caller = admitted(&app, &headers, doc.access, false)?;
                let found = f(&app, &caller, read(&text)?)?;
                Ok((to_json(&found)?, Some(format!("\"{}\"", version(&found)))))
            })
            .await
        });
    }

    /// A route that gives a list in parts: the header `Link` says where it goes on (RFC 8288).
    pub fn list_as<P, R>(&mut self, path: &'static str, doc: Doc, f: GetAs<P, Part<R>>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<Vec<R>>() } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.operation(path, "get")["responses"]["200"]["headers"] = json!({
            "Link": {
                "description": "Where the list goes on, with rel=\"next\"; absent at its end",
                "schema": { "type": "string" },
            },
        });
        self.on_get(path, move |app, headers, text| async move {
            with_header(header::LINK, move || {
                let caller = admitted(&app, &headers, doc.access, false)?;
                let part = f(&app, &caller, read(&text)?)?;
                let next = part.next.map(|query| format!("<{}?{query}>; rel=\"next\"", filled(path, &text)));
                Ok((to_json(&part.rows)?, next))
            })
            .await
        });
    }
}

/// A path with the values that a request has for its parameters.
fn filled(path: &str, text: &str) -> String {
    let values: Vec<(String, String)> = serde_html_form::from_str(text).unwrap_or_default();
    values
        .iter()
        .fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), &escaped(value)))
}

/// An answer that stays in no cache, with a header if there is a value for it.
async fn with_header(
    name: HeaderName,
    f: impl FnOnce() -> Result<(Bytes, Option<String>), Problem> + Send + 'static,
) -> Response {
    match busy(f).await {
        Ok((bytes, value)) => {
            let mut response = private(bytes);
            if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
                response.headers_mut().insert(name, value);
            }
            response
        }
        Err(problem) => problem.into_response(),
    }
}

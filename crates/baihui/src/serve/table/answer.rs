//! How results become answers: on a thread that may be busy, with a name for their contents, or kept by nobody.

use std::sync::Arc;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use baihui_clinic::access::Permission;
use sha2::{Digest, Sha256};

use super::{Access, Bytes, admitted};
use crate::serve::{
    problem::Problem,
    state::{App, is_own},
};

/// Answers what is asked of knowledge and heads. A person's own head, and a body with it, is shown to who may read patients, and what is said
/// of it stays in no cache.
pub(super) async fn shown(
    app: Arc<App>,
    headers: HeaderMap,
    text: String,
    f: impl FnOnce(&App, &str) -> Result<Bytes, Problem> + Send + 'static,
) -> Response {
    let of_one = |p: &str| p.strip_prefix("head=").or_else(|| p.strip_prefix("body=")).is_some_and(is_own);
    let own = text.split('&').any(of_one);
    if !own {
        return answered(headers, move || f(&app, &text)).await;
    }
    kept_private(move || {
        if app.practice.is_some() {
            admitted(&app, &headers, Access::Needs(Permission::ReadPatient), false)?;
        }
        f(&app, &text)
    })
    .await
}

/// Runs a function on a thread that may be busy.
pub(super) async fn busy<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(f).await.unwrap_or_else(|_| Err(Problem::internal("the computation stopped")))
}

/// Runs a function on a thread that may be busy, and answers with an ETag.
pub(super) async fn answered(
    headers: HeaderMap,
    f: impl FnOnce() -> Result<Bytes, Problem> + Send + 'static,
) -> Response {
    match busy(f).await {
        Ok(bytes) => with_etag(&headers, bytes),
        Err(problem) => problem.into_response(),
    }
}

/// The same for what is about a person: nothing of it stays in a cache.
pub(super) async fn kept_private(f: impl FnOnce() -> Result<Bytes, Problem> + Send + 'static) -> Response {
    match busy(f).await {
        Ok(bytes) => private(bytes),
        Err(problem) => problem.into_response(),
    }
}

pub(super) fn private(Bytes { media, bytes }: Bytes) -> Response {
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A quoted name of some contents.
pub fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", name_of(bytes))
}

/// The first 32 hexadecimal digits of the SHA-256 of some contents.
pub fn name_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|b| format!("{b:02x}")).collect()
}

fn with_etag(request: &HeaderMap, Bytes { media, bytes }: Bytes) -> Response {
    let tag = etag(&bytes);
    let known = request
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(',').any(|t| t.trim().trim_start_matches("W/") == tag || t.trim() == "*"));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut r = bytes.into_response();
        r.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        r
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

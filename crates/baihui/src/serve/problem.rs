//! Errors as the workstation's interface says them (RFC 9457, problem details).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

/// What went wrong, for people and for programs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Problem {
    /// Kind of problem, a reference relative to the server: `/problems/` and one of a fixed set of words.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What was found and what was expected.
    pub detail: String,
    /// How to put it right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Which field of the request is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, word: &str, title: &str, detail: impl ToString) -> Self {
        Self {
            kind: format!("/problems/{word}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.to_string(),
            hint: None,
            field: None,
        }
    }

    /// 400: the request cannot be read.
    pub fn bad_request(detail: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be read", detail)
    }

    /// 401: nobody is signed in, or not any more.
    pub fn unauthorized(detail: impl ToString) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Please sign in", detail)
    }

    /// 409: it has changed meanwhile.
    pub fn conflict(detail: impl ToString) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Changed meanwhile", detail)
    }

    /// 409: the key of a request belongs to another request.
    pub fn key_reused(detail: impl ToString) -> Self {
        Self::new(StatusCode::CONFLICT, "key-reused", "The key is taken", detail)
    }

    /// 412 in the place of 409: the request named its version in a header.
    #[must_use]
    pub fn precondition_failed(mut self) -> Self {
        if self.kind == "/problems/conflict" {
            self.status = StatusCode::PRECONDITION_FAILED.as_u16();
        }
        self
    }

    /// 428: the request does not say which version it changes.
    pub fn precondition_required(detail: impl ToString) -> Self {
        Self::new(StatusCode::PRECONDITION_REQUIRED, "version-required", "Which version?", detail)
    }

    /// 410: it was erased.
    pub fn gone(detail: impl ToString) -> Self {
        Self::new(StatusCode::GONE, "gone", "Erased", detail)
    }

    /// 403: not from here, or not for this person.
    pub fn forbidden(detail: impl ToString) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    /// 404: there is no such thing.
    pub fn not_found(detail: impl ToString) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// 405: the address is right, the method is not.
    pub fn method(detail: impl ToString) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Not with this method", detail)
    }

    /// 413: more than is read.
    pub fn too_large(detail: impl ToString) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    }

    /// 415: a body of another kind.
    pub fn media_type(detail: impl ToString) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Another format is expected", detail)
    }

    /// 422: the request was understood, but what it says cannot be used.
    pub fn input(detail: impl ToString) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "input", "This cannot be used", detail)
    }

    /// 422: the head cannot carry what was asked for.
    pub fn not_located(detail: impl ToString) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "not-located", "Not on this head", detail)
    }

    /// 429: too many requests.
    pub fn too_many() -> Self {
        let detail = "more requests came than the server takes at once; wait a second";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many requests", detail)
    }

    /// 500: a mistake of ours.
    pub fn internal(detail: impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "A mistake of the program", detail)
    }

    /// Says it more closely.
    #[must_use]
    pub fn detail(mut self, detail: impl ToString) -> Self {
        self.detail = detail.to_string();
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl ToString) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Adds what to do, if anything is known.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Names the field that is meant.
    #[must_use]
    pub fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Strings and numbers always become JSON.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

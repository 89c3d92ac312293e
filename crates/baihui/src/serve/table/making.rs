//! Routes of work that takes its time: files come in, progress goes out.
//!
//! Nothing is written to the disk on the way. They need who is signed in where a record is open; without a record they serve whoever sits at the machine.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::BodyDataStream,
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use tokio::sync::watch;

use super::{
    Access, Bytes, Doc, Problem, Table, admitted, kept_private, parsed, private, read, sent, to_json,
};
use crate::serve::{login::Caller, state::App};

/// A function that is told who asks, where that can be known.
type Ask<P, R> = fn(&Arc<App>, Option<&Caller>, P) -> Result<R, Problem>;
/// The same with a body.
type Order<P, B, R> = fn(&Arc<App>, Option<&Caller>, P, B) -> Result<R, Problem>;
/// A function that says where a file goes.
type Receive<P, S> = fn(&Arc<App>, Option<&Caller>, P) -> Result<S, Problem>;
/// A function that says what is to be followed.
type Follow<P, W> = fn(&Arc<App>, Option<&Caller>, P) -> Result<W, Problem>;

/// What takes the pieces of a file as they come.
pub trait Sink: Send + 'static {
    /// What is said when all of it is there.
    type Done: Serialize + JsonSchema;

    /// Takes a piece, or says why no more is taken.
    fn take(&mut self, piece: &[u8]) -> Result<(), Problem>;

    /// All of it was taken. What is dropped without this leaves nothing.
    fn done(self) -> Result<Self::Done, Problem>;
}

/// Something whose state is told as it changes.
pub trait Watched: Send + 'static {
    /// The state.
    type State: Serialize + JsonSchema;

    /// Rings at each change.
    fn bell(&self) -> watch::Receiver<u64>;

    /// The state now, and whether it is the last.
    fn state(&self) -> (Self::State, bool);
}

impl Table {
    /// A route that gives JSON.
    pub fn get_open<P, R>(&mut self, path: &'static str, doc: Doc, f: Ask<P, R>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<R>() } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.on_get(path, move |app, headers, text| async move {
            kept_private(move || {
                let caller = asking(&app, &headers, doc.access, false)?;
                f(&app, caller.as_ref(), read(&text)?).and_then(|r| to_json(&r))
            })
            .await
        });
    }

    /// A route that gives a page that is whole in itself.
    pub fn page_open<P>(&mut self, path: &'static str, doc: Doc, f: Ask<P, Bytes>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
    {
        let answer =
            json!({ "text/html": { "schema": { "type": "string", "contentMediaType": "text/html" } } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.on_get(path, move |app, headers, text| async move {
            let mut response = kept_private(move || {
                let caller = asking(&app, &headers, doc.access, false)?;
                f(&app, caller.as_ref(), read(&text)?)
            })
            .await;
            response.headers_mut().insert(
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(super::super::guard::INERT),
            );
            response
        });
    }

    /// A route that takes JSON and gives JSON.
    pub fn post_open<P, B, R>(&mut self, path: &'static str, doc: Doc, f: Order<P, B, R>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<R>() } });
        let takes = self.read.subschema_for::<B>();
        self.document::<P>("POST", path, doc, &answer, Some(takes));
        self.on_post(path, move |app, request, text| async move {
            let admit = |headers: &HeaderMap| asking(&app, headers, doc.access, true);
            let (caller, body) = match sent(request, admit).await {
                Ok(sent) => sent,
                Err(problem) => return problem.into_response(),
            };
            kept_private(move || {
                let body: B = parsed(&body)?;
                f(&app, caller.as_ref(), read(&text)?, body).and_then(|r| to_json(&r))
            })
            .await
        });
    }

    /// A route that takes a file, piece by piece.
    pub fn upload<P, S>(&mut self, path: &'static str, doc: Doc, f: Receive<P, S>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        S: Sink,
    {
        let answer = json!({ "application/json": { "schema": self.written.subschema_for::<S::Done>() } });
        self.document::<P>("POST", path, doc, &answer, None);
        self.operation(path, "post")["requestBody"] = json!({
            "required": true,
            "description": "The bytes of the file.",
            "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } },
        });
        self.on_post(path, move |app, request, text| async move {
            let found = asking(&app, request.headers(), doc.access, true).and_then(|caller| {
                // A form of another page can be sent without asking, but not as this.
                if !is_bytes(request.headers()) {
                    return Err(Problem::media_type("the body must be application/octet-stream"));
                }
                f(&app, caller.as_ref(), read(&text)?)
            });
            let taken = match found {
                Ok(sink) => received(sink, request.into_body().into_data_stream()).await,
                Err(problem) => Err(problem),
            };
            match taken.and_then(|done| to_json(&done)) {
                Ok(bytes) => private(bytes),
                Err(problem) => problem.into_response(),
            }
        });
    }

    /// A route that tells of every change until there are no more (server-sent events). Each event is the whole state: who
    /// comes back after a break has missed nothing.
    pub fn events<P, W>(&mut self, path: &'static str, doc: Doc, f: Follow<P, W>)
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        W: Watched,
    {
        // What an event carries is described where it is also given as JSON.
        let answer = json!({ "text/event-stream": { "schema": { "type": "string" } } });
        self.document::<P>("GET", path, doc, &answer, None);
        self.on_get(path, move |app, headers, text| async move {
            let found = asking(&app, &headers, doc.access, false)
                .and_then(|caller| f(&app, caller.as_ref(), read(&text)?));
            match found {
                Ok(watched) => told(watched),
                Err(problem) => problem.into_response(),
            }
        });
    }
}

/// Who asks; nobody where no record is open and nobody need be known.
fn asking(app: &App, headers: &HeaderMap, access: Access, changes: bool) -> Result<Option<Caller>, Problem> {
    if app.practice.is_none() && matches!(access, Access::NeedsWithRecord(_)) {
        return Ok(None);
    }
    admitted(app, headers, access, changes).map(Some)
}

fn is_bytes(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|v| v.split(';').next().is_some_and(|m| m.trim() == "application/octet-stream"))
}

async fn received<S: Sink>(mut sink: S, mut body: BodyDataStream) -> Result<S::Done, Problem> {
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|e| Problem::bad_request(format!("the file broke off: {e}")))?;
        sink.take(&piece)?;
    }
    sink.done()
}

fn told<W: Watched>(watched: W) -> Response {
    let bell = watched.bell();
    // The first event comes at once, each further one when the bell rings.
    let begin = (watched, bell, true, false);
    let events = stream::unfold(begin, |(watched, mut bell, first, last)| async move {
        if last || (!first && bell.changed().await.is_err()) {
            return None;
        }
        let number = *bell.borrow_and_update();
        let (state, last) = watched.state();
        let data = serde_json::to_string(&state).ok()?;
        let event = Event::default().event("state").id(number.to_string()).data(data);
        Some((Ok::<_, Infallible>(event), (watched, bell, false, last)))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

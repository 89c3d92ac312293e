//! A demonstration is filled while the page is already open: what is about a person waits until that person is there.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use tokio::sync::watch;

use super::table::{Access, Row};

/// Tells whether the record is ready to be asked.
#[derive(Clone)]
pub struct Gate {
    ready: watch::Receiver<bool>,
    /// Addresses that never wait.
    free: Arc<BTreeSet<&'static str>>,
}

/// Opens a gate, once. Dropped, it opens the gate too: nobody waits for what does not come.
pub struct Opener(watch::Sender<bool>);

impl Opener {
    /// Lets everybody through from now on.
    pub fn open(&self) {
        self.0.send_replace(true);
    }
}

impl Gate {
    /// A gate that holds nobody.
    pub fn open() -> Self {
        Self { ready: watch::channel(true).1, free: Arc::default() }
    }

    /// A gate that holds what is about people.
    pub fn closed() -> (Self, Opener) {
        let (sender, ready) = watch::channel(false);
        let table = super::table();
        let free = table.rows().iter().filter(|r| is_free(r)).map(|r| r.path).collect();
        (Self { ready, free: Arc::new(free) }, Opener(sender))
    }

    fn holds(&self, path: Option<&str>) -> bool {
        // What has no row is the page itself.
        path.is_some_and(|p| !self.free.contains(p))
    }
}

/// Knowledge and geometry are there from the start. Who is signed in is not, though everybody may ask.
fn is_free(row: &Row) -> bool {
    row.access == Access::Everybody && row.method == "GET" && row.path != "/api/me"
}

/// Stands before the routes.
pub async fn wait(State(mut gate): State<Gate>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if gate.holds(path) {
        // An error says that the opener is gone, and with it the reason to wait.
        let _ = gate.ready.wait_for(|ready| *ready).await;
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{Router, body::Body, middleware, routing::get};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn people_wait_for_the_demonstration_and_heads_do_not() {
        let (gate, opener) = Gate::closed();
        let router = Router::new()
            .route("/api/heads/{head}/mesh", get(|| async { "head" }))
            .route("/api/me", get(|| async { "me" }))
            .route("/api/patients", get(|| async { "patients" }))
            .fallback(|| async { "page" })
            .layer(middleware::from_fn_with_state(gate, wait));
        let ask = |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            tokio::time::timeout(Duration::from_millis(50), router.clone().oneshot(request))
        };
        assert!(ask("/api/heads/template/mesh").await.is_ok());
        assert!(ask("/somewhere").await.is_ok());
        assert!(ask("/api/me").await.is_err(), "nobody is signed in yet");
        assert!(ask("/api/patients").await.is_err());
        opener.open();
        assert!(ask("/api/me").await.is_ok());
        assert!(ask("/api/patients").await.is_ok());
    }

    #[test]
    fn whatever_is_about_a_person_waits() {
        let (gate, _opener) = Gate::closed();
        for row in super::super::table().rows() {
            let private = row.access != Access::Everybody;
            assert!(!private || gate.holds(Some(row.path)), "{}", row.path);
        }
        assert!(!gate.holds(Some("/api/heads/{head}/mesh")));
        assert!(!gate.holds(None));
    }
}

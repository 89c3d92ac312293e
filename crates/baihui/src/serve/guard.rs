//! What stands before every route: whose request it is, how often, and what a browser may do with the answer.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::problem::Problem;

/// Requests a second from one address, where nobody says otherwise.
pub const PER_SECOND: u32 = 200;
/// So many seconds' requests may come at once.
const BURST_S: f64 = 3.0;
/// Addresses that are remembered.
const MAX_ADDRESSES: usize = 4096;

/// No inline script or style, nothing from elsewhere, in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// For a page that is whole in itself and that this program wrote: it carries its style, runs nothing, loads nothing, and
/// is no page of ours.
pub const INERT: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; sandbox";

/// Headers that every answer carries.
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ("x-frame-options", "DENY"),
];

/// Names under which the server may be called, and how often by whom.
pub struct Guard {
    hosts: Vec<String>,
    encrypted: bool,
    per_second: f64,
    buckets: Mutex<BTreeMap<IpAddr, (f64, Instant)>>,
}

impl Guard {
    /// A guard that lets in requests for these hosts (`127.0.0.1:8640`).
    pub fn new(hosts: Vec<String>) -> Self {
        Self { hosts, encrypted: false, per_second: f64::from(PER_SECOND), buckets: Mutex::default() }
    }

    /// The same that lets in so many requests a second from one address.
    #[must_use]
    pub fn per_second(mut self, requests: u32) -> Self {
        self.per_second = f64::from(requests);
        self
    }

    /// The same where connections are encrypted: browsers are told to come no other way.
    #[must_use]
    pub fn encrypted(mut self, encrypted: bool) -> Self {
        self.encrypted = encrypted;
        self
    }

    /// A web page elsewhere may point a name of its own at 127.0.0.1 (DNS rebinding); the Host header tells.
    fn host_is_known(&self, host: Option<&str>) -> bool {
        host.is_some_and(|h| self.hosts.iter().any(|known| known.eq_ignore_ascii_case(h)))
    }

    /// What changes something must come from our own page, or from a program that is no browser.
    fn origin_is_known(&self, request: &Request) -> bool {
        let text = |name: HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok());
        if text(HeaderName::from_static("sec-fetch-site")).is_some_and(|s| s != "same-origin" && s != "none")
        {
            return false;
        }
        text(header::ORIGIN).is_none_or(|origin| {
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            self.host_is_known(host)
        })
    }

    /// Takes a token from the bucket of an address.
    fn admits(&self, address: IpAddr, now: Instant) -> bool {
        let burst = self.per_second * BURST_S;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_ADDRESSES && !buckets.contains_key(&address) {
            // A full bucket says the same as none.
            buckets.retain(|_, (tokens, seen)| {
                *tokens + now.duration_since(*seen).as_secs_f64() * self.per_second < burst
            });
            if buckets.len() >= MAX_ADDRESSES {
                return false;
            }
        }
        let (tokens, seen) = buckets.entry(address).or_insert((burst, now));
        *tokens = (*tokens + now.duration_since(*seen).as_secs_f64() * self.per_second).min(burst);
        *seen = now;
        if *tokens < 1.0 {
            return false;
        }
        *tokens -= 1.0;
        true
    }

    fn check(&self, request: &Request) -> Result<(), Problem> {
        let host = request.headers().get(header::HOST).and_then(|v| v.to_str().ok());
        if !self.host_is_known(host) {
            let found = host.unwrap_or("nothing");
            return Err(Problem::forbidden(format!("the server is not called \"{found}\""))
                .hint(format!("open http://{}", self.hosts.first().map_or("127.0.0.1", String::as_str))));
        }
        let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        if !safe && !self.origin_is_known(request) {
            return Err(Problem::forbidden("the request comes from another page"));
        }
        let address = request
            .extensions()
            .get::<axum::extract::ConnectInfo<super::listen::Peer>>()
            .map_or(IpAddr::from([127, 0, 0, 1]), |c| c.0.0.ip());
        if !self.admits(address, Instant::now()) {
            return Err(Problem::too_many());
        }
        Ok(())
    }
}

/// The middleware.
pub async fn guard(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.check(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    for (name, value) in HEADERS {
        // An answer may bring a narrower policy of its own.
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    if guard.encrypted {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let guard = Guard::new(vec!["127.0.0.1:1".into()]);
        let (a, b) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([10, 0, 0, 1]));
        let now = Instant::now();
        let taken = (0..2000).filter(|_| guard.admits(a, now)).count();
        assert_eq!(taken, 600);
        assert!(guard.admits(b, now), "another address has its own bucket");
        let later = now + Duration::from_secs(1);
        assert_eq!((0..2000).filter(|_| guard.admits(a, later)).count(), 200);
        let more = Guard::new(Vec::new()).per_second(400);
        assert_eq!((0..2000).filter(|_| more.admits(a, now)).count(), 1200, "as many as was said");
    }

    #[test]
    fn memory_of_addresses_is_bounded() {
        let guard = Guard::new(Vec::new());
        let now = Instant::now();
        for k in 0..10_000_u32 {
            guard.admits(IpAddr::from(k.to_be_bytes()), now);
        }
        assert!(guard.buckets.lock().unwrap().len() <= MAX_ADDRESSES);
    }
}

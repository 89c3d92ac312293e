//! The page: compiled in, or read from a folder while it is worked on.

use std::path::{Component, Path, PathBuf};

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use super::{problem::Problem, table::etag};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
#[exclude = ".*"]
struct Dist;

/// Where the page comes from.
#[derive(Clone, Debug)]
pub enum Page {
    /// From the program itself.
    Compiled,
    /// From a folder.
    Folder(PathBuf),
}

impl Page {
    /// Whether there is a page at all.
    pub fn exists(&self) -> bool {
        self.file("index.html").is_some()
    }

    fn file(&self, path: &str) -> Option<Vec<u8>> {
        match self {
            Self::Compiled => Dist::get(path).map(|f| f.data.into_owned()),
            Self::Folder(folder) => {
                let relative = Path::new(path);
                // Nothing above the folder and nothing hidden.
                let plain = relative
                    .components()
                    .all(|c| matches!(c, Component::Normal(n) if !n.to_string_lossy().starts_with('.')));
                let file = plain.then(|| folder.join(relative))?;
                file.is_file().then(|| std::fs::read(file).ok())?
            }
        }
    }

    /// The answer to everything that is not the interface.
    pub fn respond(&self, method: &Method, uri: &Uri, request: &HeaderMap) -> Response {
        if method != Method::GET && method != Method::HEAD {
            return Problem::method("the page is only read").into_response();
        }
        let path = uri.path().trim_start_matches('/');
        if path == "api" || path.starts_with("api/") {
            return Problem::not_found(format!("there is no {}", uri.path()))
                .hint("/api/openapi.json lists what there is")
                .into_response();
        }
        let (name, bytes) = match self.file(path) {
            Some(bytes) if !path.is_empty() => (path, bytes),
            // Rooms of the page have addresses of their own.
            _ if !path.contains('.') => match self.file("index.html") {
                Some(bytes) => ("index.html", bytes),
                None => {
                    return (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], NO_PAGE)
                        .into_response();
                }
            },
            _ => return Problem::not_found(format!("there is no {}", uri.path())).into_response(),
        };
        let tag = etag(&bytes);
        let known = request.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()) == Some(tag.as_str());
        let mut response =
            if known { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media(name)));
        // Names of assets contain a hash of their contents.
        let cache =
            if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

const NO_PAGE: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Baihui</title>
<h1>The server runs; its page is not in this program yet</h1>
<p>Build the page and start again (Node 20 or newer is needed):</p>
<pre>cargo xtask start</pre>
<p>The interface works without the page: <a href=\"/api/openapi.json\">/api/openapi.json</a>,
<a href=\"/api/atlas\">/api/atlas</a>, <a href=\"/api/heads/template/zones?school=ms\">the standard lines on the built-in
head</a>, <a href=\"/api/heads/template/figure?school=ms\">their picture</a>.</p>
</html>
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let page = Page::Folder(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src"));
        assert!(page.file("main.rs").is_some());
        for bad in ["../Cargo.toml", "/etc/hostname", "serve/../../Cargo.toml", ".gitignore", "serve", ""] {
            assert!(page.file(bad).is_none(), "{bad}");
        }
    }
}

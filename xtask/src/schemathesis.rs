//! `cargo xtask schemathesis`: the running server against its own OpenAPI document.
//!
//! Schemathesis (PyPI) makes requests from the document, right and wrong ones, and checks that no answer is a 5xx, that
//! each has a status, a type and a shape that the document knows, and that what it says is refused is refused. The
//! server has a demonstration's record, signed in to as the page does it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// The version that the checks below were chosen for.
const VERSION: &str = "4.32.5";
/// What is asked for. Left out: `positive_data_acceptance` (a document cannot say that a head or a patient must exist),
/// `unsupported_method` (checked by our own tests), `ignored_auth` (knows no cookies with tokens; the matrix of our own
/// tests tries every route with every role).
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,missing_required_header";

/// The server, ended with us.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs it. The first argument is how many requests a route gets (40 without); the rest goes to Schemathesis.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let (most, more) = match args {
        [first, rest @ ..] if first.parse::<u32>().is_ok() => (first.as_str(), rest),
        all => ("40", all),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let program = installed(&target.join("schemathesis"))?;
    let built = crate::web::cargo()
        .args(["build", "--quiet", "--workspace", "--bin", "baihui"])
        .current_dir(&root)
        .status()
        .context("cargo cannot be started")?;
    if !built.success() {
        bail!("cargo build failed");
    }
    let mut server = Server(
        Command::new(target.join("debug/baihui"))
            .args(["serve", "--port", "0", "--demo"])
            .stdout(Stdio::piped())
            .spawn()
            .context("baihui cannot be started")?,
    );
    let mut line = String::new();
    let out = server.0.stdout.take().context("the server has no output")?;
    BufReader::new(out).read_line(&mut line)?;
    let port: u16 = line
        .split("127.0.0.1:")
        .nth(1)
        .and_then(|t| t.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .with_context(|| format!("the server said \"{line}\""))?;
    let (cookie, token) = sign_in(port)?;
    let status = Command::new(program)
        .arg("run")
        .arg(format!("http://127.0.0.1:{port}/api/openapi.json"))
        .args(["--header", &format!("Cookie: {cookie}"), "--header", &format!("x-baihui-csrf: {token}")])
        .args(["--checks", CHECKS, "--max-examples", most, "--continue-on-failure", "--seed", "1"])
        // Signing out would make all that follows a 401; events of jobs end only with the job.
        .args([
            "--exclude-path",
            "/api/logout",
            "--exclude-path",
            "/api/setup",
            "--exclude-path",
            "/api/login",
        ])
        .args(["--suppress-health-check", "all", "--warnings", "off", "--generation-database", "none"])
        .args(more)
        .status()
        .context("schemathesis cannot be started")?;
    if !status.success() {
        bail!("the server does not do what its document says");
    }
    Ok(())
}

/// Schemathesis in an environment of its own below `target`.
fn installed(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("bin/schemathesis");
    let version = Command::new(&program).arg("--version").output();
    if version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).trim().ends_with(VERSION)) {
        return Ok(program);
    }
    let must = |command: &mut Command, what: &str| -> Result<()> {
        let status = command.status().with_context(|| format!("{what} cannot be started"))?;
        if status.success() { Ok(()) } else { bail!("{what} failed") }
    };
    must(Command::new("python3").args(["-m", "venv"]).arg(folder), "python3 -m venv")?;
    let package = format!("schemathesis=={VERSION}");
    must(Command::new(folder.join("bin/pip")).args(["install", "--quiet", &package]), "pip install")?;
    Ok(program)
}

/// Cookie and token, as the page gets them.
fn sign_in(port: u16) -> Result<(String, String)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    write!(
        stream,
        "POST /api/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
         Connection: close\r\n\r\n{{}}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let cookie = answer
        .lines()
        .find_map(|l| l.strip_prefix("set-cookie: ").and_then(|c| c.split(';').next()))
        .context("no cookie was given")?;
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    // A short answer comes whole; with chunks its JSON stands between their lengths.
    let json = body.find('{').zip(body.rfind('}')).map(|(a, b)| &body[a..=b]).context("no JSON was given")?;
    let me: serde_json::Value = serde_json::from_str(json)?;
    let token = me["user"]["csrf"].as_str().context("no token was given")?;
    Ok((cookie.to_owned(), token.to_owned()))
}

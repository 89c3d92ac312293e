//! `cargo xtask web`, `start`, and the page's part of `test`: npm, the generated client, Chromium.
//!
//! The page is built with Node; Rust builds and runs without it. Nothing here is needed by who only changes Rust.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// Where Debian and others put the browser that the tests drive.
const BROWSERS: [&str; 4] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folder() -> PathBuf {
    root().join("web")
}

/// cargo as a user starts it: without what it tells the programs that it runs. ring's build script asks to be run again
/// when these change, so that what was built from here was built once more by the user's next command.
pub(crate) fn cargo() -> Command {
    let mut c = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_")) {
            c.env_remove(name);
        }
    }
    c.current_dir(root());
    c
}

/// Runs a command to its end; its output is the user's.
fn must(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("{what} cannot be started"))?;
    if !status.success() {
        bail!("{what} failed");
    }
    Ok(())
}

fn npm(args: &[&str]) -> Result<()> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    must(
        Command::new(program).args(args).current_dir(folder()).env("npm_config_update_notifier", "false"),
        &format!("npm {}", args.join(" ")),
    )
}

/// Whether Node is here and new enough (20).
pub(crate) fn node() -> Option<u32> {
    let out = Command::new("node").arg("--version").output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    text.trim().trim_start_matches('v').split('.').next()?.parse().ok().filter(|major| *major >= 20)
}

fn need_node() -> Result<()> {
    if node().is_none() {
        bail!(
            "Node 20 or newer is needed for the page (https://nodejs.org); the rest of Baihui does without"
        );
    }
    Ok(())
}

/// Fetches the packages of the lock file, unless just these are there.
fn packages() -> Result<()> {
    let age = |p: PathBuf| fs::metadata(p).and_then(|m| m.modified()).ok();
    let installed = age(folder().join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= age(folder().join("package-lock.json")) {
        return Ok(());
    }
    npm(&["ci", "--no-audit", "--no-fund"])
}

/// `cargo xtask web`: builds the page into `web/dist`; with `--api` writes the interface and its types anew before.
pub(crate) fn run(args: &[String]) -> Result<()> {
    need_node()?;
    packages()?;
    match args {
        [] => {}
        [one] if one == "--api" => api()?,
        _ => bail!("cargo xtask web [--api]"),
    }
    npm(&["run", "--silent", "build"])
}

/// Writes `web/openapi.json` and the types of the client.
fn api() -> Result<()> {
    let out = cargo()
        .args(["run", "--quiet", "-p", "baihui", "--", "schema", "openapi"])
        .output()
        .context("cargo run cannot be started")?;
    if !out.status.success() {
        bail!("baihui schema openapi failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    fs::write(folder().join("openapi.json"), out.stdout).context("web/openapi.json cannot be written")?;
    npm(&["run", "--silent", "api"])
}

/// `cargo xtask start`: builds what is needed and opens the workstation.
pub(crate) fn start(args: &[String]) -> Result<()> {
    run(&[])?;
    must(
        cargo()
            .args(["run", "--release", "-p", "baihui", "--", "serve", "--open"])
            // Without a wish of the user's: something to try at once.
            .args(if args.is_empty() { &["--demo"][..] } else { &[] })
            .args(args),
        "the workstation",
    )
}

/// The page's tests: types, units, build, and every room in a browser. Skips with a message where Node is absent.
pub(crate) fn test() -> Result<()> {
    if node().is_none() {
        println!("skipped: the page's tests need Node 20 or newer");
        return Ok(());
    }
    packages()?;
    generated()?;
    npm(&["run", "--silent", "check"])?;
    npm(&["run", "--silent", "test"])?;
    npm(&["run", "--silent", "build"])?;
    let Some(browser) = browser()? else {
        println!("skipped: no Chromium, and it cannot be installed here (not root, or no apt)");
        return Ok(());
    };
    // With the features of the whole workspace, so that what the tests have built is used.
    must(cargo().args(["build", "--workspace", "--bin", "baihui"]), "cargo build")?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    must(
        Command::new("node")
            .arg("e2e/run.mjs")
            .current_dir(folder())
            .env("BAIHUI", target.join("debug").join(if cfg!(windows) { "baihui.exe" } else { "baihui" }))
            .env("CHROMIUM", browser),
        "the rooms in the browser",
    )
}

/// The committed types must be those of the committed interface.
fn generated() -> Result<()> {
    let file = folder().join("src/api/schema.d.ts");
    let committed = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    npm(&["run", "--silent", "api"])?;
    if fs::read(&file)? != committed {
        bail!("web/src/api/schema.d.ts was stale; it has been written anew from web/openapi.json");
    }
    Ok(())
}

/// Chromium, installed if need be and if possible.
fn browser() -> Result<Option<PathBuf>> {
    let find = || BROWSERS.iter().map(PathBuf::from).find(|p| p.exists());
    if let Some(path) = env::var_os("CHROMIUM").map(PathBuf::from).or_else(find) {
        return Ok(Some(path));
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0");
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        return Ok(None);
    }
    println!("installing Chromium for the page's tests");
    let apt = |args: &[&str]| {
        must(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"), "apt-get")
    };
    apt(&["-qq", "update"])?;
    apt(&["-qq", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"])?;
    Ok(find())
}

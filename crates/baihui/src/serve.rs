//! `baihui serve`: the workstation's server.
//!
//! The interface is a [table] of plain functions; what HTTP adds is in [guard] and [page]. Nothing here
//! computes geometry or statistics: it reads parameters, asks the other crates, and writes their answers.

mod bodies;
mod cases;
mod claims;
mod comparisons;
mod consents;
mod cortex;
mod course;
mod demo;
mod difference;
mod encounter;
mod figures;
mod gate;
mod guard;
mod heads;
mod items;
mod jobs;
mod knowledge;
mod listen;
mod login;
mod making;
mod outcomes;
mod page;
mod papers;
mod patient_body;
mod plans;
mod practice;
mod problem;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod wanted;
mod window;
mod zones;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    middleware,
    routing::get,
};
use clap::Args;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    commands::evidence,
    error::{CliError, Kind},
    files,
};
use gate::Gate;
use guard::Guard;
use listen::{Encrypted, Peer, Where};
use page::Page;
use practice::Practice;
use state::App;
use table::Table;

/// `baihui serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  baihui serve
  baihui serve --demo --open
  baihui serve --record practice.baihui
  baihui serve --port 0        # any free port

  baihui serve --record practice.baihui --listen 0.0.0.0 --off-this-machine --name clinic.local \
               --tls-certificate clinic.pem --tls-key clinic-key.pem

The server listens on this machine only (127.0.0.1), unless told otherwise in so many words, and then only encrypted.
Everything works offline.")]
pub struct Serve {
    /// Where it listens.
    #[command(flatten)]
    at: Where,
    /// The record of patients and sessions; made if it is not there. Without it the workstation has no patients.
    #[arg(long, value_name = "FILE", conflicts_with = "demo")]
    record: Option<PathBuf>,
    /// A record with an invented patient, gone when the server ends, open without a password.
    #[arg(long)]
    demo: bool,
    /// Requests a second that one address may make, and three seconds' worth at once; more are refused.
    #[arg(long, value_name = "REQUESTS", default_value_t = guard::PER_SECOND, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// Read the page from this folder instead of the one that is compiled in.
    #[arg(long, value_name = "FOLDER")]
    page: Option<PathBuf>,
}

/// All routes.
fn table() -> Table {
    let mut table = Table::default();
    heads::routes(&mut table);
    zones::routes(&mut table);
    items::routes(&mut table);
    comparisons::routes(&mut table);
    cortex::routes(&mut table);
    figures::routes(&mut table);
    claims::routes(&mut table);
    bodies::routes(&mut table);
    difference::routes(&mut table);
    practice::routes(&mut table);
    course::routes(&mut table);
    knowledge::routes(&mut table);
    encounter::routes(&mut table);
    consents::routes(&mut table);
    outcomes::routes(&mut table);
    plans::routes(&mut table);
    papers::routes(&mut table);
    making::routes(&mut table);
    patient_body::routes(&mut table);
    table
}

/// The OpenAPI document.
pub fn openapi() -> Value {
    table().openapi()
}

/// The server as a service.
fn router(app: Arc<App>, page: Page, guard: Guard) -> Router {
    let mut table = table();
    let document = table.openapi().to_string();
    let page = Arc::new(page);
    table
        .into_router()
        .route(
            "/api/openapi.json",
            get(|| async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], document) }),
        )
        .method_not_allowed_fallback(|| async {
            problem::Problem::method("the address is right, the method is not")
        })
        .fallback(move |State(_): State<Arc<App>>, request: Request| {
            let page = Arc::clone(&page);
            async move { page.respond(request.method(), request.uri(), request.headers()) }
        })
        .with_state(app)
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::guard))
}

/// `baihui` alone: the workstation with an invented patient.
pub fn demonstration(more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let text = "The workstation, with an invented patient to try it. Nothing of this is kept.\n\
        Your own record: baihui serve --record FILE. All commands: baihui --help.\n";
    files::emit(None, text.as_bytes())?;
    use clap::Parser as _;
    let cli = crate::cli::Cli::try_parse_from(["baihui", "serve", "--demo"]).map_err(CliError::usage)?;
    match cli.command {
        Some(crate::cli::Command::Serve(args)) => run(&args, more),
        _ => Err(CliError::usage("the workstation cannot be started without a command")),
    }
}

/// Runs the command until it is interrupted.
pub fn run(args: &Serve, more: &[PathBuf]) -> Result<ExitCode, CliError> {
    let (claims, tables) = evidence::built_in().map_err(CliError::input)?;
    let atlas = files::atlas(more)?;
    let knowledge = files::knowledge(&atlas, more)?;
    args.at.check(args.demo)?;
    let page = args.page.clone().map_or(Page::Compiled, Page::Folder);
    if let (Page::Folder(folder), false) = (&page, page.exists()) {
        return Err(CliError::input(format!("{} has no index.html", folder.display()))
            .hint("the page is built by `cargo xtask web` into web/dist"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| CliError::new(Kind::Output, format!("the server cannot start: {e}")))?;
    let scratch = args.demo.then(Scratch::new).transpose()?;
    let file = args.record.clone().or_else(|| scratch.as_ref().map(|s| s.0.join("demo.baihui")));
    runtime.block_on(async {
        let practice = match file {
            Some(file) => Some(Practice::open(&file, args.demo).await?),
            None => None,
        };
        if !args.at.is_local() && practice.as_ref().is_some_and(|p| p.door.is_new()) {
            return Err(CliError::usage("nobody can sign in yet: whoever comes first would own the record")
                .hint("start it on this machine first, open the page, and set it up"));
        }
        let mut app = App::new(atlas, knowledge, claims, tables, practice);
        app.encrypted = args.at.is_encrypted();
        let app = Arc::new(app);
        jobs::tend(&app);
        if !args.demo {
            return listen(args, app, page, Gate::open()).await;
        }
        // The page opens at once; what it asks about a person waits until there is one.
        let (gate, opener) = Gate::closed();
        let filled = async {
            demo::fill(&app).await?;
            opener.open();
            std::future::pending::<Result<(), CliError>>().await
        };
        tokio::select! {
            ended = listen(args, Arc::clone(&app), page, gate) => ended,
            failed = filled => failed,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A folder of this process, taken away at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, CliError> {
        let folder = std::env::temp_dir().join(format!("baihui-demo-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(|e| CliError::new(Kind::Output, format!("{} cannot be made: {e}", folder.display())))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn listen(args: &Serve, app: Arc<App>, page: Page, gate: Gate) -> Result<(), CliError> {
    let at = &args.at;
    let failed =
        |e: std::io::Error| CliError::new(Kind::Output, format!("{} port {}: {e}", at.listen, at.port));
    let acceptor = at.acceptor()?;
    let listener = TcpListener::bind((at.listen, at.port)).await.map_err(|e| {
        let taken = e.kind() == std::io::ErrorKind::AddrInUse;
        failed(e).maybe_hint(taken.then(|| {
            "another program, or another Baihui, uses the port; `--port 0` takes any free one".to_owned()
        }))
    })?;
    let port = listener.local_addr().map_err(failed)?.port();
    let url = at.url(port);
    let who = if at.is_local() { "this machine only" } else { "other machines too, encrypted" };
    let mut text = format!("Baihui is at {url} ({who}). Ctrl-C ends it.\n");
    if !page.exists() {
        text += "The page is not in this program yet: `cargo xtask start` builds and shows it. The interface works: ";
        text += &format!("{url}/api/openapi.json\n");
    }
    files::emit(None, text.as_bytes())?;
    if args.open {
        show(&url);
    }
    let guard = Guard::new(at.hosts(port)).encrypted(at.is_encrypted()).per_second(args.rate);
    let working = Arc::clone(&app);
    let ended = async move {
        interrupted().await;
        // Who follows a job would keep the server up until it is done.
        working.jobs.close();
    };
    let service = router(app, page, guard)
        .layer(middleware::from_fn_with_state(gate, gate::wait))
        .into_make_service_with_connect_info::<Peer>();
    match acceptor {
        None => axum::serve(listener, service).with_graceful_shutdown(ended).await,
        Some(a) => {
            let encrypted = Encrypted::new(listener, a).map_err(failed)?;
            axum::serve(encrypted, service).with_graceful_shutdown(ended).await
        }
    }
    .map_err(failed)
}

/// Waits for Ctrl-C or for the system's request to end. Without signals the server simply runs on.
async fn interrupted() {
    let pressed = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let asked = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let asked = std::future::pending::<()>();
    tokio::select! {
        () = pressed => {}
        () = asked => {}
    }
}

/// Opens an address in the browser; where there is none, the printed address serves.
fn show(url: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(target_os = "windows") {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let _ = std::process::Command::new(program)
        .args(arguments)
        .arg(url)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
}

//! A PostgreSQL server for a test, in a folder of its own, as a user without rights; used by the tests of the program
//! as well.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// A running server with an empty database `postgres`; gone with the value.
pub struct Server {
    folder: PathBuf,
    server: Child,
}

impl Server {
    /// Starts one, or says why there is none.
    pub fn start(name: &str) -> Option<Self> {
        match Self::try_start(name) {
            Ok(server) => Some(server),
            Err(why) => {
                println!("skipped: PostgreSQL is not tried, because {why}");
                None
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn try_start(_: &str) -> Result<Self, String> {
        Err("this test starts it on Linux only".into())
    }

    #[cfg(target_os = "linux")]
    fn try_start(name: &str) -> Result<Self, String> {
        use std::os::unix::{fs::MetadataExt as _, process::CommandExt as _};
        let programs = programs().ok_or("it is not installed (Debian: apt-get install postgresql)")?;
        // The path of a socket may not be long, so it lies in the system's folder for such things.
        let folder = std::env::temp_dir().join(format!("baihui-pg-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        // The server refuses to run as root; then it runs as nobody.
        let root = fs::metadata("/proc/self").map_err(|e| e.to_string())?.uid() == 0;
        let user = |command: &mut Command| {
            if root {
                command.uid(65534).gid(65534);
            }
        };
        if root {
            std::os::unix::fs::chown(&folder, Some(65534), Some(65534)).map_err(|e| e.to_string())?;
        }
        let data = folder.join("data");
        let mut init = Command::new(programs.join("initdb"));
        init.args(["-U", "baihui", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D"]).arg(&data);
        user(&mut init);
        let out = init.current_dir(&folder).output().map_err(|e| e.to_string())?;
        if !out.status.success() {
            return Err(format!("initdb fails: {}", String::from_utf8_lossy(&out.stderr)));
        }
        let mut command = Command::new(programs.join("postgres"));
        command.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-c", "listen_addresses="]);
        command.current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null());
        user(&mut command);
        let server = command.spawn().map_err(|e| e.to_string())?;
        let started = Self { folder, server };
        for _ in 0..200 {
            if started.is_ready() {
                return Ok(started);
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err("it does not answer".into())
    }

    /// Whether the server says of itself that it takes connections: the eighth line of its lock file.
    #[cfg(target_os = "linux")]
    fn is_ready(&self) -> bool {
        let lock = fs::read_to_string(self.folder.join("data").join("postmaster.pid")).unwrap_or_default();
        lock.lines().nth(7).is_some_and(|state| state.trim() == "ready")
    }

    /// Where a database of it is.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://baihui@localhost/{database}?host={}&sslmode=disable", self.folder.display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(target_os = "linux")]
fn programs() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> =
        std::env::var_os("PATH").map(|p| std::env::split_paths(&p).collect()).unwrap_or_default();
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        places.extend(versions.filter_map(|v| Some(v.ok()?.path().join("bin"))));
    }
    places.into_iter().find(|p| p.join("initdb").exists() && p.join("postgres").exists())
}

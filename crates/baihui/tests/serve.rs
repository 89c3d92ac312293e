//! The server as a program: it starts, answers on this machine, and says what is wrong when it cannot start.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

/// A running server; ended with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(args: &[&str]) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_baihui"))
        .args(["serve", "--port", "0"])
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.split("127.0.0.1:").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    Server { child, port }
}

/// Status line, headers and body of one request.
fn ask(port: u16, request: &str) -> (String, String) {
    let mut s = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    write!(s, "{request}\r\nConnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    s.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn it_serves_the_interface_with_or_without_the_page() {
    let server = start(&[]);
    let host = format!("Host: 127.0.0.1:{}", server.port);
    let (head, body) = ask(server.port, &format!("GET / HTTP/1.1\r\n{host}"));
    assert!(
        head.starts_with("HTTP/1.1 200") && head.to_lowercase().contains("content-security-policy"),
        "{head}"
    );
    assert!(body.contains("Baihui"), "{body}");
    let (head, body) =
        ask(server.port, &format!("GET /api/heads/template/zones?item=GV20 HTTP/1.1\r\n{host}"));
    assert!(head.starts_with("HTTP/1.1 200") && body.contains("\"GV20\""), "{head}");
    let (head, _) = ask(server.port, "GET /api/atlas HTTP/1.1\r\nHost: elsewhere.example");
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
}

#[test]
fn a_taken_port_and_a_missing_page_are_said() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = |args: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_baihui")).arg("serve").args(args).output().unwrap();
        (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let (code, text) = run(&["--port", &port]);
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("--port 0"), "{text}");
    let (code, text) = run(&["--page", env!("CARGO_TARGET_TMPDIR")]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("cargo xtask web"), "{text}");
}

#[test]
fn it_leaves_this_machine_only_when_told_so_and_encrypted() {
    let refused = |args: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_baihui"))
            .args(["serve", "--port", "0", "--listen", "0.0.0.0"])
            .args(args)
            .output()
            .unwrap();
        assert!(!out.status.success());
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    let said = refused(&[]);
    assert!(said.contains("other machines") && said.contains("--off-this-machine"), "{said}");
    let said = refused(&["--off-this-machine"]);
    assert!(said.contains("TLS is needed") && said.contains("--tls-certificate"), "{said}");
    let folder = std::env::temp_dir().join(format!("baihui-leave-{}", std::process::id()));
    let tls = folder.join("tls");
    let own = ["--off-this-machine", "--tls-self-made", tls.to_str().unwrap(), "--name", "clinic.local"];
    let said = refused(&[&own[..], &["--demo"]].concat());
    assert!(said.contains("stays on this machine"), "{said}");
    // A record in which nobody can sign in yet would belong to whoever comes first.
    let record = folder.join("r.baihui");
    let said = refused(&[&own[..], &["--record", record.to_str().unwrap()]].concat());
    assert!(said.contains("whoever comes first"), "{said}");
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn without_a_command_the_workstation_starts_and_says_how_to_go_on() {
    // The usual port may be taken on a machine that runs tests; then that is said, which is as good.
    let mut child = Command::new(env!("CARGO_BIN_EXE_baihui"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..2 {
        out.read_line(&mut said).unwrap();
    }
    let _ = child.kill();
    let _ = child.wait();
    assert!(
        said.contains("invented patient") && said.contains("--record") && said.contains("--help"),
        "{said}"
    );
}

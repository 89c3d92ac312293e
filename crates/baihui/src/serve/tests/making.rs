//! A head of a person's own files, from the first byte to the record.

use std::fmt::Write as _;

use axum::http::{StatusCode, header};
use baihui_clinic::people::Role;
use baihui_head::{Side, landmark::name, template};
use glam::{DAffine3, DQuat, DVec3};
use serde_json::{Value, json};

use super::{Clinic, bytes, get, post, request, send};

const SFP: &str = "NAS 0 86.8 -40\nLPA -86.1 -20 -48\nRPA 85.8 -20 -48\nCz 0 -20 101\nFz 0 58 67\nPz 0 -82 82\nC3 -66 -12 67\nC4 66 -12 67\n";
const BYTES: (&str, &str) = ("content-type", "application/octet-stream");

/// A job with one file, not begun.
async fn job_with(file: &str, text: &str) -> String {
    let (status, job) = post("/api/jobs", &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{job}");
    let id = job["id"].as_str().unwrap().to_owned();
    let r = send(request("POST", &format!("/api/jobs/{id}/files?name={file}"), &[BYTES], text)).await;
    assert_eq!(r.status(), StatusCode::OK);
    id
}

/// The states that a job's events tell, to the last.
async fn told(id: &str) -> Vec<Value> {
    let r = send(request("GET", &format!("/api/jobs/{id}/events"), &[], "")).await;
    assert_eq!(r.headers()[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(r.headers()[header::CACHE_CONTROL], "no-store");
    let text = String::from_utf8(bytes(r).await).unwrap();
    let data = text.lines().filter_map(|l| l.strip_prefix("data: "));
    data.map(|d| serde_json::from_str(d).unwrap()).collect()
}

async fn begun(id: &str, wanted: &Value) -> Value {
    let (status, said) = post(&format!("/api/jobs/{id}/start"), wanted).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    told(id).await.pop().unwrap()
}

fn place(job: &Value, landmark: &str) -> DVec3 {
    let all = job["made"]["landmarks"].as_array().unwrap();
    let one = all.iter().find(|l| l["landmark"] == landmark).unwrap();
    let mm: Vec<f64> = one["position_mm"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    DVec3::from_slice(&mm)
}

#[tokio::test(flavor = "multi_thread")]
async fn points_become_a_head_and_a_moved_landmark_moves_it() {
    let id = job_with("cap.sfp", SFP).await;
    let (status, said) = post(&format!("/api/jobs/{id}/start"), &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let states = told(&id).await;
    let last = states.last().unwrap();
    assert_eq!(last["stage"], "made", "{last}");
    let shares: Vec<f64> = states.iter().map(|s| s["share"].as_f64().unwrap()).collect();
    assert!(shares.is_sorted() && shares.last() == Some(&1.0), "{shares:?}");
    // Who comes back hears how it stands at once.
    assert_eq!(told(&id).await.last(), Some(last));

    let head = last["made"]["head"].as_str().unwrap().to_owned();
    let (status, zones) = get(&format!("/api/heads/{head}/zones?school=ms")).await;
    assert_eq!(status, StatusCode::OK, "{zones}");
    let r = send(request("GET", &format!("/api/heads/{head}/mesh"), &[], "")).await;
    assert_eq!(r.headers()[header::CACHE_CONTROL], "no-store", "a person's head stays in no cache");
    let r = send(request("GET", &format!("/api/jobs/{id}/page"), &[], "")).await;
    let policy = r.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("sandbox") && !policy.contains("script-src"), "{policy}");
    assert!(String::from_utf8(bytes(r).await).unwrap().contains("look before you trust"));

    let nasion = place(last, "nasion");
    let wanted = nasion + DVec3::new(0.0, 1.0, 6.0);
    let moved = json!({ "landmarks": [{ "landmark": "nasion", "position_mm": wanted.to_array() }] });
    let again = begun(&id, &moved).await;
    assert_eq!(again["stage"], "made", "{again}");
    assert!(again["made"]["head"] != head.as_str());
    let all = again["made"]["landmarks"].as_array().unwrap();
    assert!(all.iter().any(|l| l["landmark"] == "nasion" && l["origin"] == "picked"), "{again}");
    // The directions come from the ears and the nasion, so that the frame turns with it: distances tell.
    let ear = place(last, "preauricular-left").distance(wanted);
    let now = place(&again, "preauricular-left").distance(place(&again, "nasion"));
    assert!((ear - now).abs() < 1.5, "{ear} {now}");
    let (status, _) = get(&format!("/api/heads/{head}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "the head before is gone");

    let head = again["made"]["head"].as_str().unwrap();
    let (_, ended) = post(&format!("/api/jobs/{id}/cancel"), &json!({})).await;
    assert_eq!((&ended["stage"], &ended["files"]), (&json!("cancelled"), &json!([])));
    assert_eq!(get(&format!("/api/heads/{head}")).await.0, StatusCode::NOT_FOUND);
    let (status, _) = post(&format!("/api/jobs/{id}/start"), &json!({})).await;
    // Gone, or already forgotten.
    assert!(matches!(status, StatusCode::GONE | StatusCode::NOT_FOUND), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_head_is_told_by_file_and_field() {
    let id = job_with("letter.pdf", "%PDF").await;
    let (status, said) = post(&format!("/api/jobs/{id}/start"), &json!({})).await;
    assert_eq!((status, &said["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("file")), "{said}");
    assert!(said["detail"].as_str().unwrap().contains("letter.pdf"), "{said}");
    post(&format!("/api/jobs/{id}/cancel"), &json!({})).await;

    for (file, text, word) in [
        ("t1.nii", "no image at all", "NIfTI"),
        ("head.ply", "ply\nformat ascii 1.0\nend_header\n", "head.ply"),
        ("cap.sfp", "Cz 0 -20 101\nFz 0 58 67\nPz 0 -82 82\n", "nasion"),
    ] {
        let id = job_with(file, text).await;
        let last = begun(&id, &json!({})).await;
        assert_eq!(last["stage"], "failed", "{last}");
        let problem = &last["problem"];
        assert_eq!((&problem["status"], &problem["field"]), (&json!(422), &json!("file")), "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(file) && detail.contains(word), "{detail}");
        assert!(problem["hint"].as_str().is_none_or(|h| !h.contains("--")), "{problem}");
        post(&format!("/api/jobs/{id}/cancel"), &json!({})).await;
    }
    let id = job_with("cap.sfp", SFP).await;
    let none = json!({ "landmarks": [{ "landmark": "nasion", "position_mm": [0, 87, -40] }] });
    let (status, said) = post(&format!("/api/jobs/{id}/start"), &none).await;
    assert_eq!((status, &said["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("landmarks")), "{said}");
    let made = begun(&id, &json!({})).await;
    // The right ear as the left one: never taken.
    let across = place(&made, "preauricular-right").to_array();
    let crossed = json!({ "landmarks": [{ "landmark": "preauricular-left", "position_mm": across }] });
    let (status, said) = post(&format!("/api/jobs/{id}/start"), &crossed).await;
    assert_eq!((status, &said["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("landmarks")), "{said}");
    post(&format!("/api/jobs/{id}/cancel"), &json!({})).await;
    for (path, kind, status) in [
        ("/api/jobs/none/files?name=a.nii", "application/octet-stream", StatusCode::NOT_FOUND),
        ("/api/jobs/none/files", "application/octet-stream", StatusCode::BAD_REQUEST),
        ("/api/jobs/none/files?name=a.nii", "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let r = send(request("POST", path, &[("content-type", kind)], "x")).await;
        assert_eq!(r.status(), status, "{path} {kind}");
    }
}

/// The built-in skin as a scanner would have it: in its own axes and in centimetres.
fn scanned(to_scanner: DAffine3) -> String {
    let skin = &template::template().skin;
    let mut text = format!(
        "ply\nformat ascii 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n\
         element face {}\nproperty list uchar int vertex_indices\nend_header\n",
        skin.vertices().len(),
        skin.faces().len()
    );
    for v in skin.vertices() {
        let p = to_scanner.transform_point3(*v) / 10.0;
        let _ = writeln!(text, "{:.5} {:.5} {:.5}", p.x, p.y, p.z);
    }
    for f in skin.faces() {
        let _ = writeln!(text, "3 {} {} {}", f[0], f[1], f[2]);
    }
    text
}

/// A landmark is moved on the head and found there again, although the file lies elsewhere, turned, in another unit.
#[tokio::test(flavor = "multi_thread")]
async fn a_landmark_moved_on_a_scan_is_meant_in_the_scan() {
    let turn = DQuat::from_euler(glam::EulerRot::XYZ, 0.7, -0.4, 2.0);
    let id = job_with(
        "head.ply",
        &scanned(DAffine3::from_rotation_translation(turn, DVec3::new(300.0, -50.0, 900.0))),
    )
    .await;
    let made = begun(&id, &json!({ "hair_mm": 0 })).await;
    assert_eq!(made["stage"], "made", "{made}");
    let built_in = template::template();
    let truth = |n: &str, s: Side| built_in.landmarks.mm(n, s).unwrap();
    // Distances between landmarks do not depend on the frame.
    let (nasion, left) = (place(&made, "nasion"), place(&made, "preauricular-left"));
    let expected = truth(name::NASION, Side::Midline).distance(truth(name::PREAURICULAR, Side::Left));
    assert!((nasion.distance(left) - expected).abs() < 4.0, "{} {expected}", nasion.distance(left));
    assert!(left.x < -50.0, "left is the patient's: {left}");

    let right = place(&made, "preauricular-right");
    let wanted = left + DVec3::new(0.0, 8.0, 3.0);
    let given = |l: &str, p: DVec3| json!({ "landmark": l, "position_mm": p.to_array() });
    let moved = json!({ "landmarks": [given("nasion", nasion), given("preauricular-left", wanted), given("preauricular-right", right)] });
    let again = begun(&id, &moved).await;
    assert_eq!(again["stage"], "made", "{again}");
    let (n, l, r) =
        (place(&again, "nasion"), place(&again, "preauricular-left"), place(&again, "preauricular-right"));
    for (now, meant) in [
        (n.distance(l), nasion.distance(wanted)),
        (l.distance(r), wanted.distance(right)),
        (n.distance(r), nasion.distance(right)),
    ] {
        // On the skin again, a few mm at most from where it was put.
        assert!((now - meant).abs() < 3.0, "{now} {meant}");
    }
    post(&format!("/api/jobs/{id}/cancel"), &json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patients_own_head_is_kept_and_shown_to_nobody_else() {
    let clinic = Clinic::new("making").await;
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
    let new = json!({ "name": { "given": "Li", "family": "Wang" } });
    let (_, patient) = clinic.send("POST", "/api/patients", &h, &new).await;
    let patient = patient["id"].as_str().unwrap();
    let (r, job) = clinic.send("POST", "/api/jobs", &h, &json!({ "patient": patient })).await;
    assert_eq!(r.status(), 200, "{job}");
    let at = format!("/api/jobs/{}", job["id"].as_str().unwrap());
    let own = [h[0], h[1], BYTES];
    let file = format!("{at}/files?name=cap.sfp");
    assert_eq!(
        clinic.raw("POST", &file, &[h[0], BYTES], SFP).await.status(),
        403,
        "no file without the token"
    );
    assert_eq!(clinic.raw("POST", &file, &own, SFP).await.status(), 200);
    let (r, said) = clinic.send("POST", &format!("{at}/start"), &h, &json!({})).await;
    assert_eq!(r.status(), 200, "{said}");
    // Its events end with the head.
    bytes(clinic.raw("GET", &format!("{at}/events"), &h, "").await).await;
    let (_, job) = clinic.send("GET", &at, &h, &Value::Null).await;
    assert_eq!(job["stage"], "made", "{job}");
    let head = format!("/api/heads/{}", job["made"]["head"].as_str().unwrap());

    // Another practitioner sees nothing of the job; nobody without a cookie sees the head.
    let (other, token) = clinic.enter(&[Role::Practitioner]);
    let o = [("cookie", other.as_str()), ("x-baihui-csrf", token.as_str())];
    for path in [at.clone(), format!("{at}/events"), format!("{at}/page")] {
        assert_eq!(clinic.send("GET", &path, &o, &Value::Null).await.0.status(), 404, "{path}");
    }
    assert_eq!(clinic.send("POST", &format!("{at}/cancel"), &o, &json!({})).await.0.status(), 404);
    assert_eq!(clinic.send("GET", &head, &[], &Value::Null).await.0.status(), 401);
    let (researcher, _) = clinic.enter(&[Role::Researcher]);
    assert_eq!(clinic.send("GET", &head, &[("cookie", &researcher)], &Value::Null).await.0.status(), 403);
    assert_eq!(clinic.send("GET", &head, &h, &Value::Null).await.0.status(), 200);

    // Nor a body with it: neither made nor, once it is made, looked at.
    let with = json!({ "head": job["made"]["head"] });
    assert_eq!(clinic.send("POST", "/api/bodies", &[], &with).await.0.status(), 401);
    let r = clinic.send("POST", "/api/bodies", &[("cookie", &researcher)], &with).await.0;
    assert_eq!(r.status(), 403);
    let (r, body) = clinic.send("POST", "/api/bodies", &h, &with).await;
    assert_eq!(r.status(), 200, "{body}");
    let body = format!("/api/bodies/{}", body["id"].as_str().unwrap());
    for path in [body.clone(), format!("{body}/points"), format!("{body}/mesh")] {
        assert_eq!(clinic.raw("GET", &path, &[], "").await.status(), 401, "{path}");
        let r = clinic.raw("GET", &path, &h, "").await;
        assert_eq!(
            (r.status(), r.headers()[header::CACHE_CONTROL].as_bytes()),
            (StatusCode::OK, &b"no-store"[..])
        );
    }

    let (r, said) = clinic.send("POST", &format!("{at}/keep"), &h, &json!({ "version": 7 })).await;
    assert_eq!(r.status(), StatusCode::CONFLICT, "{said}");
    let (r, kept) = clinic.send("POST", &format!("{at}/keep"), &h, &json!({ "version": 1 })).await;
    assert_eq!((r.status(), &kept["version"]), (StatusCode::OK, &json!(2)), "{kept}");
    assert_eq!(clinic.send("GET", &head, &h, &Value::Null).await.0.status(), 404, "the try is gone");
    let name = kept["head"].as_str().unwrap();
    let (_, before) = clinic.send("GET", &format!("/api/heads/{name}"), &h, &Value::Null).await;

    // As after a restart: from the record.
    clinic.app.forget(name);
    let (_, of) = clinic.send("GET", &format!("/api/patients/{patient}/head"), &h, &Value::Null).await;
    assert_eq!((&of["id"], &of["version"]), (&json!(name), &json!(2)), "{of}");
    let (r, again) = clinic.send("GET", &format!("/api/heads/{name}"), &h, &Value::Null).await;
    assert_eq!(r.status(), 200, "{again}");
    assert_eq!(before["landmarks"], again["landmarks"]);
    let r = clinic.raw("GET", &format!("/api/patients/{patient}/head/page"), &h, "").await;
    assert!(String::from_utf8(bytes(r).await).unwrap().contains("look before you trust"));
}

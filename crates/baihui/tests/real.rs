//! Heads from images and points, as the program is used.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_baihui")).args(args).output().unwrap()
}

fn t1() -> String {
    format!("{}/../../template/t1.nii.gz", env!("CARGO_MANIFEST_DIR"))
}

/// The built-in image is the built-in head's: the program must find the landmarks that it has.
#[test]
fn an_image_gives_a_head_and_a_page() {
    let dir = folder("mri");
    let (glb, page) = (dir.join("h.glb"), dir.join("h.html"));
    let out =
        run(&["head", "mri", &t1(), "-o", glb.to_str().unwrap(), "--format", "json", "--inion=0,-118,-24"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(out.stderr.is_empty(), "progress belongs on a terminal");
    let v: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let find = |name: &str, side: &str| -> Vec<f64> {
        let all = v["landmarks"].as_array().unwrap();
        let l = all.iter().find(|l| l["name"] == name && l["side"] == side).unwrap();
        l["position"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    for (name, side, at) in [
        ("nasion", "midline", [0.0, 86.8, -40.0]),
        ("preauricular", "left", [-86.1, -20.0, -48.0]),
        ("preauricular", "right", [85.8, -20.0, -48.0]),
    ] {
        let p = find(name, side);
        let d = p.iter().zip(at).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        // Voxels of 3 mm.
        assert!(d < 5.0, "{name} {side}: {p:?}");
    }
    assert!((find("inion", "midline")[2] + 24.0).abs() < 2.0, "what was given by hand holds");
    let page = fs::read_to_string(page).unwrap();
    assert!(
        page.contains("Sagittal")
            && page.contains("left and right")
            && page.contains("data:image/png;base64,")
    );
    let out = run(&["locate", "--head", glb.to_str().unwrap(), "--zone", "GV20", "--format", "csv"]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
}

/// A brain whose skull was taken off has no scalp to measure on.
#[test]
fn a_brain_alone_is_refused() {
    use std::io::Read;
    let dir = folder("stripped");
    let mut file = Vec::new();
    flate2::read::GzDecoder::new(&fs::read(t1()).unwrap()[..]).read_to_end(&mut file).unwrap();
    let volume = baihui_head::template::template_image();
    let [nx, ny, nz] = volume.grid.dims;
    // One byte a voxel behind the header.
    let first = file.len() - nx * ny * nz;
    let labels = &baihui_head::template::template_labels().aal;
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                let mm = volume.grid.to_mm(glam::DVec3::new(i as f64, j as f64, k as f64));
                if labels.nearest(baihui_head::Point::new(mm), 5.0).is_none() {
                    file[first + volume.grid.index(i, j, k)] = 0;
                }
            }
        }
    }
    let path = dir.join("brain.nii");
    fs::write(&path, file).unwrap();
    let out = run(&["head", "mri", path.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(3), "{said}");
    assert!(said.contains("skull-stripped") && said.contains("T1.mgz"), "{said}");
}

#[test]
fn points_give_a_head_and_nonsense_gives_a_reason() {
    let dir = folder("points");
    let file = dir.join("cap.sfp");
    fs::write(&file, "NAS 0 86.8 -40\nLPA -86.1 -20 -48\nRPA 85.8 -20 -48\nCz 0 -20 101\nFz 0 58 67\nPz 0 -82 82\nC3 -66 -12 67\nC4 66 -12 67\n").unwrap();
    let glb = dir.join("p.glb");
    let out = run(&["head", "points", file.to_str().unwrap(), "-o", glb.to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stdout).contains("8 named points"));
    fs::write(&file, "Cz 0 -20 101\nFz 0 58 67\nPz 0 -82 82\n").unwrap();
    let out = run(&["head", "points", file.to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&out.stderr).contains("the nasion is not among the points"));
    for (args, words) in [
        (vec!["head", "mri", file.to_str().unwrap()], "a NIfTI-1 header alone has"),
        (vec!["head", "mri", dir.to_str().unwrap()], "has no DICOM slices"),
        (vec!["head", "scan", file.to_str().unwrap()], "not named as a mesh"),
    ] {
        let out = run(&args);
        assert_eq!(out.status.code(), Some(3), "{args:?}");
        assert!(
            String::from_utf8_lossy(&out.stderr).contains(words),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}

/// Where GV20 is on a head, mm.
fn gv20(head: &str) -> Vec<f64> {
    let out = run(&["locate", "--head", head, "--zone", "GV20", "--format", "json"]);
    let v: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    v["items"][0]["position_mm"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Whatever the format, the axes and the unit: the landmarks are the numbers that the file has there.
#[test]
fn a_scan_in_any_format_and_unit_takes_landmarks_in_its_own_coordinates() {
    let dir = folder("scan");
    let at = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let template = [[0.0, 86.8, -40.0], [-86.1, -20.0, -48.0], [85.8, -20.0, -48.0]];
    let gltf = |p: [f64; 3]| [-p[0] / 1000.0, p[2] / 1000.0, p[1] / 1000.0];
    for extension in ["obj", "glb"] {
        let mesh = at(&format!("scan.{extension}"));
        let out = run(&["head", "export", "-o", &mesh]);
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        let [n, l, r] = template.map(|p| {
            let p = if extension == "glb" { gltf(p) } else { p };
            format!("{},{},{}", p[0], p[1], p[2])
        });
        let head = at(&format!("from-{extension}.glb"));
        let given = [format!("--nasion={n}"), format!("--lpa={l}"), format!("--rpa={r}")];
        let mut args = vec!["head", "scan", &mesh, "-o", &head];
        args.extend(given.iter().map(String::as_str));
        let out = run(&args);
        assert_eq!(out.status.code(), Some(0), "{extension}: {}", String::from_utf8_lossy(&out.stderr));
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(said.contains("told by the landmarks"), "{extension}: {said}");
        let (p, q) = (gv20(&head), gv20("template"));
        let d = p.iter().zip(&q).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        assert!(d < 2.0, "{extension}: {p:?} against {q:?}");
    }
}

/// Slices of a few voxels are read in order and refused for what they are; their patient is named nowhere.
#[test]
fn a_folder_of_dicom_slices_is_read_and_names_nobody() {
    use std::io::Read;
    let dir = folder("dicom");
    let packed = format!("{}/../head/tests/data/dicom/coronal.gz", env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    flate2::read::GzDecoder::new(&fs::read(packed).unwrap()[..]).read_to_end(&mut all).unwrap();
    let mut rest = &all[..];
    let mut next = || {
        let n = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
        let part = rest[4..4 + n].to_vec();
        rest = &rest[4 + n..];
        (part, rest.is_empty())
    };
    fs::create_dir_all(dir.join("study/series")).unwrap();
    fs::write(dir.join("readme.txt"), "not a slice").unwrap();
    loop {
        let name = String::from_utf8(next().0).unwrap();
        let (bytes, last) = next();
        fs::write(dir.join("study/series").join(name), bytes).unwrap();
        if last {
            break;
        }
    }
    let (glb, folder) = (dir.join("h.glb"), dir.to_str().unwrap());
    let out = run(&["head", "mri", folder, "-o", glb.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(3));
    assert!(text.contains("the DICOM series: the image covers"), "{text}");
    assert!(!text.contains("Secret") && !text.contains("SECRET"), "{text}");
    let out = run(&["head", "mri", folder, "--series", "8"]);
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(text.contains("no series is called \"8\"") && text.contains("--series"), "{text}");
}

//! Any bytes as OBJ: an error, or a mesh whose repair is a surface or a reason.
#![no_main]

use baihui_head::{
    io::{Format, read_mesh},
    repair::{RepairOptions, repair},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mesh) = read_mesh(bytes, Format::Obj) {
        let n = mesh.vertices.len();
        assert!(mesh.faces.iter().flatten().all(|&i| (i as usize) < n));
        if let Ok(repaired) = repair(mesh, RepairOptions::default()) {
            assert_eq!(repaired.surface.components().1, 1);
        }
    }
});

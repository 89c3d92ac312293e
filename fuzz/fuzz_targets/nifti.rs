//! Any bytes as a NIfTI-1 image, plain or compressed: an error, or a volume whose grid and voxels agree.
#![no_main]

use baihui_head::nifti;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(image) = nifti::read(bytes) {
        let volume = &image.volume;
        assert_eq!(volume.data.len(), volume.grid.len());
        assert!(volume.data.iter().all(|v| v.is_finite()));
        let middle = volume.grid.to_mm(glam::DVec3::ZERO);
        assert!(volume.sample(middle, 0.0).is_finite());
    }
});

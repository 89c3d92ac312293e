//! The GLB container: a 12-byte header, a JSON chunk and, mostly, a binary chunk.

use crate::io::{Format, MeshError, Place};

/// Largest JSON chunk that is parsed: a JSON value takes many times its text in memory.
pub(super) const MAX_JSON_BYTES: usize = 64 << 20;

const MAGIC: &[u8; 4] = b"glTF";
const JSON: u32 = 0x4E4F_534A;
const BIN: u32 = 0x004E_4942;

pub(super) fn malformed(place: Place, found: impl Into<String>, expected: impl Into<String>) -> MeshError {
    MeshError::Malformed { format: Format::Glb, place, found: found.into(), expected: expected.into() }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

/// Splits a GLB into its JSON text and its binary buffer (empty where there is none).
pub(super) fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), MeshError> {
    if !bytes.starts_with(MAGIC) {
        let head = &bytes[..bytes.len().min(4)];
        return Err(malformed(Place::Byte(0), format!("{:?}", head.escape_ascii().to_string()), "\"glTF\""));
    }
    let (Some(version), Some(length)) = (u32_at(bytes, 4), u32_at(bytes, 8)) else {
        return Err(malformed(Place::Byte(bytes.len()), "the end of the file", "a header of 12 bytes"));
    };
    if version != 2 {
        return Err(malformed(Place::Byte(4), format!("glTF version {version}"), "version 2"));
    }
    let end = length as usize;
    if end > bytes.len() {
        let expected = format!("{end} bytes, as the header says");
        return Err(malformed(Place::Byte(bytes.len()), "the end of the file", expected));
    }
    let mut at = 12;
    let mut json = None;
    let mut bin: &[u8] = &[];
    while at < end {
        let (Some(size), Some(kind)) = (u32_at(&bytes[..end], at), u32_at(&bytes[..end], at + 4)) else {
            return Err(malformed(Place::Byte(at), "the end of the file", "a chunk header of 8 bytes"));
        };
        let start = at + 8;
        // The sizes are at most 2³² each, so the sum cannot overflow on the 64-bit targets; checked for 32.
        let Some(chunk) = start.checked_add(size as usize).and_then(|stop| bytes[..end].get(start..stop))
        else {
            let found = format!("a chunk of {size} bytes");
            return Err(malformed(Place::Byte(at), found, format!("at most {} bytes", end - start)));
        };
        match (kind, json) {
            (JSON, None) => json = Some(chunk),
            (JSON, Some(_)) => return Err(malformed(Place::Byte(at), "a second JSON chunk", "one")),
            (_, None) => return Err(malformed(Place::Byte(at), "another chunk", "the JSON chunk first")),
            (BIN, Some(_)) if bin.is_empty() => bin = chunk,
            // Chunks of other kinds are to be ignored (specification, section 4.4.1).
            _ => {}
        }
        at = start + chunk.len();
    }
    let json = json.ok_or_else(|| malformed(Place::Byte(12), "no chunk", "a JSON chunk"))?;
    if json.len() > MAX_JSON_BYTES {
        let found = format!("a JSON chunk of {} bytes", json.len());
        return Err(malformed(Place::Byte(12), found, format!("at most {MAX_JSON_BYTES} bytes")));
    }
    Ok((json, bin))
}

/// Joins JSON text and a binary buffer into a GLB, padded as the specification asks. The caller keeps the
/// sum below 4 GiB.
pub(super) fn join(mut json: Vec<u8>, mut bin: Vec<u8>) -> Vec<u8> {
    json.resize(json.len().next_multiple_of(4), b' ');
    bin.resize(bin.len().next_multiple_of(4), 0);
    let with_bin = if bin.is_empty() { 0 } else { 8 + bin.len() };
    let total = 12 + 8 + json.len() + with_bin;
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&2u32.to_le_bytes());
    out.extend_from_slice(&(total as u32).to_le_bytes());
    out.extend_from_slice(&(json.len() as u32).to_le_bytes());
    out.extend_from_slice(&JSON.to_le_bytes());
    out.append(&mut json);
    if !bin.is_empty() {
        out.extend_from_slice(&(bin.len() as u32).to_le_bytes());
        out.extend_from_slice(&BIN.to_le_bytes());
        out.append(&mut bin);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_splits_again() {
        let glb = join(b"{}".to_vec(), vec![1, 2, 3]);
        assert_eq!(glb.len() % 4, 0);
        let (json, bin) = split(&glb).unwrap();
        assert_eq!((json, bin), (&b"{}  "[..], &[1, 2, 3, 0][..]));
        assert_eq!(split(&join(b"{}".to_vec(), vec![])).unwrap().1, &[] as &[u8]);
    }

    #[test]
    fn every_truncation_is_an_error() {
        let glb = join(b"{\"asset\":{}}".to_vec(), vec![7; 20]);
        for n in 0..glb.len() {
            assert!(matches!(split(&glb[..n]), Err(MeshError::Malformed { .. })), "{n} bytes");
        }
    }

    #[test]
    fn a_chunk_may_not_reach_over_the_end() {
        let mut glb = join(b"{}".to_vec(), vec![]);
        glb[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
        let text = split(&glb).unwrap_err().to_string();
        assert!(text.contains("GLB, byte 12") && text.contains("4294967295"), "{text}");
    }
}

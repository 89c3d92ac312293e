//! Points as XML: BrainVision CapTrak and EGI's coordinates.xml.

use glam::DVec3;
use roxmltree::{Document, Node, ParsingOptions};

use super::{Kind, Raw};
use crate::io::{Place, foreign::FileError};

const FORMAT: &str = "XML points";

pub(super) fn read(bytes: &[u8]) -> Result<Raw, FileError> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        FileError::new(FORMAT, Place::Byte(e.valid_up_to()), "bytes that are not UTF-8", "XML text")
    })?;
    let options = ParsingOptions { nodes_limit: 5_000_000, ..ParsingOptions::default() };
    let doc = Document::parse_with_options(text.trim_start_matches('\u{feff}'), options).map_err(|e| {
        FileError::new(
            FORMAT,
            Place::Line(e.pos().row as usize),
            format!("XML that cannot be read ({e})"),
            "XML",
        )
    })?;
    let is = |n: &Node<'_, '_>, name: &str| n.is_element() && n.tag_name().name() == name;
    let mut points = Vec::new();
    for node in doc.descendants() {
        let names = if is(&node, "CapTrakElectrode") {
            ["Name", "X", "Y", "Z"]
        } else if is(&node, "sensor") {
            ["name", "x", "y", "z"]
        } else {
            continue;
        };
        let child = |name: &str| {
            node.children().find(|c| is(c, name)).and_then(|c| c.text()).map(str::trim).unwrap_or_default()
        };
        let mut p = [0.0; 3];
        for (value, name) in p.iter_mut().zip(&names[1..]) {
            *value = child(name).parse().map_err(|_| {
                let line = doc.text_pos_at(node.range().start).row as usize;
                let found = format!("{name} = \"{}\"", child(name).chars().take(30).collect::<String>());
                FileError::new(FORMAT, Place::Line(line), found, "a number")
            })?;
        }
        let name = match child(names[0]) {
            // EGI leaves the names of its sensors empty; they go by number.
            "" => format!("E{}", child("number")),
            name => name.to_owned(),
        };
        points.push((name, Kind::Named, DVec3::from_array(p)));
    }
    if points.is_empty() {
        let root = doc.root_element();
        let found = format!("<{}> without an electrode", root.tag_name().name());
        return Err(FileError::new(FORMAT, Place::Line(1), found, "CapTrakElectrode or sensor elements"));
    }
    Ok(Raw { points, unit: None, image_axes: false })
}

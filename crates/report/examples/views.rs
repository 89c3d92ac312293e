//! Draws sample figures into a folder: `cargo run --release -p baihui-report --example views -- OUT [HEAD.glb]`.
#![allow(clippy::print_stdout)] // A program for the terminal.

#[path = "../tests/common/mod.rs"]
mod common;

use std::{error::Error, fs, path::Path, time::Instant};

use baihui_head::{io::glb::read_head, template::template, ten_five};
use baihui_report::{
    Theme, View,
    map::{self, Comparison, Difference},
    png, sheet_svg, svg,
    view::{Emphasis, Figure, Group, Hidden, Item, Kind, LabelText},
};
use common::{line, point, ring};
use glam::DVec3;

fn groups() -> Vec<Group> {
    [
        ("who", "WHO 2008 points"),
        ("ms", "International standard lines"),
        ("jiao", "Jiao"),
        ("jin", "Jin"),
        ("10-20", "10-20 system"),
    ]
    .map(|(key, name)| Group { key: key.to_owned(), name: name.to_owned() })
    .to_vec()
}

fn write(folder: &Path, name: &str, svg: &str) -> Result<(), Box<dyn Error>> {
    fs::write(folder.join(format!("{name}.svg")), svg)?;
    fs::write(folder.join(format!("{name}.png")), png(svg, 1.0)?)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "out".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    // Sites of the 10-5 system stand in for the zones.
    let head = match std::env::args().nth(2) {
        Some(path) => read_head(&fs::read(path)?)?,
        None => template(),
    };
    let found = ten_five::sites(&head, ten_five::System::TenFive)?;
    let sites: Vec<(String, DVec3)> = found.iter().map(|s| (s.name.clone(), s.position.mm)).collect();
    let at = |n: &str| {
        sites.iter().find(|(name, _)| name == n).map(|(_, p)| head.skin.position(head.skin.closest(*p).0))
    };
    let or = |n: &str, p: DVec3| at(n).unwrap_or_else(|| head.skin.position(head.skin.closest(p).0));
    let cz = or("Cz", DVec3::new(0.0, 0.0, 110.0));

    // Few items with names, ellipses and parts.
    let mut few: Vec<Item> = Vec::new();
    for (code, label, site) in [
        ("GV24", "Shenting 神庭", "AFz"),
        ("GV20", "Baihui 百会", "Cz"),
        ("GV17", "Naohu 脑户", "Oz"),
        ("GB8", "Shuaigu 率谷", "T7h"),
        ("GB8", "Shuaigu 率谷", "T8h"),
        ("ST8", "Touwei 头维", "F7"),
        ("ST8", "Touwei 头维", "F8"),
        ("BL7", "Tongtian 通天", "FCC1"),
        ("BL7", "Tongtian 通天", "FCC2"),
    ] {
        let Some(p) = at(site) else { continue };
        let mut item = point(code, label, "who", p);
        item.kind = Kind::Point { at: p, ellipse: Some(ring(&head, p, 7.0)) };
        if code == "GV20" {
            item.emphasis = Emphasis::Strong;
        }
        few.push(item);
    }
    for (side, t) in [("3", "FT7"), ("4", "FT8")] {
        let top = or(&format!("FC{}", if side == "3" { "1" } else { "2" }), cz);
        few.push(line(
            &head,
            "MS6",
            "Dingnie Qianxiexian 顶颞前斜线",
            "ms",
            or("FCz", cz),
            or(t, cz),
            &[0.2, 0.6],
        ));
        few.push(line(
            &head,
            "MS7",
            "Dingnie Houxiexian 顶颞后斜线",
            "ms",
            cz,
            or(if side == "3" { "T7" } else { "T8" }, cz),
            &[0.2, 0.6],
        ));
        let mut area = point("JF", "Foot motor sensory 足运感区", "jiao", top);
        area.kind = Kind::Area {
            outline: ring(&head, or(if side == "3" { "CP1" } else { "CP2" }, cz), 14.0),
            closed: true,
        };
        few.push(area);
    }
    let mut figure = Figure::new(&head, few.clone());
    figure.groups = groups();
    figure.options.title = "Points and lines of the vertex".to_owned();
    figure.options.credits = format!("Head: {}. Sites of the 10-5 system stand in for the zones.", head.name);
    for view in View::ALL {
        write(folder, &format!("few-{}", view.slug()), &svg(&figure, view))?;
    }
    write(folder, "few-sheet", &sheet_svg(&figure))?;
    figure.options.theme = Theme::Dark;
    figure.options.hidden = Hidden::Faint;
    write(folder, "few-dark", &svg(&figure, View::Left))?;

    // Many items, codes only.
    let mut many: Vec<Item> = few;
    for (i, (name, p)) in sites.iter().enumerate() {
        if i % 3 == 0 {
            let group = ["who", "jin", "10-20"][(i / 3) % 3];
            many.push(point(name, "", group, head.skin.position(head.skin.closest(*p).0)));
        }
    }
    let mut figure = Figure::new(&head, many);
    figure.groups = groups();
    figure.options.title = "All schools".to_owned();
    for view in View::ALL {
        write(folder, &format!("many-{}", view.slug()), &svg(&figure, view))?;
    }
    write(folder, "many-sheet", &sheet_svg(&figure))?;
    figure.options.labels = LabelText::CodeAndName;
    write(folder, "many-columns", &svg(&figure, View::Left))?;
    figure.options.labels = LabelText::Code;

    // The 10-5 system.
    let all = sites
        .iter()
        .map(|(n, p)| point(n, "", "10-20", head.skin.position(head.skin.closest(*p).0)))
        .collect();
    let mut system = Figure::new(&head, all);
    system.groups = groups();
    system.options.font_px = 9.0;
    write(folder, "system-top", &svg(&system, View::Top))?;

    // A comparison.
    let set = |group: &str, a: &str, b: &str| line(&head, group, "", "x", or(a, cz), or(b, cz), &[]);
    let a = set("MS6", "FCz", "FT7");
    let b = set("Motor", "FCCz", "FTT7");
    let ends = |i: &Item| match &i.kind {
        Kind::Line { path, .. } => path.clone(),
        _ => Vec::new(),
    };
    let differences = [0, 20, 40]
        .iter()
        .filter_map(|&k| {
            let (from, to) = (*ends(&a).get(k)?, *ends(&b).get(k)?);
            Some(Difference { from, to, mm: from.distance(to) })
        })
        .collect();
    let comparison = Comparison {
        head: &head,
        sets: [("International standard".to_owned(), vec![a]), ("Jiao".to_owned(), vec![b])],
        differences,
        options: figure.options.clone(),
    };
    write(folder, "map-left", &map::svg(&comparison, View::Left))?;

    for (name, f) in [("many", &figure), ("10-5", &system)] {
        let start = Instant::now();
        let svgs: Vec<String> = View::ALL.iter().map(|&v| svg(f, v)).collect();
        let drawn = start.elapsed();
        for s in &svgs {
            png(s, 1.0)?;
        }
        println!(
            "{name}: five SVG in {drawn:?}, with PNG {:?}; {} kB largest",
            start.elapsed(),
            svgs.iter().map(String::len).max().unwrap_or(0) / 1000
        );
    }
    Ok(())
}

//! The shipped data against their schema, and against themselves.

use baihui_evidence::check::{Rule, check_table};
use baihui_evidence::table::package::Package;
use baihui_evidence::table::{Kind, Limits, RawTable, TrialTable};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../evidence")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap_or_else(|e| panic!("evidence/{name}: {e}"))
}

fn package() -> Package {
    Package::from_json(&read("datapackage.json"), &Limits::default()).expect("datapackage.json")
}

fn tables(package: &Package) -> BTreeMap<String, RawTable> {
    package
        .resources
        .iter()
        .map(|r| {
            let table = RawTable::from_csv(&read(&r.path), &Limits::default());
            (r.name.clone(), table.unwrap_or_else(|e| panic!("{}: {e}", r.path)))
        })
        .collect()
}

#[test]
fn every_cell_obeys_the_schema() {
    let package = package();
    let problems = package.check(&tables(&package));
    let shown: Vec<String> = problems.iter().map(|(file, p)| format!("{file}: {p}")).collect();
    assert!(problems.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn every_file_is_in_the_schema_and_every_column_described() {
    let package = package();
    let named: BTreeSet<String> = package.resources.iter().map(|r| r.path.clone()).collect();
    let there: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|n| n.ends_with(".csv"))
        .collect();
    assert_eq!(named, there);
    for r in &package.resources {
        assert!(!r.description.is_empty(), "{}", r.name);
        for f in &r.schema.fields {
            assert!(!f.description.is_empty(), "{}.{}", r.name, f.name);
        }
    }
}

/// Each kind of damage to a table is found, with its row and column.
#[test]
fn the_schema_finds_damage() {
    let package = package();
    let damage = |table: &str, change: &dyn Fn(&mut RawTable)| {
        let mut all = tables(&package);
        change(all.get_mut(table).expect("a table"));
        package.check(&all).iter().map(|(_, p)| (p.row, p.column.clone())).collect::<Vec<_>>()
    };
    let set = |column: &'static str, value: &'static str| {
        move |t: &mut RawTable| {
            let i = t.column(column).expect("a column");
            t.rows[1].cells[i] = value.to_owned();
        }
    };
    assert_eq!(damage("trials", &set("sham", "maybe")), [(2, "sham".to_owned())]);
    assert_eq!(damage("trials", &set("year", "12")), [(2, "year".to_owned())]);
    assert_eq!(damage("trials", &set("randomised", "many")), [(2, "randomised".to_owned())]);
    assert_eq!(damage("trials", &set("randomised", "1.5")), [(2, "randomised".to_owned())]);
    assert_eq!(damage("trials", &set("finding", "")), [(2, "finding".to_owned())]);
    assert_eq!(damage("trials", &set("source", "nowhere")), [(2, "source".to_owned())]);
    assert_eq!(damage("arms-events", &set("events", "-1")), [(2, "events".to_owned())]);
    assert_eq!(damage("arms-events", &set("trial", "Nobody2020")), [(2, "trial".to_owned())]);
    assert_eq!(damage("arms-events", &set("arm", "1")), [(2, "trial+arm+outcome".to_owned())]);
    assert_eq!(
        damage("mechanisms", &|t| t.header[2] = "how".into()),
        [(0, "how".to_owned()), (0, "method".to_owned())]
    );
}

#[test]
fn arms_are_read_as_trials() {
    let events = TrialTable::from_csv(&read("arms_events.csv"), &Limits::default()).expect("arms");
    assert_eq!((events.kind, events.rows.len()), (Kind::ArmCounts, 36));
    let means = TrialTable::from_csv(&read("arms_means.csv"), &Limits::default()).expect("arms");
    assert_eq!(means.kind, Kind::ArmMeans);
    assert_eq!(
        (means.rows.len(), means.unusable.len()),
        (8, 8),
        "sizes that were not seen are kept in sight"
    );
}

/// Ordered categories add up to the arms, and the best ones to the responders.
#[test]
fn categories_add_up_to_the_arms() {
    let package = package();
    let tables = tables(&package);
    let (ordinal, events) = (&tables["arms-ordinal"], &tables["arms-events"]);
    let mut sums: BTreeMap<(String, String), (u32, u32)> = BTreeMap::new();
    for row in &ordinal.rows {
        let count: u32 = ordinal.get(row, "count").parse().expect("a count");
        let key = (ordinal.get(row, "trial").to_owned(), ordinal.get(row, "arm").to_owned());
        let sum = sums.entry(key).or_default();
        sum.0 += count;
        sum.1 += if ordinal.get(row, "rank") == "4" { 0 } else { count };
    }
    assert_eq!(sums.len(), 5);
    for ((trial, arm), (all, good)) in sums {
        let row = events
            .rows
            .iter()
            .find(|r| {
                events.get(r, "trial") == trial
                    && events.get(r, "arm") == arm
                    && events.get(r, "outcome") == "total effective"
            })
            .expect("the arm");
        assert_eq!(events.get(row, "n"), all.to_string(), "{trial} {arm}");
        assert_eq!(events.get(row, "events"), good.to_string(), "{trial} {arm}");
    }
}

/// Null and negative results stand beside the positive ones.
#[test]
fn contradictory_results_are_there() {
    let package = package();
    let tables = tables(&package);
    let trials = &tables["trials"];
    let count = |result: &str| trials.rows.iter().filter(|r| trials.get(r, "result") == result).count();
    assert!(count("null") >= 4 && count("negative") >= 1 && count("mixed") >= 4 && count("positive") >= 4);
    let mechanisms = &tables["mechanisms"];
    assert!(mechanisms.rows.iter().any(|r| mechanisms.get(r, "direction") == "against"));
}

/// What the checker says of the shipped arms: two known faults, and no others.
#[test]
fn the_checker_on_the_shipped_arms() {
    let package = package();
    let tables = tables(&package);
    let found = |name: &str| {
        let report = check_table(&tables[name]).expect("a readable table");
        report
            .items
            .iter()
            .flat_map(|i| i.findings.iter().map(|f| (i.subject.clone(), f.rule)))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("arms-events"), [("DuMeridian, total effective".to_owned(), Rule::PAgainstCounts)]);
    assert_eq!(
        found("arms-means"),
        [("YNSA_Pecs, Barthel, 3 y".to_owned(), Rule::ImplausiblySmallDeviation)]
    );
}

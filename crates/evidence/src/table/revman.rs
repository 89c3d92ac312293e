//! RevMan 5 files (`.rm5`, XML): the outcomes of a review and their data rows.
//!
//! Read are, of each comparison, the outcomes with events (`DICH_OUTCOME`), means (`CONT_OUTCOME`), generic inverse
//! variance (`IV_OUTCOME`) and observed minus expected events (`IPD_OUTCOME`), with their data rows inside subgroups or
//! outside. An outcome becomes a plain table, whose cells are then checked as those of any other table, so that
//! messages name row and line.

use super::effects::EffectMeasure;
use super::{CellProblem, Kind, Limits, RawRow, RawTable, TableError, TrialTable};
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::BTreeMap;

/// Most XML nodes that are read.
const MOST_NODES: u32 = 2_000_000;

/// A review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevMan {
    /// Outcomes with data rows, in the order of the file.
    pub outcomes: Vec<Outcome>,
}

/// One outcome of one comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Number as `1.2`: comparison and outcome.
    pub number: String,
    /// Name of the comparison.
    pub comparison: String,
    /// Name of the outcome.
    pub name: String,
    /// Effect measure as the file writes it, such as `RR`.
    pub measure: String,
    kind: Kind,
    raw: RawTable,
}

/// What of a data row becomes which column.
type Layout = (&'static str, Kind, &'static [(&'static str, &'static str)]);

const LAYOUTS: [Layout; 4] = [
    ("DICH", Kind::Counts, &[("EVENTS_1", "ai"), ("TOTAL_1", "n1i"), ("EVENTS_2", "ci"), ("TOTAL_2", "n2i")]),
    (
        "CONT",
        Kind::Means,
        &[
            ("MEAN_1", "m1i"),
            ("SD_1", "sd1i"),
            ("TOTAL_1", "n1i"),
            ("MEAN_2", "m2i"),
            ("SD_2", "sd2i"),
            ("TOTAL_2", "n2i"),
        ],
    ),
    ("IV", Kind::Estimate, &[("ESTIMATE", "yi"), ("SE", "sei")]),
    ("IPD", Kind::Estimate, &[("O_E", "yi"), ("VAR", "vi")]),
];

impl RevMan {
    /// Reads a review.
    ///
    /// # Errors
    /// [`TableError`]: too large, not UTF-8, XML that is damaged (with its line), a data row without an attribute (with
    /// row, line and study), no outcome with data.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, TableError> {
        if bytes.len() > limits.bytes {
            return Err(TableError::TooLarge { what: "bytes", found: bytes.len(), limit: limits.bytes });
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|e| TableError::NotUtf8 {
            line: 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count(),
        })?;
        // No DTD: RevMan writes none, and entities could grow without bound.
        let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options)
            .map_err(|e| TableError::Xml { line: e.pos().row as usize, message: e.to_string() })?;
        let root = document.root_element();
        if root.tag_name().name() != "COCHRANE_REVIEW" {
            return Err(TableError::Xml {
                line: document.text_pos_at(root.range().start).row as usize,
                message: format!(
                    "the file begins with <{}>, a RevMan 5 file with <COCHRANE_REVIEW>",
                    root.tag_name().name()
                ),
            });
        }
        let mut studies = BTreeMap::new();
        for study in root.descendants().filter(|n| n.has_tag_name("STUDY")) {
            if let Some(id) = study.attribute("ID") {
                let name = study.attribute("NAME").unwrap_or(id);
                studies.insert(id, (name.to_owned(), study.attribute("YEAR").unwrap_or("").to_owned()));
            }
        }
        let mut outcomes = Vec::new();
        let mut problems = Vec::new();
        let comparisons = root.descendants().filter(|n| n.has_tag_name("COMPARISON"));
        for (c, comparison) in comparisons.enumerate() {
            let mut number = 0;
            for node in comparison.children().filter(Node::is_element) {
                let Some(prefix) = node.tag_name().name().strip_suffix("_OUTCOME") else { continue };
                number += 1;
                let Some(layout) = LAYOUTS.iter().find(|l| l.0 == prefix) else { continue };
                let number = format!(
                    "{}.{}",
                    comparison.attribute("NO").map_or_else(|| (c + 1).to_string(), str::to_owned),
                    node.attribute("NO").map_or_else(|| number.to_string(), str::to_owned)
                );
                let raw = rows(&document, node, layout, &studies, limits, &mut problems)?;
                if !raw.rows.is_empty() {
                    outcomes.push(Outcome {
                        number,
                        comparison: name_of(comparison),
                        name: name_of(node),
                        measure: node.attribute("EFFECT_MEASURE").unwrap_or("").to_owned(),
                        kind: layout.1,
                        raw,
                    });
                }
            }
        }
        if !problems.is_empty() {
            let more = problems.len().saturating_sub(limits.problems);
            problems.truncate(limits.problems);
            return Err(TableError::Cells { problems, more });
        }
        if outcomes.is_empty() {
            return Err(TableError::Empty("no outcome with data rows"));
        }
        Ok(Self { outcomes })
    }

    /// Outcomes by their number (`1.2`), else by a part of their name or of that of their comparison, in any case.
    #[must_use]
    pub fn find(&self, wanted: &str) -> Vec<&Outcome> {
        let exact: Vec<&Outcome> = self.outcomes.iter().filter(|o| o.number == wanted).collect();
        if !exact.is_empty() {
            return exact;
        }
        let wanted = wanted.to_lowercase();
        let hits = |o: &&Outcome| {
            o.name.to_lowercase().contains(&wanted) || o.comparison.to_lowercase().contains(&wanted)
        };
        self.outcomes.iter().filter(hits).collect()
    }
}

impl Outcome {
    /// One line: number, name, comparison, rows, measure.
    #[must_use]
    pub fn describe(&self) -> String {
        format!(
            "{} {} ({}), {} rows, {}",
            self.number,
            self.name,
            self.comparison,
            self.raw.rows.len(),
            self.measure
        )
    }

    /// The data rows as a checked table.
    ///
    /// # Errors
    /// As [`TrialTable::from_raw`].
    pub fn table(&self, limits: &Limits) -> Result<TrialTable, TableError> {
        let mut table = TrialTable::from_raw(&self.raw, Some(self.kind), limits)?;
        let measure = self.measure.to_ascii_uppercase();
        if self.kind == Kind::Estimate {
            // RevMan keeps generic ratios as logarithms.
            table.ratios =
                matches!(measure.as_str(), "OR" | "RR" | "HR" | "PETO_OR") || measure.contains("RATIO");
        } else {
            table.measure = EffectMeasure::parse(if measure == "PETO_OR" { "PETO" } else { &measure });
        }
        table.notes.insert(0, format!("RevMan 5, outcome {}", self.describe()));
        Ok(table)
    }
}

fn name_of(node: Node<'_, '_>) -> String {
    let text = node.children().find(|n| n.has_tag_name("NAME")).and_then(|n| n.text()).unwrap_or("");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rows(
    document: &Document<'_>,
    outcome: Node<'_, '_>,
    (prefix, _, columns): &Layout,
    studies: &BTreeMap<&str, (String, String)>,
    limits: &Limits,
    problems: &mut Vec<CellProblem>,
) -> Result<RawTable, TableError> {
    let mut header: Vec<String> = vec!["study".into(), "subgroup".into(), "year".into()];
    header.extend(columns.iter().map(|(_, column)| (*column).to_owned()));
    let tag = format!("{prefix}_DATA");
    let mut rows = Vec::new();
    for node in outcome.descendants().filter(|n| n.has_tag_name(tag.as_str())) {
        let line = document.text_pos_at(node.range().start).row as usize;
        let id = node.attribute("STUDY_ID").unwrap_or("");
        let (study, year) = studies.get(id).cloned().unwrap_or_else(|| {
            // Ids are made from names: STD-Smith-2001.
            (id.strip_prefix("STD-").unwrap_or(id).replace('-', " "), String::new())
        });
        let group = node.parent().filter(|p| p.tag_name().name().ends_with("_SUBGROUP"));
        let mut cells = vec![study.clone(), group.map_or(String::new(), name_of), year];
        for (attribute, _) in *columns {
            match node.attribute(*attribute) {
                Some(value) if value.len() <= limits.cell_bytes => cells.push(value.trim().to_owned()),
                Some(value) => {
                    let what = "bytes in one cell";
                    return Err(TableError::TooLarge { what, found: value.len(), limit: limits.cell_bytes });
                }
                None => {
                    problems.push(CellProblem {
                        row: rows.len() + 1,
                        line,
                        column: (*attribute).to_owned(),
                        study: study.clone(),
                        found: "no such attribute".into(),
                        expected: "a number".into(),
                    });
                    cells.push(String::new());
                }
            }
        }
        if *prefix == "IPD" {
            // Peto's effect and variance from observed minus expected events.
            let parsed = (super::parse_number(&cells[3], false), super::parse_number(&cells[4], false));
            if let (Ok(difference), Ok(variance)) = parsed
                && variance > 0.0
            {
                cells[3] = (difference / variance).to_string();
                cells[4] = (1.0 / variance).to_string();
            }
        }
        rows.push(RawRow { line, cells });
        if rows.len() > limits.rows {
            return Err(TableError::TooLarge { what: "rows", found: rows.len(), limit: limits.rows });
        }
    }
    Ok(RawTable { header, rows, separator: Some(',') })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<COCHRANE_REVIEW DOI="x">
<STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES>
<STUDY ID="STD-Hua-2004" NAME="Hua &amp; Li 2004" YEAR="2004"/>
</INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>
<ANALYSES_AND_DATA><COMPARISON ID="CMP-001" NO="1"><NAME>Scalp against body</NAME>
<DICH_OUTCOME ID="CMP-001.01" NO="1" EFFECT_MEASURE="OR" METHOD="MH" RANDOM="NO"><NAME>Not improved</NAME>
<DICH_SUBGROUP ID="CMP-001.01.01" NO="1"><NAME>Acute</NAME>
<DICH_DATA STUDY_ID="STD-Hua-2004" EVENTS_1="3" TOTAL_1="20" EVENTS_2="9" TOTAL_2="21"/>
</DICH_SUBGROUP>
<DICH_SUBGROUP ID="CMP-001.01.02" NO="2"><NAME>Chronic</NAME>
<DICH_DATA STUDY_ID="STD-Lee-2010" EVENTS_1="5" TOTAL_1="40" EVENTS_2="6" TOTAL_2="39"/>
</DICH_SUBGROUP></DICH_OUTCOME>
<CONT_OUTCOME NO="2" EFFECT_MEASURE="MD"><NAME>Barthel</NAME>
<CONT_DATA STUDY_ID="STD-Hua-2004" MEAN_1="50" SD_1="10" TOTAL_1="20" MEAN_2="45" SD_2="11" TOTAL_2="21"/>
</CONT_OUTCOME>
<IV_OUTCOME NO="3" EFFECT_MEASURE="Hazard Ratio"><NAME>Death</NAME>
<IV_DATA STUDY_ID="STD-Lee-2010" ESTIMATE="-0.5" SE="0.2"/></IV_OUTCOME>
<IPD_OUTCOME NO="4" EFFECT_MEASURE="PETO_OR"><NAME>Relapse</NAME>
<IPD_DATA STUDY_ID="STD-Lee-2010" O_E="-4" VAR="8"/></IPD_OUTCOME>
<OTHER_OUTCOME NO="5"><NAME>Words</NAME></OTHER_OUTCOME>
</COMPARISON></ANALYSES_AND_DATA></COCHRANE_REVIEW>"#;

    fn read(text: &str) -> Result<RevMan, TableError> {
        RevMan::from_bytes(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn every_kind_of_outcome_becomes_a_table() {
        let review = read(FILE).unwrap();
        let numbers: Vec<&str> = review.outcomes.iter().map(|o| o.number.as_str()).collect();
        assert_eq!(numbers, ["1.1", "1.2", "1.3", "1.4"]);
        let table = |wanted: &str| review.find(wanted)[0].table(&Limits::default()).unwrap();
        let events = table("1.1");
        assert_eq!(events.rows[0].study, "Hua & Li 2004");
        assert_eq!(events.rows[1].study, "Lee 2010");
        assert_eq!(events.rows[1].extra["subgroup"], "Chronic");
        assert_eq!(events.default_measure(), EffectMeasure::parse("OR").unwrap());
        assert_eq!(table("barthel").kind, Kind::Means);
        assert!(table("1.3").ratios);
        let effect = table("1.4").effects(EffectMeasure::GenericRatio, crate::effect_size::Correction::None);
        let effect = effect.unwrap()[0].effect;
        assert!((effect.estimate + 0.5).abs() < 1e-15 && (effect.variance - 0.125).abs() < 1e-15);
    }

    #[test]
    fn damage_is_named() {
        let cut = &FILE[..FILE.len() / 2];
        assert!(matches!(read(cut), Err(TableError::Xml { .. })));
        assert!(read("<html/>").unwrap_err().to_string().contains("COCHRANE_REVIEW"));
        let missing = read(&FILE.replace(" TOTAL_2=\"21\"/>\n</DICH", "/>\n</DICH")).unwrap_err().to_string();
        assert!(missing.contains("line 9") && missing.contains("TOTAL_2"), "{missing}");
        let negative = read(&FILE.replace("SD_1=\"10\"", "SD_1=\"-10\"")).unwrap();
        let refused = negative.find("1.2")[0].table(&Limits::default()).unwrap_err().to_string();
        assert!(refused.contains("sd1i") && refused.contains("Hua"), "{refused}");
        // Entities are not expanded: there is no DTD.
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><COCHRANE_REVIEW>&a;</COCHRANE_REVIEW>";
        assert!(matches!(read(bomb), Err(TableError::Xml { .. })));
        assert!(matches!(read("<COCHRANE_REVIEW/>"), Err(TableError::Empty(_))));
        // Every prefix of the file is refused or read, and none panics.
        for end in (0..FILE.len()).filter(|i| FILE.is_char_boundary(*i)) {
            let _ = read(&FILE[..end]);
        }
    }
}

//! What places of the cortex are called: plain names of the regions of AAL, and how a user may ask for them.
//!
//! AAL (Tzourio-Mazoyer et al., NeuroImage 2002;15:273–289) abbreviates; the atlas files of the schools claim
//! regions by its abbreviations without the side.

use serde::Serialize;

use super::parcellations;
use crate::frame::Side;

/// Abbreviation of AAL without the side, plain name, other names that a user may write.
const NAMES: [(&str, &str, &[&str]); 62] = [
    ("Precentral", "precentral gyrus", &["motor cortex", "primary motor cortex", "m1"]),
    ("Frontal_Sup", "superior frontal gyrus", &["sfg"]),
    ("Frontal_Sup_Orb", "superior frontal gyrus, orbital part", &[]),
    ("Frontal_Mid", "middle frontal gyrus", &["mfg", "dlpfc", "dorsolateral prefrontal cortex"]),
    ("Frontal_Mid_Orb", "middle frontal gyrus, orbital part", &[]),
    ("Frontal_Inf_Oper", "inferior frontal gyrus, opercular part", &["pars opercularis"]),
    ("Frontal_Inf_Tri", "inferior frontal gyrus, triangular part", &["pars triangularis"]),
    ("Frontal_Inf_Orb", "inferior frontal gyrus, orbital part", &["pars orbitalis"]),
    ("Rolandic_Oper", "Rolandic operculum", &[]),
    ("Supp_Motor_Area", "supplementary motor area", &["sma"]),
    ("Olfactory", "olfactory cortex", &[]),
    ("Frontal_Sup_Medial", "superior frontal gyrus, medial part", &[]),
    ("Frontal_Med_Orb", "superior frontal gyrus, medial orbital part", &[]),
    ("Rectus", "gyrus rectus", &[]),
    ("Insula", "insula", &[]),
    ("Cingulum_Ant", "anterior cingulate gyrus", &[]),
    ("Cingulum_Mid", "middle cingulate gyrus", &[]),
    ("Cingulum_Post", "posterior cingulate gyrus", &[]),
    ("Hippocampus", "hippocampus", &[]),
    ("ParaHippocampal", "parahippocampal gyrus", &[]),
    ("Amygdala", "amygdala", &[]),
    ("Calcarine", "calcarine cortex", &["primary visual cortex", "v1"]),
    ("Cuneus", "cuneus", &[]),
    ("Lingual", "lingual gyrus", &[]),
    ("Occipital_Sup", "superior occipital gyrus", &[]),
    ("Occipital_Mid", "middle occipital gyrus", &[]),
    ("Occipital_Inf", "inferior occipital gyrus", &[]),
    ("Fusiform", "fusiform gyrus", &[]),
    ("Postcentral", "postcentral gyrus", &["sensory cortex", "primary somatosensory cortex", "s1"]),
    ("Parietal_Sup", "superior parietal lobule", &[]),
    ("Parietal_Inf", "inferior parietal lobule", &[]),
    ("SupraMarginal", "supramarginal gyrus", &[]),
    ("Angular", "angular gyrus", &[]),
    ("Precuneus", "precuneus", &[]),
    ("Paracentral_Lobule", "paracentral lobule", &[]),
    ("Caudate", "caudate nucleus", &[]),
    ("Putamen", "putamen", &[]),
    ("Pallidum", "pallidum", &[]),
    ("Thalamus", "thalamus", &[]),
    ("Heschl", "Heschl's gyrus", &["primary auditory cortex"]),
    ("Temporal_Sup", "superior temporal gyrus", &["stg"]),
    ("Temporal_Pole_Sup", "temporal pole, superior part", &[]),
    ("Temporal_Mid", "middle temporal gyrus", &["mtg"]),
    ("Temporal_Pole_Mid", "temporal pole, middle part", &[]),
    ("Temporal_Inf", "inferior temporal gyrus", &[]),
    ("Cerebelum_Crus1", "cerebellum, crus I", &[]),
    ("Cerebelum_Crus2", "cerebellum, crus II", &[]),
    ("Cerebelum_3", "cerebellum, lobule III", &[]),
    ("Cerebelum_4_5", "cerebellum, lobules IV and V", &[]),
    ("Cerebelum_6", "cerebellum, lobule VI", &[]),
    ("Cerebelum_7b", "cerebellum, lobule VIIb", &[]),
    ("Cerebelum_8", "cerebellum, lobule VIII", &[]),
    ("Cerebelum_9", "cerebellum, lobule IX", &[]),
    ("Cerebelum_10", "cerebellum, lobule X", &[]),
    ("Vermis_1_2", "cerebellar vermis, lobules I and II", &[]),
    ("Vermis_3", "cerebellar vermis, lobule III", &[]),
    ("Vermis_4_5", "cerebellar vermis, lobules IV and V", &[]),
    ("Vermis_6", "cerebellar vermis, lobule VI", &[]),
    ("Vermis_7", "cerebellar vermis, lobule VII", &[]),
    ("Vermis_8", "cerebellar vermis, lobule VIII", &[]),
    ("Vermis_9", "cerebellar vermis, lobule IX", &[]),
    ("Vermis_10", "cerebellar vermis, lobule X", &[]),
];

/// A named region of a hemisphere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Region {
    /// Key: AAL's abbreviation without the side, or the name in the subject's own parcellation.
    pub key: String,
    /// Hemisphere; midline for the vermis.
    pub side: Side,
}

impl Region {
    /// From AAL's name (`Precentral_L`).
    pub fn of_aal(name: &str) -> Self {
        let (key, side) = match name.rsplit_once('_') {
            Some((key, "L")) => (key, Side::Left),
            Some((key, "R")) => (key, Side::Right),
            _ => (name, Side::Midline),
        };
        Self { key: key.to_owned(), side }
    }

    /// Whether the region lies within the regions of AAL with these keys: one of them, or a region of FreeSurfer's
    /// parcellations all of whose counterparts are among them.
    pub fn is_within<S: AsRef<str>>(&self, aal: &[S]) -> bool {
        let has = |key: &str| aal.iter().any(|a| a.as_ref() == key);
        has(&self.key)
            || parcellations::NAMES.iter().any(|n| n.0 == self.key && n.2.iter().all(|key| has(key)))
    }

    /// Plain name without the side; the key itself where no parcellation that is known here has such a region.
    pub fn plain(&self) -> &str {
        plain(&self.key)
    }
}

/// Plain name of a region by its key.
pub fn plain(key: &str) -> &str {
    let aal = NAMES.iter().find(|n| n.0 == key).map(|n| n.1);
    aal.or_else(|| parcellations::NAMES.iter().find(|n| n.0 == key).map(|n| n.1)).unwrap_or(key)
}

/// Keys that a user may have meant, best first: exact names before parts of names.
///
/// "precentral gyrus", "Precentral", "M1" all give `Precentral`; "cerebellum" gives all of its lobules.
pub fn find(text: &str) -> Vec<&'static str> {
    let simple = |s: &str| {
        let s: String =
            s.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
        s.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let wanted = simple(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    let exact = |n: &&(&str, &str, &[&str])| {
        simple(n.0) == wanted || simple(n.1) == wanted || n.2.iter().any(|o| simple(o) == wanted)
    };
    let found: Vec<&'static str> = NAMES.iter().filter(exact).map(|n| n.0).collect();
    if !found.is_empty() {
        return found;
    }
    NAMES
        .iter()
        .filter(|n| simple(n.1).contains(&wanted) || simple(n.0).contains(&wanted))
        .map(|n| n.0)
        .collect()
}

/// Plain names of all regions, for a hint.
pub fn all() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|n| n.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::template_labels;

    #[test]
    fn every_region_of_the_label_volume_has_a_plain_name() {
        for name in template_labels().aal.names.values() {
            let region = Region::of_aal(name);
            assert_ne!(region.plain(), region.key, "{name}");
        }
    }

    #[test]
    fn regions_are_found_as_people_write_them() {
        for text in ["precentral gyrus", "Precentral", "PRECENTRAL GYRUS", "M1", "motor cortex"] {
            assert_eq!(find(text), ["Precentral"], "{text}");
        }
        assert_eq!(find("Frontal_Sup"), ["Frontal_Sup"]);
        assert!(find("cerebellum").len() > 5);
        assert!(find("hippopotamus").is_empty() && find(" ").is_empty());
        assert_eq!(Region::of_aal("Precentral_L"), Region { key: "Precentral".into(), side: Side::Left });
        assert_eq!(Region::of_aal("Vermis_6").side, Side::Midline);
    }

    #[test]
    fn a_subjects_own_region_counts_where_all_that_it_covers_is_meant() {
        let own = |key: &str| Region { key: key.to_owned(), side: Side::Left };
        assert!(own("precentral").is_within(&["Precentral"]) && own("Precentral").is_within(&["Precentral"]));
        assert!(!own("postcentral").is_within(&["Precentral"]));
        // Wider than the angular gyrus, and than the supplementary motor area.
        assert!(!own("inferiorparietal").is_within(&["Angular"]));
        assert!(!own("superiorfrontal").is_within(&["Supp_Motor_Area"]));
        assert!(own("bankssts").is_within(&["Temporal_Sup", "Temporal_Mid", "Temporal_Inf"]));
        assert!(!own("").is_within(&["Precentral"]) && !own("S_central").is_within(&["Precentral"]));
        assert_eq!(own("G_pariet_inf-Angular").plain(), "angular gyrus");
    }
}

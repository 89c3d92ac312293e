//! Regions of FreeSurfer's parcellations: what they are called, and which regions of AAL they cover.
//!
//! A correspondence by the names of gyri, made for Baihui: the borders of the three parcellations differ, and where a
//! region covers more than one of AAL's it counts for a claim only if all of them are claimed. So the angular gyrus
//! has no counterpart in `aparc`, whose inferior parietal region is wider, and the supplementary motor area has
//! one in neither.

/// Name in FreeSurfer (`aparc`, Desikan–Killiany; `aparc.a2009s`, Destrieux), plain name, regions of AAL.
pub(super) const NAMES: [(&str, &str, &[&str]); 80] = [
    ("bankssts", "banks of the superior temporal sulcus", &["Temporal_Sup", "Temporal_Mid"]),
    ("caudalanteriorcingulate", "caudal anterior cingulate gyrus", &["Cingulum_Ant", "Cingulum_Mid"]),
    ("caudalmiddlefrontal", "caudal middle frontal gyrus", &["Frontal_Mid"]),
    ("cuneus", "cuneus", &["Cuneus"]),
    ("entorhinal", "entorhinal cortex", &["ParaHippocampal"]),
    ("frontalpole", "frontal pole", &["Frontal_Sup", "Frontal_Sup_Medial"]),
    ("fusiform", "fusiform gyrus", &["Fusiform"]),
    ("inferiorparietal", "inferior parietal region", &["Angular", "Parietal_Inf"]),
    ("inferiortemporal", "inferior temporal gyrus", &["Temporal_Inf"]),
    ("insula", "insula", &["Insula"]),
    ("isthmuscingulate", "isthmus of the cingulate gyrus", &["Cingulum_Post"]),
    ("lateraloccipital", "lateral occipital cortex", &["Occipital_Sup", "Occipital_Mid", "Occipital_Inf"]),
    (
        "lateralorbitofrontal",
        "lateral orbitofrontal cortex",
        &["Frontal_Sup_Orb", "Frontal_Mid_Orb", "Frontal_Inf_Orb"],
    ),
    ("lingual", "lingual gyrus", &["Lingual"]),
    ("medialorbitofrontal", "medial orbitofrontal cortex", &["Frontal_Med_Orb", "Rectus"]),
    ("middletemporal", "middle temporal gyrus", &["Temporal_Mid"]),
    ("paracentral", "paracentral lobule", &["Paracentral_Lobule"]),
    ("parahippocampal", "parahippocampal gyrus", &["ParaHippocampal"]),
    ("parsopercularis", "inferior frontal gyrus, opercular part", &["Frontal_Inf_Oper"]),
    ("parsorbitalis", "inferior frontal gyrus, orbital part", &["Frontal_Inf_Orb"]),
    ("parstriangularis", "inferior frontal gyrus, triangular part", &["Frontal_Inf_Tri"]),
    ("pericalcarine", "pericalcarine cortex", &["Calcarine"]),
    ("postcentral", "postcentral gyrus", &["Postcentral"]),
    ("posteriorcingulate", "posterior cingulate gyrus", &["Cingulum_Mid", "Cingulum_Post"]),
    ("precentral", "precentral gyrus", &["Precentral"]),
    ("precuneus", "precuneus", &["Precuneus"]),
    ("rostralanteriorcingulate", "rostral anterior cingulate gyrus", &["Cingulum_Ant"]),
    ("rostralmiddlefrontal", "rostral middle frontal gyrus", &["Frontal_Mid"]),
    ("superiorfrontal", "superior frontal gyrus", &["Frontal_Sup", "Frontal_Sup_Medial", "Supp_Motor_Area"]),
    ("superiorparietal", "superior parietal lobule", &["Parietal_Sup"]),
    ("superiortemporal", "superior temporal gyrus", &["Temporal_Sup"]),
    ("supramarginal", "supramarginal gyrus", &["SupraMarginal"]),
    ("temporalpole", "temporal pole", &["Temporal_Pole_Sup", "Temporal_Pole_Mid"]),
    ("transversetemporal", "Heschl's gyrus", &["Heschl"]),
    ("G_and_S_frontomargin", "frontomarginal gyrus and sulcus", &["Frontal_Sup_Orb", "Frontal_Mid_Orb"]),
    ("G_and_S_occipital_inf", "inferior occipital gyrus and sulcus", &["Occipital_Inf"]),
    ("G_and_S_paracentral", "paracentral lobule and sulcus", &["Paracentral_Lobule"]),
    ("G_and_S_subcentral", "subcentral gyrus and sulci", &["Rolandic_Oper"]),
    ("G_and_S_transv_frontopol", "transverse frontopolar gyri and sulci", &["Frontal_Sup", "Frontal_Mid"]),
    ("G_cuneus", "cuneus", &["Cuneus"]),
    ("G_front_inf-Opercular", "inferior frontal gyrus, opercular part", &["Frontal_Inf_Oper"]),
    ("G_front_inf-Orbital", "inferior frontal gyrus, orbital part", &["Frontal_Inf_Orb"]),
    ("G_front_inf-Triangul", "inferior frontal gyrus, triangular part", &["Frontal_Inf_Tri"]),
    ("G_front_middle", "middle frontal gyrus", &["Frontal_Mid"]),
    ("G_front_sup", "superior frontal gyrus", &["Frontal_Sup", "Frontal_Sup_Medial", "Supp_Motor_Area"]),
    ("G_oc-temp_lat-fusifor", "fusiform gyrus", &["Fusiform"]),
    ("G_oc-temp_med-Lingual", "lingual gyrus", &["Lingual"]),
    ("G_oc-temp_med-Parahip", "parahippocampal gyrus", &["ParaHippocampal"]),
    ("G_occipital_middle", "middle occipital gyrus", &["Occipital_Mid"]),
    ("G_occipital_sup", "superior occipital gyrus", &["Occipital_Sup"]),
    ("G_orbital", "orbital gyri", &["Frontal_Sup_Orb", "Frontal_Mid_Orb", "Frontal_Inf_Orb"]),
    ("G_pariet_inf-Angular", "angular gyrus", &["Angular"]),
    ("G_pariet_inf-Supramar", "supramarginal gyrus", &["SupraMarginal"]),
    ("G_parietal_sup", "superior parietal lobule", &["Parietal_Sup"]),
    ("G_postcentral", "postcentral gyrus", &["Postcentral"]),
    ("G_precentral", "precentral gyrus", &["Precentral"]),
    ("G_precuneus", "precuneus", &["Precuneus"]),
    ("G_rectus", "gyrus rectus", &["Rectus"]),
    ("G_temp_sup-G_T_transv", "Heschl's gyrus", &["Heschl"]),
    ("G_temp_sup-Lateral", "superior temporal gyrus, lateral part", &["Temporal_Sup"]),
    ("G_temp_sup-Plan_polar", "polar plane of the superior temporal gyrus", &["Temporal_Pole_Sup"]),
    ("G_temp_sup-Plan_tempo", "temporal plane of the superior temporal gyrus", &["Temporal_Sup"]),
    ("G_temporal_inf", "inferior temporal gyrus", &["Temporal_Inf"]),
    ("G_temporal_middle", "middle temporal gyrus", &["Temporal_Mid"]),
    ("Pole_occipital", "occipital pole", &["Occipital_Sup", "Occipital_Mid", "Occipital_Inf"]),
    ("Pole_temporal", "temporal pole", &["Temporal_Pole_Sup", "Temporal_Pole_Mid"]),
    ("S_calcarine", "calcarine sulcus", &["Calcarine"]),
    ("S_central", "central sulcus", &["Precentral", "Postcentral"]),
    ("S_front_inf", "inferior frontal sulcus", &["Frontal_Mid", "Frontal_Inf_Oper", "Frontal_Inf_Tri"]),
    ("S_front_middle", "middle frontal sulcus", &["Frontal_Mid"]),
    ("S_front_sup", "superior frontal sulcus", &["Frontal_Sup", "Frontal_Mid"]),
    ("S_intrapariet_and_P_trans", "intraparietal sulcus", &["Parietal_Sup", "Parietal_Inf"]),
    ("S_oc_middle_and_Lunatus", "middle occipital and lunate sulci", &["Occipital_Mid"]),
    (
        "S_oc_sup_and_transversal",
        "superior and transverse occipital sulci",
        &["Occipital_Sup", "Occipital_Mid"],
    ),
    ("S_occipital_ant", "anterior occipital sulcus", &["Occipital_Mid", "Occipital_Inf", "Temporal_Inf"]),
    ("S_postcentral", "postcentral sulcus", &["Postcentral", "Parietal_Sup", "Parietal_Inf"]),
    ("S_precentral-inf-part", "precentral sulcus, inferior part", &["Precentral", "Frontal_Mid"]),
    ("S_precentral-sup-part", "precentral sulcus, superior part", &["Precentral", "Frontal_Sup"]),
    ("S_temporal_inf", "inferior temporal sulcus", &["Temporal_Mid", "Temporal_Inf"]),
    ("S_temporal_sup", "superior temporal sulcus", &["Temporal_Sup", "Temporal_Mid"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cortex::regions::plain;

    #[test]
    fn each_name_stands_once_and_leads_to_regions_that_exist() {
        for (i, (name, _, aal)) in NAMES.iter().enumerate() {
            assert!(!NAMES[..i].iter().any(|n| n.0 == *name), "{name} twice");
            assert!(!aal.is_empty(), "{name}");
            for key in *aal {
                assert_ne!(plain(key), *key, "{name}: {key} is no region of AAL");
            }
        }
    }
}

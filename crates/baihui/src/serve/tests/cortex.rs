//! What lies beneath.

use super::*;

#[tokio::test]
async fn the_cortex_beneath_a_zone_and_a_place_is_told_with_its_errors() {
    let (status, zone) = get("/api/heads/template/cortex/zone?item=MS6").await;
    assert_eq!(status, StatusCode::OK, "{zone}");
    assert_eq!(zone["sides"].as_array().unwrap().len(), 2);
    for side in zone["sides"].as_array().unwrap() {
        let regions = side["whole"]["regions"].as_array().unwrap();
        let sum: f64 = regions.iter().map(|r| r["probability"].as_f64().unwrap()).sum();
        assert!((0.9..=1.000_001).contains(&sum), "{sum}");
        // MS6 lies beside the midline: hardly anything of the other hemisphere.
        let own = regions.iter().filter(|r| r["side"] == side["side"]);
        assert!(own.map(|r| r["probability"].as_f64().unwrap()).sum::<f64>() > 0.8);
        assert!(side["parts"].as_array().unwrap().len() >= 3);
        let verdict = &side["judgements"][0];
        assert_eq!(verdict["part"], "");
        assert!(
            ["holds", "does-not-hold", "cannot-be-judged"].contains(&verdict["verdict"].as_str().unwrap())
        );
        let between = side["whole"]["between_heads_mm"].as_array().unwrap();
        assert!(between[0].as_f64() > between[1].as_f64() && between[1].as_f64() > Some(1.0));
        assert!(side["on_cortex_mm"].as_array().unwrap().len() > 5);
    }
    // The place is the skin's: a little above it is the same place.
    let (_, at) = get("/api/heads/template/cortex/at?x=-50&y=-15&z=85").await;
    assert_eq!(at["cortex_mm"].as_array().unwrap().len(), 4, "{at}");
    assert!(at["cortex_mm"].as_array().unwrap().iter().all(|p| p[0].as_f64() < Some(0.0)));
    assert!((5.0..40.0).contains(&at["finding"]["depth_mm"].as_f64().unwrap()));
}

#[tokio::test]
async fn a_target_is_found_on_its_side_and_claims_are_counted() {
    let (status, target) = get("/api/heads/template/cortex/target?mni=-37,-21,58").await;
    assert_eq!(status, StatusCode::OK, "{target}");
    assert_eq!(target["side"], "left");
    assert!(target["tape"].as_str().unwrap().contains("patient's left"));
    assert!(target["nearest"].as_array().unwrap().len() >= 4);
    let (_, right) =
        get("/api/heads/template/cortex/target?region=precentral%20gyrus&part=hand&side=right").await;
    assert_eq!(right["side"], "right", "{right}");
    let (_, claims) = get("/api/heads/template/cortex/claims").await;
    let list = claims["claims"].as_array().unwrap();
    assert!(list.len() > 20, "{claims}");
    for c in list {
        // What cannot be judged says why; what can be does not.
        assert_eq!(c["verdict"] == "cannot-be-judged", c["why"].is_string(), "{c}");
    }
    let r = send(request("GET", "/api/heads/template/cortex/claims/figure?theme=dark", &[], "")).await;
    assert_eq!(r.headers()[header::CONTENT_TYPE], "image/svg+xml");
    let svg = String::from_utf8(bytes(r).await).unwrap();
    assert!(svg.contains("MS6") && !svg.contains('…'));
}

#[tokio::test]
async fn the_mesh_of_the_cortex_has_a_label_a_vertex() {
    let (_, cortex) = get("/api/heads/template/cortex").await;
    let labels = cortex["labels"].as_array().unwrap();
    let regions = cortex["regions"].as_array().unwrap();
    assert!(labels.iter().all(|l| (l.as_u64().unwrap() as usize) < regions.len()));
    let r = send(request("GET", "/api/heads/template/cortex/mesh", &[], "")).await;
    assert_eq!(r.headers()[header::CONTENT_TYPE], "model/gltf-binary");
    let mesh = baihui_head::io::glb::read_mesh(&bytes(r).await).unwrap();
    assert_eq!(mesh.vertices.len(), labels.len());
}

//! Heads and what is on them.

use super::*;

#[tokio::test]
async fn a_head_from_tape_reads_what_was_typed_and_carries_zones() {
    let body = json!({ "circumference": "57 cm", "nasion_inion": "350", "preauricular": "36,0 cm", "sex": "female" });
    let (status, made) = post("/api/heads/tape", &body).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    assert!(made["worst_mm"].as_f64().unwrap() < 1.0);
    let (_, again) = post("/api/heads/tape", &body).await;
    assert_eq!(made["id"], again["id"], "the same measurements give the same head");
    let id = made["id"].as_str().unwrap();
    let (status, head) = get(&format!("/api/heads/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    let read = |d: &str| {
        let all = head["measures"].as_array().unwrap();
        all.iter().find(|m| m["dimension"] == d).unwrap()["mm"].as_f64().unwrap()
    };
    assert!((read("circumference") - 570.0).abs() < 1.0 && (read("preauricular") - 360.0).abs() < 1.0);
    let (_, zones) = get(&format!("/api/heads/{id}/zones?school=ms")).await;
    assert_eq!(zones["items"].as_array().unwrap().len() + zones["refused"].as_array().unwrap().len(), 25);
    let (status, wrong) = post("/api/heads/tape", &json!({ "circumference": "57 cun" })).await;
    assert_eq!((status, &wrong["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("circumference")));
    let (status, _) = post("/api/heads/tape", &json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "at least one length is needed");
    let (status, _) = post("/api/heads/tape", &json!({ "circumfrence": "57 cm" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a misspelt measure is not ignored");
}

#[tokio::test]
async fn a_place_on_a_point_is_nearest_to_that_point() {
    let (_, zones) = get("/api/heads/template/zones?item=GV20").await;
    let p = zones["items"][0]["position_mm"].as_array().unwrap();
    let (_, at) = get(&format!("/api/heads/template/at?x={}&y={}&z={}", p[0], p[1], p[2])).await;
    let near = at["nearest"].as_array().unwrap();
    assert!(near.iter().any(|n| n["code"] == "GV20" && n["distance_mm"].as_f64().unwrap() < 0.01), "{at}");
    assert_eq!(at["side"], "midline");
    let d: Vec<f64> = near.iter().map(|n| n["distance_mm"].as_f64().unwrap()).collect();
    assert!(d.is_sorted());
}

#[tokio::test]
async fn the_way_along_the_skin_is_longer_than_the_straight_one() {
    let (_, m) = get("/api/heads/template/measure?from=0,80,40&to=0,-100,20").await;
    let (along, straight) = (m["along_mm"].as_f64().unwrap(), m["straight_mm"].as_f64().unwrap());
    assert!(along > straight && along < 3.0 * straight, "{along} {straight}");
    let path = m["path_mm"].as_array().unwrap();
    let at =
        |k: usize| -> Vec<f64> { path[k].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect() };
    let sum: f64 = (1..path.len())
        .map(|k| at(k).iter().zip(at(k - 1)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
        .sum();
    assert!((sum - along).abs() < 1.0, "the path drawn is as long as the number says: {sum} {along}");
}

#[tokio::test]
async fn the_mesh_is_the_head() {
    let r = send(request("GET", "/api/heads/template/mesh", &[], "")).await;
    let glb = bytes(r).await;
    let head = baihui_head::io::glb::read_head(&glb).unwrap();
    assert_eq!(head.skin.vertices().len(), app().head("template").unwrap().head.skin.vertices().len());
}

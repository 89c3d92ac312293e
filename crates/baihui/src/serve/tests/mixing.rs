//! Nothing of one patient is ever shown with another.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_patients_opened_in_turn_a_thousand_times_stay_apart() {
    let clinic = Arc::new(Clinic::new("mixing").await);
    let (cookie, csrf) = clinic.setup().await;
    let h = [("cookie", cookie.as_str()), ("x-baihui-csrf", csrf.as_str())];
    let mut people = Vec::new();
    for (k, mark) in ["Quetzal", "Wombat"].into_iter().enumerate() {
        let new = json!({
            "name": { "given": mark, "family": format!("Of{mark}") },
            "history": format!("history of {mark}"),
            "diagnoses": [{ "text": format!("complaint of {mark}") }],
        });
        let (_, saved) = clinic.send("POST", "/api/patients", &h, &new).await;
        let id = saved["id"].as_str().unwrap().to_owned();
        for day in 1..=3 {
            let body = json!({
                "at": format!("2026-01-0{day}T09:00:00Z"),
                "visit": format!("visit of {mark}"),
                "comment": format!("remark about {mark}"),
                "instrument": "nihss",
                "total": 10 * (k + 1),
            });
            let path = format!("/api/patients/{id}/outcomes");
            let (r, said) = clinic.send("POST", &path, &h, &body).await;
            assert_eq!(r.status(), 200, "{said}");
        }
        people.push((id, mark));
    }
    // Eight readers at once, each turning from one patient to the other.
    let mut readers = Vec::new();
    for reader in 0..8 {
        let (clinic, cookie, people) = (Arc::clone(&clinic), cookie.clone(), people.clone());
        readers.push(tokio::spawn(async move {
            for turn in 0..125 {
                let (id, mark) = &people[(turn + reader) % 2];
                let other = people[(turn + reader + 1) % 2].1;
                let tail = ["", "/course", "/course/figure"][turn % 3];
                let h = [("cookie", cookie.as_str())];
                let r = clinic.raw("GET", &format!("/api/patients/{id}{tail}"), &h, "").await;
                assert_eq!(r.status(), 200);
                assert_eq!(r.headers()[header::CACHE_CONTROL], "no-store");
                let text = String::from_utf8(bytes(r).await).unwrap();
                assert!(!text.contains(other), "{other} in {mark}{tail}");
                assert!(text.contains(mark), "{mark} is there: {tail}");
            }
        }));
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

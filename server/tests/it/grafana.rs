//! The requests that Grafana sends, and the shapes it must get back.

use crate::harness::{Answer, NOW, Server, encode, fresh_dir};
use serde_json::json;

const AT: i64 = NOW - 60;

fn server_with_data(dir: &std::path::Path) -> Server {
    let server = Server::start(dir);
    let mut lines = String::new();
    for host in ["web01", "web02", "db01"] {
        for step in 0..6 {
            lines.push_str(&format!("servers.{host}.load {step} {}\n", AT + 10 * step));
        }
    }
    lines.push_str(&format!("cpu.used;env=prod;host=a 1 {AT}\n"));
    server.send(lines);
    server
}

#[test]
fn render_answers_get_and_form_post_alike() {
    let dir = fresh_dir();
    let server = server_with_data(dir.path());
    let parameters = format!(
        "target={}&target=servers.db01.load&from={}&until={}&format=json&maxDataPoints=800&cacheTimeout=",
        encode("aliasSub(servers.web01.load, \"(^.*$)\", \"\\1 A\")"),
        AT - 10,
        AT + 50
    );
    let got = server.get(&format!("/render?{parameters}"));
    assert_eq!(got.status, 200, "{got:?}");
    assert!(got.head.contains("content-type: application/json"));
    let series = got.json();
    assert_eq!(series[0]["target"], "servers.web01.load A");
    assert_eq!(series[1]["target"], "servers.db01.load");
    let datapoints: Vec<_> = (0..6).map(|step| json!([f64::from(step), AT + 10 * i64::from(step)])).collect();
    assert_eq!(series[0]["datapoints"], json!(datapoints));
    assert_eq!(server.post("/render", &parameters).json(), series);
    assert_eq!(server.post("/render/?format=json", &parameters).json(), series);
}

#[test]
fn nothing_found_is_an_empty_list() {
    let dir = fresh_dir();
    let server = server_with_data(dir.path());
    let answer = server.get("/render?target=no.such.metric&from=-1h&format=json");
    assert_eq!((answer.status, answer.json()), (200, json!([])));
}

#[test]
fn the_health_check_works_on_an_empty_store() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let answer =
        server.post("/render", "target=constantLine(100)&from=-1h&until=now&format=json&maxDataPoints=100");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()[0]["datapoints"][0][0], json!(100.0));
}

#[test]
fn find_takes_a_body_that_is_not_url_encoded() {
    let dir = fresh_dir();
    let server = server_with_data(dir.path());
    let expected = json!([
        {"text": "web01", "id": "servers.web01", "allowChildren": 1, "expandable": 1, "leaf": 0},
        {"text": "web02", "id": "servers.web02", "allowChildren": 1, "expandable": 1, "leaf": 0},
    ]);
    let path = format!("/metrics/find?from={}&until={NOW}", NOW - 3600);
    let nodes = server.post(&path, "query=servers.{web01,web0[2]}").json();
    let names: Vec<_> = nodes.as_array().unwrap().iter().map(|node| node["text"].clone()).collect();
    assert_eq!(names, ["web01", "web02"]);
    assert_eq!(server.get("/metrics/find?query=servers.web*").json(), expected);
    let leaf =
        json!([{"text": "load", "id": "servers.web01.load", "allowChildren": 0, "expandable": 0, "leaf": 1}]);
    assert_eq!(server.post("/metrics/find", "query=servers.web01.*").json(), leaf);
}

#[test]
fn expand_and_index_list_names() {
    let dir = fresh_dir();
    let server = server_with_data(dir.path());
    let expanded = server.get("/metrics/expand?query=servers.web*.load").json();
    assert_eq!(expanded, json!({"results": ["servers.web01.load", "servers.web02.load"]}));
    let index = server.get("/metrics/index.json").json();
    assert_eq!(index, json!(["servers.db01.load", "servers.web01.load", "servers.web02.load"]));
}

#[test]
fn tags_complete_with_grafanas_odd_parameters() {
    let dir = fresh_dir();
    let server = server_with_data(dir.path());
    let odd = "from=undefined&until=undefined&limit=0";
    let tags = server.get(&format!("/tags/autoComplete/tags?{odd}&tagPrefix=")).json();
    assert_eq!(tags, json!(["env", "host", "name"]));
    let values =
        server.get(&format!("/tags/autoComplete/values?{odd}&tag=host&expr=env%3Dprod&valuePrefix=")).json();
    assert_eq!(values, json!(["a"]));
}

#[test]
fn jsonp_is_wrapped_and_its_name_checked() {
    let dir = fresh_dir();
    let server = server_with_data(dir.path());
    let answer = server.get("/metrics/expand?query=servers.db01.load&jsonp=callback");
    assert_eq!(answer.body, "callback({\"results\":[\"servers.db01.load\"]})");
    assert!(answer.head.contains("content-type: text/javascript"), "{}", answer.head);
    assert_eq!(server.get("/metrics/expand?query=a&jsonp=alert(1)%2F%2F").status, 400);
}

#[test]
fn functions_are_those_of_graphite_unless_more_are_asked_for() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let names = |answer: Answer| {
        assert_eq!(answer.status, 200, "{answer:?}");
        // A default may be infinite, which clients read as this number.
        let list: serde_json::Value = serde_json::from_str(&answer.body.replace("1e9999", "null")).unwrap();
        list.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let known = names(server.get("/functions"));
    assert!(known.contains(&"movingAverage".to_owned()) && known.contains(&"sum".to_owned()));
    let all = names(server.get("/functions?origin=all"));
    assert!(known.iter().all(|name| all.contains(name)));
    // carbonapi's function, its further name for one of graphite-web's, and Plumbago's own.
    for (name, origin) in
        [("heatMap", "carbonapi"), ("toLowerCase", "carbonapi"), ("quantileSeries", "plumbago")]
    {
        assert!(!known.iter().any(|one| one == name) && all.iter().any(|one| one == name), "{name}");
        let of_origin = names(server.get(&format!("/functions?origin={origin}")));
        assert!(of_origin.iter().any(|one| one == name) && of_origin.len() < all.len(), "{name}");
        assert_eq!(server.get(&format!("/functions/{name}")).json()["name"], name);
    }
    let header = |value: &str| {
        let head = format!("Host: {}\r\nConnection: close\r\nPlumbago-Functions: {value}\r\n", server.http);
        server.request(format!("GET /functions HTTP/1.1\r\n{head}\r\n"))
    };
    assert_eq!(names(header("all")), all);
    assert_eq!(names(header("graphite-web")), known);
    let grouped = names(server.get("/functions?origin=all&grouped=1"));
    assert!(grouped.contains(&"Combine".to_owned()) && !grouped.contains(&"heatMap".to_owned()));
    assert_eq!(server.get("/functions?origin=nobody").status, 400);
    let refusal = header("nobody");
    assert_eq!(refusal.status, 400);
    assert!(refusal.body.starts_with("plumbago-functions: expected all, "), "{refusal:?}");
}

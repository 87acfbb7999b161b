//! Owns how the names of hosts, mount points, devices and interfaces become nodes of a metric path.
//!
//! Invariant: a node is never empty, holds only ASCII letters, digits, `-` and `_`, and has at most
//! `NODE_BYTES_MAX` bytes, so that joining nodes with dots always gives a valid metric name.

/// Longest node made from a name of the machine; a path of three such nodes stays far below the limit of a name.
const NODE_BYTES_MAX: usize = 200;

/// The node for `name`: every character that could split or disturb a path becomes `_`.
///
/// `web1.example.com` becomes `web1_example_com`; an empty name becomes `_`.
pub(crate) fn node(name: &str) -> String {
    let node: String = name
        .chars()
        .take(NODE_BYTES_MAX)
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => character,
            _ => '_',
        })
        .collect();
    if node.is_empty() { "_".to_owned() } else { node }
}

/// The node for a mount point: `/` is `root`, `/var/lib` is `var_lib`.
pub(crate) fn mount_node(mount_point: &str) -> String {
    match mount_point.trim_matches('/') {
        "" => "root".to_owned(),
        inner => node(inner),
    }
}

/// The nodes for many mount points, each used once: `/var/lib` beside `/var_lib` becomes `var_lib` and `var_lib_2`.
///
/// The answer has the order of the input; sort the input, and the same machine gets the same names each time.
pub(crate) fn mount_nodes(mount_points: &[String]) -> Vec<String> {
    let mut nodes: Vec<String> = Vec::with_capacity(mount_points.len());
    for mount_point in mount_points {
        let base = mount_node(mount_point);
        let mut candidate = base.clone();
        let mut number = 2;
        while nodes.contains(&candidate) {
            candidate = format!("{base}_{number}");
            number += 1;
        }
        nodes.push(candidate);
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_odd_characters_never_split_a_path() {
        assert_eq!(node("web1.example.com"), "web1_example_com");
        assert_eq!(node("büro pc;role=x{a,b}*"), "b_ro_pc_role_x_a_b__");
        assert_eq!(node("eth0.100"), "eth0_100");
        assert_eq!(node(""), "_");
        assert_eq!(node(&"n".repeat(5000)).len(), NODE_BYTES_MAX);
    }

    #[test]
    fn mount_points_read_like_paths() {
        assert_eq!(mount_node("/"), "root");
        assert_eq!(mount_node("/var/lib/docker"), "var_lib_docker");
        assert_eq!(mount_node("/mnt/my disk"), "mnt_my_disk");
    }

    #[test]
    fn two_mount_points_never_share_a_node() {
        let mounts = ["/", "/root", "/var/lib", "/var_lib"].map(str::to_owned);
        assert_eq!(mount_nodes(&mounts), ["root", "root_2", "var_lib", "var_lib_2"]);
    }
}

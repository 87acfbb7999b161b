//! How many datagrams the kernel dropped because a socket's buffer was full.
//!
//! Linux tells it in the last column of `/proc/net/udp` and `/proc/net/udp6`. Elsewhere nothing is known, and
//! nothing is reported.

use std::net::SocketAddr;

/// Datagrams that the kernel dropped on the socket bound to `local`, or `None` where that cannot be known.
pub(crate) fn kernel_drops(local: SocketAddr) -> Option<u64> {
    let table = if local.is_ipv4() { "/proc/net/udp" } else { "/proc/net/udp6" };
    let text = std::fs::read_to_string(table).ok()?;
    drops_in_table(&text, &local_address_column(local))
}

/// The address as the table writes it: each 32-bit word in the machine's byte order, then the port.
fn local_address_column(local: SocketAddr) -> String {
    let words: Vec<u32> = match local.ip() {
        std::net::IpAddr::V4(address) => vec![u32::from_ne_bytes(address.octets())],
        std::net::IpAddr::V6(address) => address
            .octets()
            .chunks_exact(4)
            .map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]))
            .collect(),
    };
    let mut column = String::new();
    for word in words {
        column.push_str(&format!("{word:08X}"));
    }
    column.push_str(&format!(":{:04X}", local.port()));
    column
}

fn drops_in_table(table: &str, local_address: &str) -> Option<u64> {
    let mut total = None;
    for line in table.lines().skip(1) {
        let mut columns = line.split_ascii_whitespace();
        if columns.nth(1) == Some(local_address) {
            let drops: u64 = columns.next_back()?.parse().ok()?;
            total = Some(total.unwrap_or(0) + drops);
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  311: 0100007F:07D3 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1234 2 0000000000000000 42
  900: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 99 2 0000000000000000 7
";

    #[test]
    fn the_drops_column_of_the_socket_is_read() {
        if cfg!(target_endian = "little") {
            let column = local_address_column(SocketAddr::from(([127, 0, 0, 1], 2003)));
            assert_eq!(column, "0100007F:07D3");
        }
        assert_eq!(drops_in_table(TABLE, "0100007F:07D3"), Some(42));
        assert_eq!(drops_in_table(TABLE, "0100007F:07D4"), None);
        assert_eq!(drops_in_table("", "0100007F:07D3"), None);
    }

    #[test]
    fn a_live_socket_is_found_where_the_kernel_tells() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let local = socket.local_addr().unwrap();
        if std::path::Path::new("/proc/net/udp").exists() {
            assert_eq!(kernel_drops(local), Some(0));
        } else {
            assert_eq!(kernel_drops(local), None);
        }
    }
}

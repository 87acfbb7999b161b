//! Networks, written as in `10.0.0.0/8`, and lists of them that say who may connect.
//!
//! Invariant: an empty list lets everybody in. IPv4 addresses that arrive mapped into IPv6 count as IPv4.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The addresses that share the first bits of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NetworkError {
    /// Neither an address nor an address with a length.
    Malformed,
    /// Bits are set behind the length: one of the two is wrong.
    HostBits {
        /// The network that the length makes of it.
        meant: Network,
    },
}

impl Network {
    /// Whether the address lies inside.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let kept = |bits: u8, of: u8| u32::from(of.saturating_sub(bits));
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(kept(self.bits, 32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(kept(self.bits, 128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// The same network with nothing set behind its length.
    fn masked(self) -> Network {
        let zeros = |of: u8| u32::from(of.saturating_sub(self.bits));
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(zeros(32)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(zeros(128)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
        };
        Network { address, ..self }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    /// Reads `10.0.0.0/8`, `fd00::/8`, or an address alone.
    fn from_str(text: &str) -> Result<Network, NetworkError> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(left, right)| (left, Some(right)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Malformed)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => longest,
            Some(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok().filter(|bits| *bits <= longest).ok_or(NetworkError::Malformed)?
            }
            Some(_) => return Err(NetworkError::Malformed),
        };
        let (network, meant) = (Network { address, bits }, Network { address, bits }.masked());
        if network == meant { Ok(network) } else { Err(NetworkError::HostBits { meant }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetworkError::Malformed => write!(f, "neither an IP address nor a network such as 10.0.0.0/8"),
            NetworkError::HostBits { meant } => write!(f, "bits are set behind its length; {meant}?"),
        }
    }
}

impl std::error::Error for NetworkError {}

/// Who may connect to one listener.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Networks(Vec<Network>);

impl Networks {
    /// These networks; none for everybody.
    pub(crate) fn new(networks: Vec<Network>) -> Networks {
        Networks(networks)
    }

    /// Whether this address may connect.
    pub(crate) fn allow(&self, address: IpAddr) -> bool {
        self.0.is_empty() || self.0.iter().any(|network| network.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_lie_inside_or_outside() {
        for (inside, address) in [
            ("10.0.0.0/8", "10.255.0.1"),
            ("0.0.0.0/0", "255.255.255.255"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.0/31", "192.0.2.1"),
            ("fd00::/8", "fdff::1"),
            ("::/0", "2001:db8::1"),
            ("10.0.0.0/8", "::ffff:10.1.2.3"),
        ] {
            assert!(network(inside).contains(address.parse().unwrap()), "{address} in {inside}");
        }
        for (outside, address) in [
            ("10.0.0.0/8", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.6"),
            ("0.0.0.0/0", "2001:db8::1"),
            ("::/0", "10.0.0.1"),
            ("fd00::/8", "fc00::1"),
        ] {
            assert!(!network(outside).contains(address.parse().unwrap()), "{address} in {outside}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "::/129", "10.0.0/8", "a/8", "10.0.0.0/8/8"]
        {
            assert_eq!(text.parse::<Network>(), Err(NetworkError::Malformed), "{text}");
        }
        let error = "10.1.0.0/8".parse::<Network>().unwrap_err();
        assert_eq!(error.to_string(), "bits are set behind its length; 10.0.0.0/8?");
    }

    #[test]
    fn an_empty_list_lets_everybody_in() {
        assert!(Networks::default().allow("203.0.113.1".parse().unwrap()));
        let list = Networks::new(vec![network("10.0.0.0/8"), network("::1")]);
        assert!(list.allow("::1".parse().unwrap()) && list.allow("10.0.0.1".parse().unwrap()));
        assert!(!list.allow("203.0.113.1".parse().unwrap()));
    }
}

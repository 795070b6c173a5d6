//! The public internet, as networks that can be named one by one.
//!
//! A policy could say "everything, except …", but some network plugins (the one of Amazon's clusters) take an exception of
//! one policy for a refusal of what another one allows, and pods of the environment have such addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::artifact::Finding;
use crate::diagnostics::{Diagnostic, codes};
use crate::plan::Environment;

/// Addresses that are not the public internet (RFC 6890 and its registries): private, shared, loopback, link-local (cloud
/// metadata among them), benchmarking, multicast, reserved; and the one at which Azure's hosts answer their guests.
const NOT_PUBLIC_4: [(Ipv4Addr, u32); 12] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
/// The same for filters that hold few rules: what may be somebody's network.
const PRIVATE_4: [(Ipv4Addr, u32); 7] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];
/// What of IPv6 is public: global unicast (RFC 4291). Neither translated IPv4 (`64:ff9b::/96`) nor anything private is in it.
const PUBLIC_6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The networks of the public internet, IPv4 in order, then IPv6.
pub(super) fn public() -> Vec<String> {
    networks(&NOT_PUBLIC_4)
}

/// The same without splitting hairs: at most fifty networks, the private ones not among them.
pub(super) fn not_private() -> Vec<String> {
    networks(&PRIVATE_4)
}

fn networks(left_out: &[(Ipv4Addr, u32)]) -> Vec<String> {
    let mut out = Vec::new();
    split(0, 0, left_out, &mut out);
    out.push(format!("{}/{}", PUBLIC_6.0, PUBLIC_6.1));
    out
}

/// Finds shared servers that nobody could reach, because traffic is filtered and their networks are not stated; `place` says where.
pub(super) fn unreachable(environment: &Environment, place: &str, mut find: impl FnMut(Finding)) {
    for used in environment.shared.servers.iter().filter(|used| used.cidr.is_empty()) {
        let message = format!("`{}` has no `cidr`: {place} nothing of an environment could reach it", used.name);
        find(Finding {
            diagnostic: Diagnostic::new(codes::NO_CIDR, message)
                .help("add the networks that it is reached in: `cidr: 10.3.0.0/24`"),
            origin: used.origin,
            label: "declared here".to_owned(),
        });
    }
}

/// Adds what is left of one network of IPv4: all of it, or what is left of its halves.
fn split(network: u32, length: u32, left_out: &[(Ipv4Addr, u32)], out: &mut Vec<String>) {
    let holds = |outer: u32, length: u32, inner: u32| length == 0 || (outer ^ inner) >> (32 - length) == 0;
    let within = |(other, other_length): &(Ipv4Addr, u32)| {
        *other_length <= length && holds(other.to_bits(), *other_length, network)
    };
    let touches =
        |(other, other_length): &(Ipv4Addr, u32)| *other_length > length && holds(network, length, other.to_bits());
    if left_out.iter().any(within) {
        return;
    }
    if left_out.iter().any(touches) {
        split(network, length + 1, left_out, out);
        split(network | 1 << (31 - length), length + 1, left_out, out);
    } else {
        out.push(format!("{}/{length}", Ipv4Addr::from_bits(network)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(address: [u8; 4]) -> bool {
        let address = Ipv4Addr::from(address).to_bits();
        public().iter().filter_map(|cidr| cidr.split_once('/')).any(|(network, length)| {
            let (Ok(network), length) = (network.parse::<Ipv4Addr>(), length.parse::<u32>().unwrap()) else {
                return false;
            };
            (network.to_bits() ^ address) >> (32 - length) == 0
        })
    }

    #[test]
    fn every_edge_of_what_is_private_is_left_out_and_its_neighbours_are_not() {
        // Typed again: first and last address of every network that is not public, and what stands beside them.
        for (first, last) in [
            ([0, 0, 0, 0], [0, 255, 255, 255]),
            ([10, 0, 0, 0], [10, 255, 255, 255]),
            ([100, 64, 0, 0], [100, 127, 255, 255]),
            ([127, 0, 0, 0], [127, 255, 255, 255]),
            ([168, 63, 129, 16], [168, 63, 129, 16]),
            ([169, 254, 0, 0], [169, 254, 255, 255]),
            ([172, 16, 0, 0], [172, 31, 255, 255]),
            ([192, 0, 0, 0], [192, 0, 0, 255]),
            ([192, 168, 0, 0], [192, 168, 255, 255]),
            ([198, 18, 0, 0], [198, 19, 255, 255]),
            ([224, 0, 0, 0], [255, 255, 255, 255]),
        ] {
            assert!(!allows(first) && !allows(last), "{first:?}");
            let (below, above) = (u32::from_be_bytes(first).checked_sub(1), u32::from_be_bytes(last).checked_add(1));
            for beside in below.into_iter().chain(above) {
                assert!(allows(beside.to_be_bytes()), "{:?}", beside.to_be_bytes());
            }
        }
        assert!(allows([8, 8, 8, 8]) && allows([1, 1, 1, 1]) && !allows([169, 254, 169, 254]));
    }

    #[test]
    fn networks_do_not_overlap() {
        let networks = public();
        assert_eq!(networks.iter().collect::<std::collections::BTreeSet<_>>().len(), networks.len());
        assert_eq!(networks.last().map(String::as_str), Some("2000::/3"));
        assert!(networks.len() < 100, "{}", networks.len());
        assert!(not_private().len() <= 50, "{}", not_private().len());
        assert!(
            ["10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12"]
                .iter()
                .all(|private| !not_private().contains(&(*private).to_owned()))
        );
    }
}

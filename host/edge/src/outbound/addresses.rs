//! Which addresses may be dialled. Asked after resolution about the very address that is dialled, so that no name leads elsewhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::allowed::Allowed;

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(a: u16, b: u16, c: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

/// Metadata services of clouds, this network, multicast, documentation, reserved: no server that anyone could mean. From the IANA special-purpose
/// registries (RFC 6890 and what was added since), headed by AWS, GCP, Azure; ECS; Alibaba.
const NEVER_V4: [Ipv4Net; 11] = [
    v4(169, 254, 169, 254, 32),
    v4(169, 254, 170, 2, 32),
    v4(100, 100, 100, 200, 32),
    v4(0, 0, 0, 0, 8),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

/// This machine, this network or its neighbours.
const PRIVATE_V4: [Ipv4Net; 7] = [
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
];

const NEVER_V6: [Ipv6Net; 4] =
    [v6(0xfd00, 0xec2, 0, 64), v6(0x2001, 0, 0, 23), v6(0x2001, 0xdb8, 0, 32), v6(0x3fff, 0, 0, 20)];

const PRIVATE_V6: [Ipv6Net; 4] =
    [v6(0xfc00, 0, 0, 7), v6(0xfe80, 0, 0, 10), v6(0xfec0, 0, 0, 10), v6(0x64, 0xff9b, 1, 48)];

/// What is given out for the internet.
const PUBLIC_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// Whether the address may be dialled for a destination that is allowed so.
pub(crate) fn may_dial(address: IpAddr, allowed: Allowed) -> bool {
    let needed = match address {
        IpAddr::V4(address) => needed_v4(address),
        IpAddr::V6(address) => needed_v6(address),
    };
    needed.is_some_and(|needed| allowed >= needed)
}

fn needed_v4(address: Ipv4Addr) -> Option<Allowed> {
    if NEVER_V4.iter().any(|net| net.contains(&address)) {
        return None;
    }
    let private = PRIVATE_V4.iter().any(|net| net.contains(&address));
    Some(if private { Allowed::Named } else { Allowed::Public })
}

fn needed_v6(address: Ipv6Addr) -> Option<Allowed> {
    if let Some(inner) = embedded(address) {
        return needed_v4(inner);
    }
    if NEVER_V6.iter().any(|net| net.contains(&address)) {
        return None;
    }
    if address.is_loopback() || PRIVATE_V6.iter().any(|net| net.contains(&address)) {
        return Some(Allowed::Named);
    }
    PUBLIC_V6.contains(&address).then_some(Allowed::Public)
}

/// The IPv4 address that an IPv6 address leads to: mapped, NAT64 or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(from(high, low))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(text: &str) -> [bool; 2] {
        let address = text.parse().unwrap();
        [may_dial(address, Allowed::Public), may_dial(address, Allowed::Named)]
    }

    #[test]
    fn the_internet_is_open_to_wildcards() {
        for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert_eq!(rights(text), [true, true], "{text}");
        }
    }

    #[test]
    fn private_places_need_a_name() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.1.1",
            "::1",
            "fd12::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert_eq!(rights(text), [false, true], "{text}");
        }
    }

    #[test]
    fn metadata_services_and_reserved_addresses_are_never_dialled() {
        for text in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::",
            "::7f00:1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
        ] {
            assert_eq!(rights(text), [false, false], "{text}");
        }
    }
}

//! Which addresses may be dialled. Asked after resolution about the very address that is dialled, so that no name, redirect or second look-up
//! leads elsewhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What kind of place an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the internet.
    Public,
    /// This machine, this network or its neighbours: only for accounts with `allow_private`.
    Private,
    /// No server that an account could mean: metadata services of clouds, multicast, documentation, reserved.
    Never,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(a: u16, b: u16, c: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

/// The first that holds the address decides. From the IANA special-purpose registries (RFC 6890 and what was added since), headed by the
/// metadata addresses of AWS, GCP, Azure (169.254.169.254), ECS (169.254.170.2) and Alibaba.
const V4: [(Ipv4Net, Place); 19] = [
    (v4(169, 254, 169, 254, 32), Place::Never),
    (v4(169, 254, 170, 2, 32), Place::Never),
    (v4(100, 100, 100, 200, 32), Place::Never),
    (v4(0, 0, 0, 0, 8), Place::Never),
    (v4(10, 0, 0, 0, 8), Place::Private),
    (v4(100, 64, 0, 0, 10), Place::Private),
    (v4(127, 0, 0, 0, 8), Place::Private),
    (v4(169, 254, 0, 0, 16), Place::Private),
    (v4(172, 16, 0, 0, 12), Place::Private),
    (v4(192, 0, 0, 0, 24), Place::Never),
    (v4(192, 0, 2, 0, 24), Place::Never),
    (v4(192, 88, 99, 0, 24), Place::Never),
    (v4(192, 168, 0, 0, 16), Place::Private),
    (v4(198, 18, 0, 0, 15), Place::Private),
    (v4(198, 51, 100, 0, 24), Place::Never),
    (v4(203, 0, 113, 0, 24), Place::Never),
    (v4(224, 0, 0, 0, 4), Place::Never),
    (v4(240, 0, 0, 0, 4), Place::Never),
    (v4(0, 0, 0, 0, 0), Place::Public),
];

/// The same for IPv6, after the forms that hold an IPv4 address. Only 2000::/3 is given out for the internet.
const V6: [(Ipv6Net, Place); 10] = [
    (v6(0xfd00, 0xec2, 0, 64), Place::Never),
    (v6(0xfc00, 0, 0, 7), Place::Private),
    (v6(0xfe80, 0, 0, 10), Place::Private),
    (v6(0xfec0, 0, 0, 10), Place::Private),
    (v6(0x64, 0xff9b, 1, 48), Place::Private),
    (v6(0x2001, 0, 0, 23), Place::Never),
    (v6(0x2001, 0xdb8, 0, 32), Place::Never),
    (v6(0x3fff, 0, 0, 20), Place::Never),
    (v6(0x2000, 0, 0, 3), Place::Public),
    (v6(0, 0, 0, 0), Place::Never),
];

/// What kind of place this is.
pub(crate) fn place(address: IpAddr) -> Place {
    match address {
        IpAddr::V4(address) => place_v4(address),
        IpAddr::V6(address) if address.is_loopback() => Place::Private,
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => place_v4(inner),
            None => first(V6.iter().map(|(net, place)| (IpNet::V6(*net), *place)), IpAddr::V6(address)),
        },
    }
}

fn place_v4(address: Ipv4Addr) -> Place {
    first(V4.iter().map(|(net, place)| (IpNet::V4(*net), *place)), IpAddr::V4(address))
}

fn first(mut table: impl Iterator<Item = (IpNet, Place)>, address: IpAddr) -> Place {
    table.find(|(net, _)| net.contains(&address)).map_or(Place::Never, |(_, place)| place)
}

/// The IPv4 address that is meant: mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96) and 6to4 (2002::/16). The deprecated compatible form (::/96)
/// stays what it is: never.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let low = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, x, y] | [0x64, 0xff9b, 0, 0, 0, 0, x, y] | [0x2002, x, y, ..] => Some(low(x, y)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Place {
        place(text.parse().unwrap())
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for text in [
            "1.1.1.1",
            "20.53.0.1",
            "172.32.0.1",
            "100.128.0.1",
            "169.253.0.1",
            "2606:4700::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert_eq!(of(text), Place::Public, "{text}");
        }
    }

    #[test]
    fn private_loopback_and_link_local_addresses_need_permission_in_every_notation() {
        for text in [
            "10.0.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "100.64.0.1",
            "169.254.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.19.0.1",
            "::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
        ] {
            assert_eq!(of(text), Place::Private, "{text}");
        }
    }

    #[test]
    fn special_addresses_are_refused_whatever_the_account_says() {
        for text in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::7f00:1",
            "::ffff:0.0.0.0",
            "::ffff:255.255.255.255",
            "100::1",
            "2001::1",
            "2001:20::1",
            "2001:db8::1",
            "3fff::1",
            "5f00::1",
            "ff02::1",
            "4000::1",
        ] {
            assert_eq!(of(text), Place::Never, "{text}");
        }
    }
}

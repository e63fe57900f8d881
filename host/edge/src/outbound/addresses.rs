//! Which addresses may be dialled. Asked after resolution about the very address that is dialled, so that no name leads elsewhere.

use std::net::IpAddr;

use super::allowed::Allowed;
use super::places::{Place, place};

/// Whether the address may be dialled for a destination that is allowed so.
pub(crate) fn may_dial(address: IpAddr, allowed: Allowed) -> bool {
    match place(address) {
        Place::Public => allowed >= Allowed::Public,
        Place::Private => allowed >= Allowed::Named,
        Place::Never => false,
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

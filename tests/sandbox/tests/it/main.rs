//! The simulators behave as the references say, and their answers obey the contracts.

#[cfg(test)]
mod cartoncloud;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod starshipit;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trackstar;
#[cfg(test)]
mod webhooks;

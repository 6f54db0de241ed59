//! DSA keys with a modulus of 2048 bits: generated and written, never used.

use super::der::{integer, sequence};
use super::source::Source;
use crypto_primes::{Flavor, is_prime, random_prime};
use num_bigint::BigUint;
use rand_core::TryRng as _;
use rsa::BoxedUint;

const MODULUS_BITS: u64 = 2048;
const ORDER_BITS: u32 = 256;
/// How many moduli are tried before another order is.
const TRIES: u64 = 4 * MODULUS_BITS;

/// Generates a key and writes it; `None` when the source of randomness does not lead to one.
pub fn generate(source: &mut Source<'_>) -> Option<Vec<u8>> {
    let order: BoxedUint = random_prime(source, Flavor::Any, ORDER_BITS);
    let order = BigUint::from_bytes_be(&order.to_be_bytes());
    let modulus = (0..TRIES).find_map(|_| modulus(source, &order))?;
    let cofactor = (&modulus - 1_u8) / &order;
    let one = BigUint::from(1_u8);
    let generator = (2_u32..100)
        .map(|base| BigUint::from(base).modpow(&cofactor, &modulus))
        .find(|generator| *generator != one)?;
    let secret = number(source, 32) % (&order - 1_u8) + 1_u8;
    let public = generator.modpow(&secret, &modulus);
    let parts = [&BigUint::ZERO, &modulus, &order, &generator, &public, &secret];
    let parts = parts.map(|part| integer(&part.to_bytes_be()));
    Some(sequence(&parts.each_ref().map(Vec::as_slice)))
}

fn number(source: &mut Source<'_>, length: usize) -> BigUint {
    let mut bytes = vec![0; length];
    let Ok(()) = source.try_fill_bytes(&mut bytes);
    BigUint::from_bytes_be(&bytes)
}

/// A prime that is one more than a multiple of the order, if the next random number leads to one.
fn modulus(source: &mut Source<'_>, order: &BigUint) -> Option<BigUint> {
    let mut random = number(source, MODULUS_BITS as usize / 8);
    random.set_bit(MODULUS_BITS - 1, true);
    random.set_bit(0, true);
    let rest = &random % (order * 2_u8);
    let candidate = random - rest + 1_u8;
    let is_odd_out = candidate.bits() < MODULUS_BITS || has_small_factor(&candidate);
    if is_odd_out {
        return None;
    }
    let boxed = BoxedUint::from_be_slice(&candidate.to_bytes_be(), MODULUS_BITS as u32).ok()?;
    is_prime(Flavor::Any, &boxed).then_some(candidate)
}

/// Sorts most candidates out before the expensive test.
fn has_small_factor(candidate: &BigUint) -> bool {
    (3_u32..2000).step_by(2).any(|factor| candidate % factor == BigUint::ZERO)
}

//! The functions that generate keys and issue certificates.

use super::certificate::{Issuer, Pair, Request};
use super::der::tagged;
use super::ec::{Curve, EcKey};
use super::key::PrivateKey;
use super::rsa::RsaKey;
use super::source::{STEPS_PER_MILLISECOND, Source};
use super::{dsa, pem};
use crate::sprig::argument::{integer, text};
use crate::sprig::date::calendar_date;
use crate::sprig::decode_base64;
use crate::sprig::random::bytes;
use crate::sprig::text::printed;
use crate::{Call, Error, Value};
use core::net::IpAddr;
use ed25519_dalek::SigningKey;

type Outcome = Result<Value, Error>;

/// How often a number is drawn anew until it is the key of a curve.
const TRIES: usize = 64;

fn fail<T>(message: impl Into<String>) -> Result<T, Error> {
    Err(Error::message(message))
}

// === keys ===

pub fn private_key(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let kind = text(arguments, 0);
    let kind = kind.to_str();
    let generated = match &*kind {
        "" | "rsa" => rsa(call, 4096)?,
        "dsa" => {
            call.budget().step(2_000 * STEPS_PER_MILLISECOND)?;
            dsa::generate(&mut Source(call.host())).map(PrivateKey::Dsa)
        }
        "ecdsa" => {
            call.budget().step(STEPS_PER_MILLISECOND)?;
            let number = || EcKey::from_number(Curve::P256, &bytes::<32>(call.host()));
            std::iter::repeat_with(number).take(TRIES).flatten().next().map(PrivateKey::Ec)
        }
        "ed25519" => {
            call.budget().step(STEPS_PER_MILLISECOND)?;
            Some(PrivateKey::Ed25519(SigningKey::from_bytes(&bytes(call.host()))))
        }
        _ => return Ok(format!("Unknown type {kind}").into()),
    };
    let written = generated.and_then(|key| key.to_pem());
    Ok(written.unwrap_or_else(|| "failed to generate private key: no randomness".to_owned()).into())
}

fn rsa(call: &Call<'_>, bits: usize) -> Result<Option<PrivateKey>, Error> {
    // Searching primes takes about the fourth power of their length.
    let milliseconds = if bits > 2048 { 2_000 } else { 200 };
    call.budget().step(milliseconds * STEPS_PER_MILLISECOND)?;
    Ok(RsaKey::generate(&mut Source(call.host()), bits).map(PrivateKey::Rsa))
}

fn new_key(call: &Call<'_>) -> Result<PrivateKey, Error> {
    match rsa(call, 2048)? {
        Some(key) => Ok(key),
        None => fail("error generating rsa key: no randomness"),
    }
}

fn given_key(arguments: &[Value], index: usize) -> Result<PrivateKey, Error> {
    PrivateKey::from_pem(text(arguments, index).as_bytes())
        .map_err(|problem| Error::message(format!("parsing private key: {problem}")))
}

// === certificates ===

pub fn custom(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let decode = |index: usize, what: &str| {
        decode_base64(text(arguments, index).as_bytes())
            .map_err(|_| Error::message(format!("unable to decode base64 {what}")))
    };
    let certificate = decode(0, "certificate")?;
    let key = decode(1, "private key")?;
    let Some(block) = pem::decode(&certificate) else {
        return fail("unable to decode certificate");
    };
    if let Err(problem) = Issuer::from_der(&block.content) {
        return fail(format!("error parsing certificate: decodedCert.Bytes: {problem}"));
    }
    if let Err(problem) = PrivateKey::from_pem(&key) {
        return fail(format!("error parsing private key: {problem}"));
    }
    let lossy = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(Value::object(Pair { certificate: lossy(certificate), key: lossy(key) }))
}

pub fn authority(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    issue_authority(call, arguments, &new_key(call)?)
}

pub fn authority_with_key(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    issue_authority(call, arguments, &given_key(arguments, 2)?)
}

fn issue_authority(call: &Call<'_>, arguments: &[Value], key: &PrivateKey) -> Outcome {
    let mut request = request(call, arguments, 1, &[])?;
    request.is_authority = true;
    issue(&request, key, None, key)
}

pub fn self_signed(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let key = new_key(call)?;
    issue(&request(call, arguments, 3, &[1, 2])?, &key, None, &key)
}

pub fn self_signed_with_key(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let key = given_key(arguments, 4)?;
    issue(&request(call, arguments, 3, &[1, 2])?, &key, None, &key)
}

pub fn signed(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    issue_signed(call, arguments, &new_key(call)?)
}

pub fn signed_with_key(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    issue_signed(call, arguments, &given_key(arguments, 5)?)
}

fn issue_signed(call: &Call<'_>, arguments: &[Value], key: &PrivateKey) -> Outcome {
    let Some(above) = arguments.get(4).and_then(|value| value.downcast::<Pair>()) else {
        return fail("unable to decode certificate");
    };
    let Some(block) = pem::decode(above.certificate.as_bytes()) else {
        return fail("unable to decode certificate");
    };
    let issuer = Issuer::from_der(&block.content).map_err(|problem| {
        Error::message(format!("error parsing certificate: decodedSignerCert.Bytes: {problem}"))
    })?;
    let signer = PrivateKey::from_pem(above.key.as_bytes())
        .map_err(|problem| Error::message(format!("error parsing private key: {problem}")))?;
    issue(&request(call, arguments, 3, &[1, 2])?, key, Some(&issuer), &signer)
}

fn issue(request: &Request, key: &PrivateKey, issuer: Option<&Issuer>, signer: &PrivateKey) -> Outcome {
    let der = request
        .sign(key, issuer, signer)
        .map_err(|problem| Error::message(format!("error creating certificate: {problem}")))?;
    let certificate = pem::encode("CERTIFICATE", &der);
    Ok(Value::object(Pair { certificate, key: key.to_pem().unwrap_or_default() }))
}

/// The request in the arguments: the name first, the days at `days`, addresses and hosts at `lists`.
fn request(call: &Call<'_>, arguments: &[Value], days: usize, lists: &[usize]) -> Result<Request, Error> {
    let (addresses, hosts) = match lists {
        [addresses, hosts] => {
            (addresses_of(call, &arguments[*addresses])?, hosts_of(call, &arguments[*hosts])?)
        }
        _ => (Vec::new(), Vec::new()),
    };
    Ok(Request {
        serial: bytes(call.host()),
        name: text(arguments, 0).as_bytes().to_vec(),
        addresses,
        hosts,
        validity: validity(call, integer(arguments, days)),
        is_authority: false,
    })
}

/// From now on for so many days, whose nanoseconds wrap around in 64 bits as Go's do.
fn validity(call: &Call<'_>, days: i64) -> [Vec<u8>; 2] {
    const NANOSECONDS: i64 = 1_000_000_000;
    let (seconds, nanoseconds) = call.host().now();
    let span = (24 * 3600 * NANOSECONDS).wrapping_mul(days);
    let carry = (i64::from(nanoseconds) + span.rem_euclid(NANOSECONDS)) / NANOSECONDS;
    let end = seconds + span.div_euclid(NANOSECONDS) + carry;
    [seconds, end].map(moment)
}

/// A moment as certificates write it: with two digits of the year from 1950 to 2049.
fn moment(seconds: i64) -> Vec<u8> {
    let (year, rest) = calendar_date(seconds);
    if (1950..2050).contains(&year) {
        tagged(0x17, format!("{:02}{rest}", year % 100).as_bytes())
    } else {
        tagged(0x18, format!("{year:04}{rest}").as_bytes())
    }
}

fn addresses_of(call: &Call<'_>, list: &Value) -> Result<Vec<IpAddr>, Error> {
    let mut addresses = Vec::new();
    for item in list.as_list().map(|list| list.to_vec()).unwrap_or_default() {
        let Value::Text(text) = &item else {
            return fail(format!("error parsing ip: {} is not a string", printed(call, &item)?));
        };
        match text.to_str().parse() {
            Ok(address) => addresses.push(address),
            Err(_) => return fail(format!("error parsing ip: {text}")),
        }
    }
    Ok(addresses)
}

fn hosts_of(call: &Call<'_>, list: &Value) -> Result<Vec<Vec<u8>>, Error> {
    let mut hosts = Vec::new();
    for item in list.as_list().map(|list| list.to_vec()).unwrap_or_default() {
        let Value::Text(text) = &item else {
            let shown = printed(call, &item)?;
            return fail(format!("error processing alternate dns name: {shown} is not a string"));
        };
        hosts.push(text.as_bytes().to_vec());
    }
    Ok(hosts)
}

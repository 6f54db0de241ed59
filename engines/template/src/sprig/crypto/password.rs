//! Passwords: hashed with bcrypt, derived from a master password, and random identifiers.

use super::source::STEPS_PER_MILLISECOND;
use crate::sprig::argument::{integer, text};
use crate::sprig::encode_base64;
use crate::sprig::random::bytes;
use crate::{Call, Error, Value};
use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use blowfish::Blowfish;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

type Outcome = Result<Value, Error>;

/// Two to this power is how often bcrypt expands its key.
const COST: u32 = 10;
/// The longest password that bcrypt takes, in bytes.
const LONGEST: usize = 72;

pub fn bcrypt(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    hashed(call, text(arguments, 0).as_bytes()).map(Value::from)
}

pub fn htpasswd(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let (user, password) = (text(arguments, 0), text(arguments, 1));
    if user.as_bytes().contains(&b':') {
        return Ok(Value::text([b"invalid username: ", user.as_bytes()].concat()));
    }
    let hash = hashed(call, password.as_bytes())?;
    Ok(Value::text([user.as_bytes(), b":", hash.as_bytes()].concat()))
}

fn hashed(call: &Call<'_>, password: &[u8]) -> Result<String, Error> {
    if password.len() > LONGEST {
        let problem = "bcrypt: password length exceeds 72 bytes";
        return Ok(format!("failed to encrypt string with bcrypt: {problem}"));
    }
    call.budget().step(60 * STEPS_PER_MILLISECOND)?;
    let salt: [u8; 16] = bytes(call.host());
    let engine = GeneralPurpose::new(&BCRYPT, NO_PAD);
    let digest = bcrypt_digest(password, &salt);
    Ok(format!("$2a${COST}${}{}", engine.encode(salt), engine.encode(&digest[..23])))
}

/// The digest of bcrypt as its paper describes it: a cipher with an expensive key schedule encrypts a constant.
fn bcrypt_digest(password: &[u8], salt: &[u8; 16]) -> [u8; 24] {
    let key = [password, b"\0"].concat();
    let mut cipher = Blowfish::bc_init_state();
    cipher.salted_expand_key(salt, &key);
    for _ in 0..1_u32 << COST {
        cipher.bc_expand_key(&key);
        cipher.bc_expand_key(salt);
    }
    let mut digest = *b"OrpheanBeholderScryDoubt";
    for block in digest.chunks_exact_mut(8) {
        let (left, right) = block.split_at(4);
        let word = |half: &[u8]| half.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let mut pair = [word(left), word(right)];
        for _ in 0..64 {
            pair = cipher.bc_encrypt(pair);
        }
        block[..4].copy_from_slice(&pair[0].to_be_bytes());
        block[4..].copy_from_slice(&pair[1].to_be_bytes());
    }
    digest
}

/// The kinds of passwords: templates whose letters stand for classes of characters.
const TEMPLATES: &[(&str, &[&str])] = &[
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

/// The characters that a letter of a template stands for.
fn class(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// `COUNTER KIND PASSWORD USER SITE`: the Master Password algorithm.
pub fn derive(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let counter = match arguments.first() {
        Some(Value::Uint(_, counter)) => *counter as u32,
        Some(Value::Int(_, counter)) => *counter as u32,
        _ => 0,
    };
    let [kind, password, user, site] = [1, 2, 3, 4].map(|index| text(arguments, index));
    let Some((_, templates)) = TEMPLATES.iter().find(|(name, _)| kind == *name) else {
        return Ok(Value::text([b"cannot find password template ", kind.as_bytes()].concat()));
    };
    call.budget().step(200 * STEPS_PER_MILLISECOND)?;
    let key = derived_key(password.as_bytes(), &seasoned(user.as_bytes()));
    let mut code =
        Hmac::<Sha256>::new_from_slice(&key).map_err(|_| Error::message("failed to derive password"))?;
    code.update(&seasoned(site.as_bytes()));
    code.update(&counter.to_be_bytes());
    let seed = code.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let chosen = template.bytes().zip(&seed[1..]).map(|(letter, byte)| {
        let class = class(letter);
        char::from(class[usize::from(*byte) % class.len()])
    });
    Ok(chosen.collect::<String>().into())
}

/// A text with the algorithm's name and its own length before it.
fn seasoned(text: &[u8]) -> Vec<u8> {
    [b"com.lyndir.masterpassword", &(text.len() as u32).to_be_bytes()[..], text].concat()
}

fn derived_key(password: &[u8], salt: &[u8]) -> [u8; 64] {
    let mut key = [0; 64];
    let parameters = scrypt::Params::new(15, 8, 2).expect("the parameters are constant and valid");
    scrypt::scrypt(password, salt, &parameters, &mut key).expect("64 bytes are a valid length");
    key
}

pub fn random_bytes(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let Ok(count) = usize::try_from(integer(arguments, 0)) else {
        return Err(Error::message("runtime error: makeslice: len out of range"));
    };
    call.budget().produce(count.saturating_mul(2))?;
    let mut buffer = vec![0; count];
    call.host().random(&mut buffer);
    Ok(encode_base64(&buffer).into())
}

/// A random UUID of version 4.
pub fn uuid(call: &Call<'_>, _: &[Value]) -> Outcome {
    let mut raw: [u8; 16] = bytes(call.host());
    raw[6] = raw[6] & 0x0f | 0x40;
    raw[8] = raw[8] & 0x3f | 0x80;
    let hex = super::digest::hexadecimal(&raw);
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-").into())
}

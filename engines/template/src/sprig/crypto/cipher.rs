//! AES-256 in CBC mode with PKCS#7 padding; the key is the password, cut or filled with zeros to 32 bytes.

use crate::sprig::argument::text;
use crate::sprig::{decode_base64, encode_base64};
use crate::{Call, Error, Value};
use aes::Aes256;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};

type Outcome = Result<Value, Error>;

const BLOCK: usize = 16;

fn key(arguments: &[Value]) -> [u8; 32] {
    let password = text(arguments, 0);
    let mut key = [0; 32];
    let length = password.len().min(32);
    key[..length].copy_from_slice(&password.as_bytes()[..length]);
    key
}

/// The initial vector and what is encrypted, as base64.
pub fn encrypt(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let plain = text(arguments, 1);
    if plain.is_empty() {
        return Ok("".into());
    }
    call.budget().produce(plain.len() * 2 + 2 * BLOCK)?;
    let padding = BLOCK - plain.len() % BLOCK;
    let mut content = plain.as_bytes().to_vec();
    content.extend(std::iter::repeat_n(padding as u8, padding));
    let vector: [u8; BLOCK] = crate::sprig::random::bytes(call.host());
    let encryptor = cbc::Encryptor::<Aes256>::new(&key(arguments).into(), &vector.into());
    let encrypted = encryptor.encrypt_padded_vec::<NoPadding>(&content);
    Ok(encode_base64(&[&vector[..], &encrypted].concat()).into())
}

/// The text that was encrypted; of the padding only the last byte is looked at.
pub fn decrypt(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let encoded = text(arguments, 1);
    if encoded.is_empty() {
        return Ok("".into());
    }
    call.budget().produce(encoded.len())?;
    let whole = decode_base64(encoded.as_bytes())
        .map_err(|error| Error::message(format!("illegal base64 data at input byte {}", error.0)))?;
    let Some((vector, encrypted)) = whole.split_first_chunk::<BLOCK>() else {
        let message = format!("runtime error: slice bounds out of range [:16] with capacity {}", whole.len());
        return Err(Error::message(message));
    };
    let decryptor = cbc::Decryptor::<Aes256>::new(&key(arguments).into(), vector.into());
    let Ok(decrypted) = decryptor.decrypt_padded_vec::<NoPadding>(encrypted) else {
        return Err(Error::message("crypto/cipher: input not full blocks"));
    };
    let Some(padding) = decrypted.last() else {
        return Err(Error::message("runtime error: index out of range [-1]"));
    };
    match decrypted.len().checked_sub(usize::from(*padding)) {
        Some(length) => Ok(Value::text(&decrypted[..length])),
        None => {
            let end = decrypted.len() as i64 - i64::from(*padding);
            Err(Error::message(format!("runtime error: slice bounds out of range [:{end}]")))
        }
    }
}

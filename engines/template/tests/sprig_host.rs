//! Sprig functions that ask the host: randomness, time, and what they cost.
//!
//! What was issued with the randomness of this file's host stands in `cases/sprig-issued.pem`, as Go's crypto/x509
//! accepts it: `go run ./certificates < ../cases/sprig-issued.pem` in `oracle`.

use sluice_template::{Environment, Error, Functions, Host, Limits, Set, Value, sprig};
use std::cell::Cell;
use std::sync::Arc;

/// A host whose time stands still and whose randomness is the same every time.
struct Fixed(Cell<u64>);

impl Host for Fixed {
    fn now(&self) -> (i64, u32) {
        (1_700_000_000, 123_456_789)
    }

    fn random(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.0.set(state);
            let mixed = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *byte = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB).to_be_bytes()[0];
        }
    }
}

/// A host in another time zone.
struct Abroad;

impl Host for Abroad {
    fn now(&self) -> (i64, u32) {
        (1_700_000_000, 0)
    }

    fn zone(&self) -> &str {
        "Asia/Kolkata"
    }
}

fn render(template: &str, host: &dyn Host, limits: Limits) -> Result<String, Error> {
    let mut set = Set::new(Arc::new(sprig::add_to(Functions::new())));
    set.parse("t", template.as_bytes())?;
    let output = set.render("t", &Value::Nil, &Environment::new(host, &(), limits))?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

fn rendered(template: &str, host: &dyn Host) -> String {
    match render(template, host, Limits::default()) {
        Ok(output) => output,
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn random_texts_have_their_shape() {
    for (call, shape) in [
        ("randAlpha 40", "^[a-zA-Z]{40}$"),
        ("randAlphaNum 40", "^[a-zA-Z0-9]{40}$"),
        ("randNumeric 40", "^[0-9]{40}$"),
        ("randAscii 40", "^[ -~]{40}$"),
        ("randInt -3 4 | toString", "^(-[123]|[0-3])$"),
        ("shuffle \"abc\"", "^[abc]{3}$"),
        ("uuidv4", "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
        ("randBytes 16", "^[A-Za-z0-9+/]{22}==$"),
        ("bcrypt \"secret\"", "^\\\\$2a\\\\$10\\\\$[./A-Za-z0-9]{53}$"),
        ("htpasswd \"me\" \"secret\"", "^me:\\\\$2a\\\\$10\\\\$[./A-Za-z0-9]{53}$"),
        ("encryptAES \"key\" \"0123456789abcdef\" | b64dec | len | toString", "^48$"),
        ("encryptAES \"key\" \"text\" | decryptAES \"key\"", "^text$"),
        ("genPrivateKey \"ecdsa\"", "^-----BEGIN EC PRIVATE KEY-----\\n"),
        ("genPrivateKey \"ed25519\"", "^-----BEGIN PRIVATE KEY-----\\n"),
        ("now | unixEpoch", "^1700000000$"),
        ("ago (int64 1699999000)", "^16m40s$"),
        ("now | toString", "^2023-11-14 22:13:20.123456789 \\\\+0000 UTC$"),
    ] {
        let template = format!("{{{{ {call} | regexMatch \"{shape}\" }}}}");
        assert_eq!(rendered(&template, &Fixed(Cell::new(7))), "true", "{template}");
    }
}

#[test]
fn randomness_differs_from_call_to_call() {
    for call in
        ["randAlphaNum 20", "uuidv4", "randBytes 20", "encryptAES \"k\" \"x\"", "genPrivateKey \"ed25519\""]
    {
        let template = format!("{{{{ eq ({call}) ({call}) }}}}");
        assert_eq!(rendered(&template, &Fixed(Cell::new(7))), "false", "{template}");
    }
}

#[test]
fn a_hash_is_the_one_that_the_original_verified() {
    let hash = "$2a$10$WuRkjVK9bzKgYPpz479bh.fkghv/rKCt7xes8CAtxLfJ2gHWtdTo6";
    assert_eq!(rendered("{{ bcrypt \"secret\" }}", &Fixed(Cell::new(7))), hash);
}

#[test]
fn local_time_is_that_of_the_host() {
    for (template, output) in [
        ("{{ date \"15:04 MST -0700\" 0 }}", "05:30 IST +0530"),
        ("{{ now | htmlDate }} {{ now }}", "2023-11-15 2023-11-15 03:43:20 +0530 IST"),
        ("{{ toDate \"2006-01-02\" \"2024-02-29\" | unixEpoch }}", "1709145000"),
        ("{{ dateInZone \"15:04\" now \"UTC\" }} {{ dateInZone \"15:04\" now \"Local\" }}", "22:13 03:43"),
        ("{{ toDate \"15:04 -0700\" \"10:00 +0530\" }}", "0000-01-01 10:00:00 +0530 +0530"),
    ] {
        assert_eq!(rendered(template, &Abroad), output, "{template}");
    }
}

/// Certificates and keys of every kind; the first certificate signs the next ones.
const ISSUED: &str = "\
{{ $ca := genCA \"an authority\" 3650 }}{{ $ca.Cert }}{{ $ca.Key -}}
{{ $signed := genSignedCert \"host\" (list \"10.0.0.1\" \"::1\") (list \"a.example\" \"*.b\") 30 $ca }}
{{- $signed.Cert }}{{ $signed.Key -}}
{{ $elliptic := genSignedCertWithKey \"\" nil (list \"c.example\") 30 $ca (genPrivateKey \"ecdsa\") }}
{{- $elliptic.Cert }}{{ $elliptic.Key -}}
{{ $edwards := genSelfSignedCertWithKey \"ünd\" nil nil 20000 (genPrivateKey \"ed25519\") }}
{{- $edwards.Cert }}{{ $edwards.Key -}}
{{ $own := genSelfSignedCert \"own\" nil (list \"own.example\") 365 }}{{ $own.Cert }}{{ $own.Key -}}
{{ (buildCustomCert (b64enc $own.Cert) (b64enc $own.Key)).Cert -}}
{{ $below := genCAWithKey \"below\" 10 (genPrivateKey \"ecdsa\") }}{{ $below.Cert }}{{ $below.Key -}}
";

#[test]
fn certificates_are_those_that_go_accepts() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/sprig-issued.pem");
    let accepted = std::fs::read_to_string(path).expect("the file is part of the project");
    let issued = rendered(ISSUED, &Fixed(Cell::new(7)));
    assert!(issued == accepted, "issued something else, to be verified:\n{issued}");
}

#[test]
fn expensive_keys_are_paid_for() {
    let loops = "{{ range until 1000 }}{{ $k := genPrivateKey \"rsa\" }}{{ end }}";
    let limits = Limits { steps: 1_000_000, ..Limits::default() };
    let error = render(loops, &Fixed(Cell::new(7)), limits).expect_err("the budget ends");
    assert!(error.is_limit(), "{error}");
}

#[test]
fn what_costs_too_much_is_a_limit() {
    let limits = Limits { steps: 300_000, produced: 64 << 20, ..Limits::default() };
    for template in [
        "{{ repeat 10000000000 \"a\" }}",
        "{{ indent 10000000000 \"a\" }}",
        "{{ nindent 2000000000 \"a\" }}",
        "{{ until 1000000000000 }}",
        "{{ untilStep 0 9223372036854775807 1 }}",
        "{{ untilStep 9223372036854775807 -9223372036854775808 -1 }}",
        "{{ seq 1 9000000000000000000 }}",
        "{{ randAlphaNum 9000000000000 }}",
        "{{ randBytes 9000000000000 }}",
        "{{ $s := repeat 1000000 \"a\" }}{{ replace \"\" $s $s }}",
        "{{ $s := repeat 1000000 \"a\\n\" }}{{ indent 1000000 $s }}",
        "{{ $l := until 100000 }}{{ join (repeat 1000000 \"a\") $l }}",
        "{{ wrapWith 1 (repeat 1000000 \"a\") (repeat 100000 \"b\") }}",
        "{{ regexReplaceAll \"\" (repeat 1000000 \"a\") (repeat 100000 \"b\") }}",
        "{{ regexMatch (repeat 3000 \"(\\\\pL{300})\") \"a\" }}",
        "{{ regexFindAll \".*x|a\" (repeat 300000 \"a\") -1 | len }}",
        "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ toJson $d }}",
        "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ deepCopy $d }}",
        "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ $e := dict }}{{ $_ := set $e \"a\" $e }}{{ merge $d $e }}",
        "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ $e := dict }}{{ $_ := set $e \"a\" $e }}{{ deepEqual $d $e }}",
        "{{ fromJson (repeat 100000 \"[\") }}",
        "{{ $l := until 20000 }}{{ uniq $l | len }}",
        "{{ $l := list 1 }}{{ range until 40 }}{{ $l = concat $l $l }}{{ end }}",
    ] {
        let error = render(template, &Fixed(Cell::new(7)), limits.clone()).expect_err(template);
        assert!(error.is_limit(), "{template}: {error}");
    }
}

//! The certificate authority of one control plane: what the API server shows and what clients show it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};

use crate::error::{Error, OnFile};

/// The file with the authority's certificate, in the folder of the control plane.
pub(crate) const AUTHORITY: &str = "ca.crt";
const AUTHORITY_KEY: &str = "ca.key";

/// A certificate authority whose certificate and key are files in one folder.
pub(crate) struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, both PEM.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    /// Makes an authority and writes it to the folder.
    pub(crate) fn create(folder: &Path) -> Result<Self, Error> {
        let key = KeyPair::generate()?;
        let certificate = authority_params().self_signed(&key)?.pem();
        write(folder, AUTHORITY, &certificate)?;
        write(folder, AUTHORITY_KEY, &key.serialize_pem())?;
        Ok(Self { certificate, issuer: Issuer::new(authority_params(), key) })
    }

    /// Reads the authority of a control plane that another process started.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let read = |name: &str| fs::read_to_string(folder.join(name)).on("read", folder.join(name));
        let key = KeyPair::from_pem(&read(AUTHORITY_KEY)?)?;
        Ok(Self { certificate: read(AUTHORITY)?, issuer: Issuer::new(authority_params(), key) })
    }

    /// Answers the authority's certificate, PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Issues what the API server shows to clients on the loopback interface and inside the cluster.
    pub(crate) fn server(&self) -> Result<Identity, Error> {
        let names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];
        let mut params = CertificateParams::new(names.map(str::to_owned))?;
        let addresses = [Ipv4Addr::LOCALHOST, Ipv4Addr::new(10, 96, 0, 1)];
        params.subject_alt_names.extend(addresses.map(|address| SanType::IpAddress(IpAddr::V4(address))));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(params, "kube-apiserver", None)
    }

    /// Issues what makes its holder this user, member of this group.
    pub(crate) fn client(&self, user: &str, group: Option<&str>) -> Result<Identity, Error> {
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(params, user, group)
    }

    fn issue(
        &self,
        mut params: CertificateParams,
        name: &str,
        group: Option<&str>,
    ) -> Result<Identity, Error> {
        params.distinguished_name = distinguished_name(name, group);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Identity { certificate, key: key.serialize_pem() })
    }
}

impl Identity {
    /// Writes `<name>.crt` and `<name>.key`.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> Result<(), Error> {
        write(folder, &format!("{name}.crt"), &self.certificate)?;
        write(folder, &format!("{name}.key"), &self.key)
    }
}

/// Writes the key pair that service account tokens are signed and checked with.
pub(crate) fn write_token_key(folder: &Path, name: &str) -> Result<(), Error> {
    let key = KeyPair::generate()?;
    write(folder, &format!("{name}.key"), &key.serialize_pem())?;
    write(folder, &format!("{name}.pub"), &key.public_key_pem())
}

/// The same for every authority, so that one can be opened again from its key.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name("control-plane", None);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params
}

/// Kubernetes reads the user from the common name, the group from the organization.
fn distinguished_name(name: &str, group: Option<&str>) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    if let Some(group) = group {
        distinguished.push(DnType::OrganizationName, group);
    }
    distinguished
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    fs::write(folder.join(name), text).on("write", folder.join(name))
}

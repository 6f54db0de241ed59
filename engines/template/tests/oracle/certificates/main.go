// Checks certificates and keys from standard input with crypto/x509: the first certificate is the authority of the
// others, or they sign themselves. Prints what it sees, and fails when it cannot accept something.
package main

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"os"
	"time"
)

func main() {
	data, err := io.ReadAll(os.Stdin)
	accept(err)
	var authority *x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			certificate, err := x509.ParseCertificate(block.Bytes)
			accept(err)
			if authority == nil {
				authority = certificate
			}
			check(certificate, authority)
		} else {
			accept(key(block))
			fmt.Println(block.Type)
		}
	}
}

func check(certificate, authority *x509.Certificate) {
	signer := authority
	if certificate.Issuer.String() == certificate.Subject.String() {
		signer = certificate
	}
	accept(signer.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature))
	roots := x509.NewCertPool()
	roots.AddCert(signer)
	_, err := certificate.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: certificate.NotBefore.Add(time.Hour)})
	accept(err)
	fmt.Println("CERTIFICATE", certificate.Subject, certificate.Issuer, certificate.IsCA, certificate.KeyUsage,
		certificate.ExtKeyUsage, certificate.DNSNames, certificate.IPAddresses, certificate.NotBefore, certificate.NotAfter,
		certificate.SignatureAlgorithm)
}

func key(block *pem.Block) error {
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err == nil {
			err = key.Validate()
		}
		return err
	case "EC PRIVATE KEY":
		_, err := x509.ParseECPrivateKey(block.Bytes)
		return err
	case "DSA PRIVATE KEY":
		return dsa(block.Bytes)
	}
	_, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	return err
}

func dsa(der []byte) error {
	var key struct {
		Version       int
		P, Q, G, Y, X *big.Int
	}
	if _, err := asn1.Unmarshal(der, &key); err != nil {
		return err
	}
	order := new(big.Int).Exp(key.G, key.Q, key.P)
	public := new(big.Int).Exp(key.G, key.X, key.P)
	if !key.P.ProbablyPrime(20) || !key.Q.ProbablyPrime(20) || order.Cmp(big.NewInt(1)) != 0 || public.Cmp(key.Y) != 0 {
		return fmt.Errorf("not a DSA key")
	}
	return nil
}

func accept(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

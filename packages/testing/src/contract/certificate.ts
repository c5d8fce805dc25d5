/**
 * A server on loopback in tests: for 127.0.0.1 and localhost, from 2020 to 2120. The key is public, so it
 * protects nothing, and as `CA:FALSE` it vouches for nobody else. Made with OpenSSL 3.0, in an empty folder:
 *
 * ```sh
 * printf '%s\n' '[ca]' default_ca=own \
 *   '[own]' new_certs_dir=. database=made rand_serial=yes default_md=sha256 policy=p x509_extensions=x \
 *   '[p]' commonName=supplied \
 *   '[x]' basicConstraints=critical,CA:FALSE subjectAltName=IP:127.0.0.1,DNS:localhost >made.cnf
 * : >made
 * openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=countersign test' \
 *   -keyout key.pem -out request.pem
 * openssl ca -config made.cnf -batch -notext -selfsign -keyfile key.pem -in request.pem -out cert.pem \
 *   -startdate 20200101000000Z -enddate 21200101000000Z
 * ```
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUE4xEwiguNeg2HiIhEVcockKa5SowCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQY291bnRlcnNpZ24gdGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8y
MTIwMDEwMTAwMDAwMFowGzEZMBcGA1UEAwwQY291bnRlcnNpZ24gdGVzdDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABLcxfEN0MZawIOgaRtHbDaoaVQza/qYjFa05
N2qUj3qTgFaMIWV6GGWNFEoVC2JfVUov670L34zEOcVjTFh81yajSzBJMAwGA1Ud
EwEB/wQCMAAwGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MB0GA1UdDgQWBBRG
OnZ4/Xnhi17BKY9vhLSGBWme0jAKBggqhkjOPQQDAgNJADBGAiEAtQ+6L6jJ4xug
iJuQ8zEndnQuIWkq7JqldyMEbOSKzJoCIQDgBMcYfByO9rhcbhKZqt/QkPbNYiLa
o8P9hRLezlh+ug==
-----END CERTIFICATE-----
`

/** Of the same key, and as long good, for another name: `subjectAltName=DNS:other.example`. */
export const OTHER_NAME = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUSqniNbCS41/zBFQwpbWtNjcQkw8wCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQY291bnRlcnNpZ24gdGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8y
MTIwMDEwMTAwMDAwMFowGzEZMBcGA1UEAwwQY291bnRlcnNpZ24gdGVzdDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABLcxfEN0MZawIOgaRtHbDaoaVQza/qYjFa05
N2qUj3qTgFaMIWV6GGWNFEoVC2JfVUov670L34zEOcVjTFh81yajSTBHMAwGA1Ud
EwEB/wQCMAAwGAYDVR0RBBEwD4INb3RoZXIuZXhhbXBsZTAdBgNVHQ4EFgQURjp2
eP154YtewSmPb4S0hgVpntIwCgYIKoZIzj0EAwIDSAAwRQIhAOo9btFeqpial6aj
xyRE+pfUjGv4p2W34ube2mOV9rFMAiAYqAPiBTUGjsU8qBi9o19WpEQGQD35Zphr
sTVd1N9trg==
-----END CERTIFICATE-----
`

/** Of the same key and for 127.0.0.1, and expired since 2020: `-enddate 20200102000000Z`. */
export const EXPIRED = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUC1kZrvJA+sbzz6NMPHLgF0iiGZ0wCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQY291bnRlcnNpZ24gdGVzdDAeFw0yMDAxMDEwMDAwMDBaFw0y
MDAxMDIwMDAwMDBaMBsxGTAXBgNVBAMMEGNvdW50ZXJzaWduIHRlc3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAS3MXxDdDGWsCDoGkbR2w2qGlUM2v6mIxWtOTdq
lI96k4BWjCFlehhljRRKFQtiX1VKL+u9C9+MxDnFY0xYfNcmo0swSTAMBgNVHRMB
Af8EAjAAMBoGA1UdEQQTMBGHBH8AAAGCCWxvY2FsaG9zdDAdBgNVHQ4EFgQURjp2
eP154YtewSmPb4S0hgVpntIwCgYIKoZIzj0EAwIDSAAwRQIgQxFFj215PNPjcIA0
kdMcFYamLikNSFWUBvhDJPXi8lwCIQDVQ3i/t+aGCATTlpi5FR7XOIrp2YZ+Ni0j
9dWXvmw2lg==
-----END CERTIFICATE-----
`

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0yV5V1ppMkaoh3/6
KQ/OUoK00Yr5YWOV1+efGV19bV6hRANCAAS3MXxDdDGWsCDoGkbR2w2qGlUM2v6m
IxWtOTdqlI96k4BWjCFlehhljRRKFQtiX1VKL+u9C9+MxDnFY0xYfNcm
-----END PRIVATE KEY-----
`

/// The certificate for which the operator's password is encrypted when the shop talks to the simulator.
///
/// Its private key is published with the simulator and guards nothing: both exist so that practice takes the same steps
/// as production.
enum PracticeCertificate {
    static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIDGTCCAgGgAwIBAgIUPI4k+nLM/saCdZNuD0nzNR73vKgwDQYJKoZIhvcNAQEL
        BQAwHDEaMBgGA1UEAwwRc2ltdWxhdG9yLmV4YW1wbGUwHhcNMjYxMTIxMDU1NDEy
        WhcNNDYxMTIxMDU1NDEyWjAcMRowGAYDVQQDDBFzaW11bGF0b3IuZXhhbXBsZTCC
        ASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBALVoP5IQkGBuuzG6GBqGJkNX
        f404jSO/WaMwwxI3BJJO0+uiqdf6HjdbKCZk3UR3D/WT4Vs2ULQ3Pyj5tT5NdR7k
        THm4hS+f9+KlH8XWo2d+5DYvBEBzk0tcubctGJm0GuNMGAxiBGr5TF7xhptCjSKF
        TuKhYghF8n0AwMB7QthJH6SWKgOExGFv8Emh9zql8fDPglRvgq5cSk0M/9Wav71p
        SjJ+C71kw8fjXD8RoIKlOglRaXucyrZ0jzJ4T2c0lZDgAaJfQZwk+G7aEkqVs9Kd
        LalCKZugJYjQp0OXVb3rVD6okbW8v5ErmenvNBFrKNvqkCdzs0AHiHuvQsRNQ1cC
        AwEAAaNTMFEwHQYDVR0OBBYEFMEUpdvJcMLQQv+E6RZX/pMnlKjfMB8GA1UdIwQY
        MBaAFMEUpdvJcMLQQv+E6RZX/pMnlKjfMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZI
        hvcNAQELBQADggEBAA6oegMlkNfXGEX3wb5rBqoIeA15VSC4qNOk0RFoz8Sy1Mln
        1Ck+mNdEJRWbGVhYJjIFJVaavkPCEqEUT7A8ubhprrRlCVq3tYJoiC5jh64WtSYb
        t9QrDfGIiPPxhLMkUObODdR0xQl/tO8p5thwQ1a0nlmNIJmhKCpBwTFs6+jMotG1
        dKb90SlB/3D9sinKXI91Z3hFuimDgnH/UkcppIY75ch/szZW7Xp6HBUMdewFURQB
        5t1tyH1f5pN3unvWXfTbr2KCgkwboNqwrY3CvEgs7UdWrAgE3IMmNo2xQ6hRA5Yw
        imj52J4zhddHgGnbzHyvToy+DR0a7AlOycCiSJg=
        -----END CERTIFICATE-----
        """
}

internal import Cryptography

/// The practice provider's key pair: initiators' passwords are encrypted for its certificate, as they are for
/// Safaricom's. Both halves are published here and guard nothing.
package enum PracticeKey {
    /// What a shop encrypts with.
    package static let certificate = """
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

    /// What the simulator decrypts with.
    private static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC1aD+SEJBgbrsx
        uhgahiZDV3+NOI0jv1mjMMMSNwSSTtProqnX+h43WygmZN1Edw/1k+FbNlC0Nz8o
        +bU+TXUe5Ex5uIUvn/fipR/F1qNnfuQ2LwRAc5NLXLm3LRiZtBrjTBgMYgRq+Uxe
        8YabQo0ihU7ioWIIRfJ9AMDAe0LYSR+klioDhMRhb/BJofc6pfHwz4JUb4KuXEpN
        DP/Vmr+9aUoyfgu9ZMPH41w/EaCCpToJUWl7nMq2dI8yeE9nNJWQ4AGiX0GcJPhu
        2hJKlbPSnS2pQimboCWI0KdDl1W961Q+qJG1vL+RK5np7zQRayjb6pAnc7NAB4h7
        r0LETUNXAgMBAAECggEAQBbT+rUaZM9KGC/gSyKgywLTH9/eUUZNk09rY3iHh28N
        BL8jlRea7ECqxyG0YHdV7pNvtwtR6NFp4X6S7y9rVN4gPJKZjzFLYMmol3sUoMBe
        PNxQerq6S5I3VIU8nzTXmPzttBY+7FImDpby0NBqz0rci0mrujOID2ygLIB/paxZ
        wmyVXmEDmqq+0vhmWENiP60Xx0htx3fapFYDE1YOSpSTe2OhAy5/Qc/A3yzzIJ3l
        ZCevdLEz/MKa8whQnns7p/FT0+xUg2i+3ylaGchp52jUqpxZYwFRVl4Smx8pKrFb
        4vqzhjQKGcOof0c14EXLqPZunDSsu58DHQIYpKCG6QKBgQD7uhTIsndaHaZjH6y6
        511Z4tGvnDcLGxYx2Kl+iWvG/bPPcBx5vCrcBMtlFQiFYQ8gGtng8eodvml7xFbk
        JkSTVnEg5c1EjnuTG8ZsuCAySOJk0SyZl4mbnsH8StCbxG9/Kr/Myv4fMj/mjM4a
        j3bzDdkt3PvqdeXhMS+7BsK53wKBgQC4fJT8YYRc1wwAf7dhnK+kScVfufLakQn1
        DJZT8eYlS2k7cwgq2prwaRY+gKCtm99fozbtm6b1i43wpPwzW+rZaSRgDn4jEalN
        4q2O0OgiOeXnlQrG3p1kkBn30Z8rCplf83UAJgHuLyAg28I8yiE7y3f0pABfjgCy
        Ud13PzeViQKBgFLRxCjL3sy9WJLgRvovSN1b7NU0Nj/nJ4Q63nkNSXJs4g3rutKq
        gAdnZGvbYbRQXKOZcfm6XeZvUVExJc1mccVv+URzlvdpUWrzBnOamK0yoZm94Eig
        PNwAfZ4+FyhIls5mCDieyMEGzVNTHDRM4zvQYJXgUNmw9HMEtcl4zfRNAoGBAKQD
        XhDiQWKobKsk4EuPmTddvnNURWu69jc9cYg/znPpjyyjH+e5YXXKd1Qp1q+BnBzS
        ZcroTo6N+yquAulGFowixYwAVnOnB/WOSO5nG3kSMCqqfmI/F36H/g4r9m21hpWf
        Q61WHPE8RDvyI8UXjmQyh/qesxZAkK33ygRx12DBAoGAJdIBUPO+eB7vj6tA7mK8
        bOSWvapsmeBMloNm/d3qMQGm4aVokqpwJiDl0b/eiTByhja+hsgutaIdakhCo+lP
        3T7ZpuvTbEWBv/HW9lGZEBRtr306uPtuj6yIs8W9dQJlOevjHQG8ZBt/O8BFhivp
        4ikJBOrzRkA6/3qN4smo+0A=
        -----END PRIVATE KEY-----

        """

    private static let key: PrivateKey = {
        do throws(CryptographyError) { return try PrivateKey(pem: privateKey) } catch {
            preconditionFailure("The practice key does not read: \(error)")
        }
    }()

    /// The text that was encrypted for the certificate and written in base64; `nil` for anything else.
    static func decrypt(_ credential: String) -> String? {
        guard let bytes = Base64.decode(credential) else { return nil }
        do throws(CryptographyError) {
            return String(validating: try key.decrypt(bytes), as: UTF8.self)
        } catch {
            return nil
        }
    }
}

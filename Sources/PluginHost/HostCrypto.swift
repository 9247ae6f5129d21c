import Cryptography
import Foundation
import PaymentKit

/// The shop's cryptography, as a plugin may use it.
struct HostCrypto: CryptoProviding {
    func rsaEncrypt(_ message: Secret, certificate: String) throws(PaymentError) -> Data {
        do {
            return Data(try Certificate(pem: certificate).encrypt(Array(message.reveal().utf8)))
        } catch { throw .misconfigured("The certificate cannot be used: \(error.message)") }
    }
}

import Cryptography
import Foundation
import Testing

/// The key pairs are made by the openssl program, which also decrypts: the judge is not our own code.
@Suite("Certificates")
struct CertificateTests {
    @Test("The owner of the certificate reads what was encrypted for it", arguments: [0, 1, 16, 245])
    func encrypting(count: Int) throws {
        let pair = try KeyPair("rsa:2048")
        let message = SecureRandom.bytes(count)
        let certificate = try Certificate(pem: pair.certificatePEM)

        let encrypted = try certificate.encrypt(message)

        #expect(encrypted.count == 256)
        #expect(try pair.decrypt(encrypted) == message)
        #expect(try certificate.encrypt(message) != encrypted)
    }

    @Test("PEM and DER are the same certificate, with the fingerprint that openssl shows")
    func fingerprint() throws {
        let pair = try KeyPair("rsa:2048")
        let shown = try pair.openssl("x509", "-in", "certificate.pem", "-noout", "-fingerprint", "-sha256")
        let digits = try #require(shown.split(separator: "=").last).filter(\.isHexDigit).lowercased()
        try pair.openssl("x509", "-in", "certificate.pem", "-outform", "DER", "-out", "certificate.der")
        let der = try pair.read("certificate.der")

        #expect(Hex.encode(try Certificate(pem: pair.certificatePEM).sha256Fingerprint) == digits)
        #expect(Hex.encode(try Certificate(der: der).sha256Fingerprint) == digits)
        #expect(Hex.encode(SHA256.hash(der)) == digits)
        #expect(throws: CryptographyError.self) { try Certificate(der: der + [0]) }
        #expect(throws: CryptographyError.self) { try Certificate(der: Array(der.dropLast())) }
    }

    @Test("A certificate that has expired still encrypts: providers keep theirs for years")
    func expired() throws {
        let pair = try KeyPair("rsa:2048")
        try pair.openssl("x509", "-in", "certificate.pem", "-signkey", "key.pem", "-days", "-1", "-out", "expired.pem")
        let pem = String(decoding: try pair.read("expired.pem"), as: UTF8.self)
        #expect(try pair.decrypt(Certificate(pem: pem).encrypt([1, 2, 3])) == [1, 2, 3])
    }

    @Test("A message one byte too long is refused before anything is encrypted")
    func tooLong() throws {
        let certificate = try Certificate(pem: KeyPair("rsa:2048").certificatePEM)
        let error = #expect(throws: CryptographyError.self) { try certificate.encrypt(SecureRandom.bytes(246)) }
        #expect(error?.kind == .tooLong)
    }

    @Test("Keys that are weak or not for RSA are refused", arguments: ["rsa:1024", "ed25519"])
    func otherKeys(algorithm: String) throws {
        let pem = try KeyPair(algorithm).certificatePEM
        let error = #expect(throws: CryptographyError.self) { try Certificate(pem: pem) }
        #expect(error?.kind == .malformed)
        #expect(error?.message.contains("RSA") == true)
    }

    @Test(
        "What is no certificate is refused in words",
        arguments: [
            "", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
                + "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END CERTIFICATE-----\n",
        ])
    func notACertificate(text: String) throws {
        let error = #expect(throws: CryptographyError.self) { try Certificate(pem: text) }
        #expect(error?.kind == .malformed)
        #expect(error?.message.contains("certificate") == true)
        #expect(throws: CryptographyError.self) { try Certificate(der: Array(text.utf8)) }
    }

    @Test("A certificate of more than 64 KiB is not read")
    func tooLarge() throws {
        let pem = try KeyPair("rsa:2048").certificatePEM
        let spaces = String(repeating: "\n", count: 65_536 - pem.utf8.count)
        #expect(throws: Never.self) { try Certificate(pem: spaces + pem) }
        let error = #expect(throws: CryptographyError.self) { try Certificate(pem: "\n" + spaces + pem) }
        #expect(error?.kind == .malformed)
    }
}

/// A private key and its certificate in a folder of their own, removed with the value.
final class KeyPair {
    let folder: URL
    private(set) var certificatePEM = ""

    init(_ algorithm: String) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "duka-\(Hex.encode(SecureRandom.bytes(8)))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try openssl(
            "req", "-x509", "-newkey", algorithm, "-nodes", "-keyout", "key.pem", "-out", "certificate.pem",
            "-subj", "/CN=provider.example")
        certificatePEM = String(decoding: try read("certificate.pem"), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }

    func decrypt(_ encrypted: [UInt8]) throws -> [UInt8] {
        try Data(encrypted).write(to: folder.appending(path: "encrypted"))
        try openssl("pkeyutl", "-decrypt", "-inkey", "key.pem", "-in", "encrypted", "-out", "plain")
        return try read("plain")
    }

    @discardableResult
    func openssl(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
        return String(decoding: text, as: UTF8.self)
    }
}

/// Something that reads bytes from strangers, and what must be true of it whatever the bytes are.
package struct FuzzTarget: Sendable {
    /// Also the folder of its corpus.
    package let name: String
    private let check: @Sendable ([UInt8]) throws(Wrong) -> Void

    init(_ name: String, _ check: @escaping @Sendable ([UInt8]) throws(Wrong) -> Void) {
        self.name = name
        self.check = check
    }

    /// - Throws: ``Wrong`` when these bytes show a fault.
    package func run(_ bytes: [UInt8]) throws(Wrong) { try check(bytes) }

    /// Every target. A new reader of foreign bytes gets a line here and a folder in `Tests/Fuzzing/Corpus`.
    package static let all = [
        callback, answer, statement, form, multipart, query, phone, token, cart, account, json, message, passkey,
    ]
}

/// What bytes have shown to be wrong.
package struct Wrong: Error, CustomStringConvertible {
    package let description: String
    init(_ sentence: String) { description = sentence }
}

/// - Throws: ``Wrong`` with the sentence when it is not so.
func require(_ isSo: Bool, _ otherwise: @autoclosure () -> String) throws(Wrong) {
    if !isSo { throw Wrong(otherwise()) }
}

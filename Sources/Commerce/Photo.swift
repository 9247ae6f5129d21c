/// A photo of goods as pages show it, in the sizes that they need.
package struct Photo: Hashable, Sendable {
    /// Pixels of its longer side.
    package enum Size: Int, CaseIterable, Sendable {
        /// Beside a name in a list.
        case card = 320
        /// On the product's own page.
        case page = 800
    }

    /// Most bytes of a file that may be uploaded.
    package static let mostBytes = 8 << 20

    private static let prefix = "photo-"
    /// What the product keeps of it: 32 hexadecimal digits of the upload's hash behind a word.
    package let name: String

    /// - Returns: Nil for a file of the shop's own, such as `none.svg`.
    package init?(_ name: String) {
        let digits = name.dropFirst(Self.prefix.count)
        guard name.hasPrefix(Self.prefix), digits.count == 32,
            digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.name = name
    }

    /// - Parameter hash: At least 16 bytes of the uploaded file's hash, as hexadecimal digits.
    package init(hash: String) { name = Self.prefix + hash.prefix(32) }

    /// The file's name in a size.
    package func file(_ size: Size) -> String { "\(name)-\(size.rawValue).jpg" }

    /// Whether bytes begin as a photo does that can be read: JPEG, PNG or WebP.
    package static func isPicture(_ bytes: [UInt8]) -> Bool {
        func begins(_ start: [UInt8], at place: Int = 0) -> Bool {
            bytes.count >= place + start.count && Array(bytes[place..<place + start.count]) == start
        }
        return begins([0xFF, 0xD8, 0xFF]) || begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            || begins(Array("RIFF".utf8)) && begins(Array("WEBP".utf8), at: 8)
    }
}

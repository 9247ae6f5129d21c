import Commerce
import Cryptography
import Database
import Storage

/// Makes a photo anew from a file that anybody may have made: smaller, upright, without what was hidden in it.
///
/// - Parameters:
///   - bytes: The file as it was uploaded.
///   - side: Pixels that its longer side has at most.
/// - Returns: A JPEG file.
/// - Throws: ``PhotoRefusal``.
package typealias PhotoMaking = @Sendable (_ bytes: [UInt8], _ side: Int) async throws -> [UInt8]

/// Why a photo was not taken.
package enum PhotoRefusal: Error, Sendable, Hashable {
    case noSuchProduct
    case tooLarge
    /// No JPEG, PNG or WebP, or one that does not read.
    case notReadable
    /// The program that reads photos is missing on this machine.
    case noReader
}

extension Shop {
    /// Gives a product a photo. It is made anew in a process of its own before anything of it is kept.
    package func setPhoto(of slug: String, from bytes: [UInt8], by make: PhotoMaking) async throws {
        guard bytes.count <= Photo.mostBytes else { throw PhotoRefusal.tooLarge }
        guard Photo.isPicture(bytes) else { throw PhotoRefusal.notReadable }
        guard let old = try await shelfItem(slug)?.product.photo else { throw PhotoRefusal.noSuchProduct }
        let photo = Photo(hash: Hex.encode(SHA256.hash(bytes)))
        var files: [(name: String, bytes: [UInt8])] = []
        for size in Photo.Size.allCases { files.append((photo.file(size), try await make(bytes, size.rawValue))) }
        let now = now()
        try await database.transaction { [files] transaction in
            for file in files { try transaction.keepPhoto(file.name, file.bytes, at: now) }
            guard try transaction.setPhoto(photo.name, of: slug) else { throw PhotoRefusal.noSuchProduct }
            if let old = Photo(old), old != photo { try transaction.forgetPhoto(old) }
        }
    }

    /// Takes a product's photo away.
    package func removePhoto(of slug: String) async throws {
        guard let old = try await shelfItem(slug)?.product.photo else { throw PhotoRefusal.noSuchProduct }
        try await database.transaction { transaction in
            _ = try transaction.setPhoto("none.svg", of: slug)
            if let old = Photo(old) { try transaction.forgetPhoto(old) }
        }
    }

    /// A photo's file; nil when there is none of that name.
    package func photo(_ name: String) async throws -> [UInt8]? { try await database.read { try $0.photo(name) } }
}

import Commerce
import Database

extension SQLReading {
    /// A photo's file, or nil when there is none of that name.
    package func photo(_ name: String) throws -> [UInt8]? {
        try first("SELECT bytes FROM photos WHERE name = \(name)")?.blob(0)
    }
}

extension Transaction {
    /// Keeps a photo's file; the same again changes nothing.
    package func keepPhoto(_ name: String, _ bytes: [UInt8], at now: Timestamp) throws {
        _ = try insertIfNew(
            "INSERT INTO photos (name, bytes, created_at) VALUES (\(name), \(bytes), \(now.milliseconds))")
    }

    /// Forgets the files of a photo that no product shows any more.
    package func forgetPhoto(_ photo: Photo) throws {
        guard try first("SELECT 1 FROM products WHERE photo = \(photo.name)") == nil else { return }
        for size in Photo.Size.allCases { try execute("DELETE FROM photos WHERE name = \(photo.file(size))") }
    }

    /// Gives a product another photo.
    ///
    /// - Returns: False when there is no such product.
    package func setPhoto(_ photo: String, of slug: String) throws -> Bool {
        try execute("UPDATE products SET photo = \(photo), version = version + 1 WHERE slug = \(slug)") == 1
    }
}

extension TestShop {
    static let boundary = "----duka7MA4YWxkTrZu0gW"

    /// The body of a form with a file, as a browser writes it.
    package static func parts(
        _ fields: [(String, String)], file: (field: String, name: String, bytes: [UInt8])
    ) -> [UInt8] {
        var body = fields.map { name, value in
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }.joined()
        body +=
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(file.field)\"; "
            + "filename=\"\(file.name)\"\r\nContent-Type: text/csv\r\n\r\n"
        return Array(body.utf8) + file.bytes + Array("\r\n--\(boundary)--\r\n".utf8)
    }
}

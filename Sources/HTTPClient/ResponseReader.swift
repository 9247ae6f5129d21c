/// Collects an answer as it arrives, up to its limits.
struct ResponseReader {
    /// All header lines of an answer together, those before it ("103 Early Hints") included.
    static let maxHeaderBytes = 65_536

    let maxBodyBytes: Int
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    /// Whether the answer was cut off because it passed a limit.
    private(set) var isTooLarge = false
    /// Whether the header of the answer itself has ended. libcurl is content with a connection that closes before.
    private(set) var hasHead = false
    private var headerBytes = 0
    private var isInHeaders = false
    private var isInterim = false

    init(maxBodyBytes: Int) {
        self.maxBodyBytes = maxBodyBytes
    }

    /// Takes one header line with its line end, or the status line.
    ///
    /// - Returns: `false` when there are too many bytes and the transfer must end.
    mutating func read(headerLine line: [UInt8]) -> Bool {
        headerBytes += line.count
        guard headerBytes <= ResponseReader.maxHeaderBytes else {
            isTooLarge = true
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            // A new answer: what came before was an interim one.
            headers = []
            isInHeaders = true
            isInterim = line.drop { $0 != 0x20 }.dropFirst().first == UInt8(ascii: "1")
        } else if line == [0x0D, 0x0A] || line == [0x0A] {
            // What follows the body (trailer fields) is not part of what was promised before it.
            if isInHeaders && !isInterim { hasHead = true }
            isInHeaders = false
        } else if isInHeaders, let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = line[(colon + 1)...].drop(while: ResponseReader.isBlank)
            let end = value.lastIndex { !ResponseReader.isBlank($0) }.map { $0 + 1 } ?? value.startIndex
            headers.append((name, String(decoding: value[..<end], as: UTF8.self)))
        }
        return true
    }

    /// - Returns: `false` when there are too many bytes and the transfer must end.
    mutating func read(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= maxBodyBytes - body.count else {
            isTooLarge = true
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }
}

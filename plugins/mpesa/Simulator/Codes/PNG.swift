/// Writes black and white pictures of one bit for a pixel; ISO/IEC 15948.
enum PNG {
    /// A code in the middle of a white square of `size` pixels, with four modules of border where there is room.
    static func picture(_ code: QRCode, size: Int) -> [UInt8] {
        let module = max(1, size / (code.side + 8))
        let side = max(size, code.side * module)
        let start = (side - code.side * module) / 2
        func isWhite(_ column: Int, _ row: Int) -> Bool {
            let (x, y) = (column - start, row - start)
            guard x >= 0, y >= 0, x < code.side * module, y < code.side * module else { return true }
            return !code[x / module, y / module]
        }
        var rows: [UInt8] = []
        for row in 0..<side {
            rows.append(0)
            for first in stride(from: 0, to: side, by: 8) {
                rows.append(
                    (first..<first + 8).reduce(0) { $0 << 1 | ($1 < side && isWhite($1, row) ? 1 : 0) })
            }
        }
        let header = bytes(UInt32(side)) + bytes(UInt32(side)) + [1, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
            + chunk("IDAT", zlib(rows)) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let content = Array(name.utf8) + data
        return bytes(UInt32(data.count)) + content + bytes(crc(content))
    }

    /// Stored blocks: nothing is compressed; RFC 1950 and RFC 1951, section 3.2.4.
    private static func zlib(_ data: [UInt8]) -> [UInt8] {
        var output: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: data.count, by: 65_535) {
            let block = data[start..<min(start + 65_535, data.count)]
            let count = UInt16(block.count)
            output.append(block.endIndex == data.count ? 1 : 0)
            for number in [count, ~count] { output += [UInt8(number & 255), UInt8(number >> 8)] }
            output += block
        }
        return output + bytes(adler(data))
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    private static func adler(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }
}

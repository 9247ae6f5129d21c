/// A QR code of byte mode with error correction L in the versions 1 to 5, which have one block each; ISO/IEC 18004.
///
/// One mask is used for all: readers undo any, and choosing the prettiest is for print.
struct QRCode {
    /// Modules on a side.
    let side: Int
    private var isDark: [Bool]
    /// Modules that hold no data.
    private var isFunction: [Bool]

    /// Codewords of data and of error correction, by version.
    private static let capacity = [(19, 7), (34, 10), (55, 15), (80, 20), (108, 26)]

    /// The smallest code that holds `bytes`; `nil` for more than 106 of them.
    init?(_ bytes: [UInt8]) {
        guard let place = Self.capacity.firstIndex(where: { $0.0 >= bytes.count + 2 }) else { return nil }
        let (dataCount, correctionCount) = Self.capacity[place]
        side = 21 + 4 * place
        isDark = Array(repeating: false, count: side * side)
        isFunction = isDark
        drawPatterns(hasAlignment: place > 0)
        let data = Self.codewords(bytes, dataCount)
        draw(data + ReedSolomon.remainder(of: data, count: correctionCount))
        drawFormat()
    }

    subscript(column: Int, row: Int) -> Bool { isDark[row * side + column] }

    private mutating func set(_ column: Int, _ row: Int, _ dark: Bool) {
        isDark[row * side + column] = dark
        isFunction[row * side + column] = true
    }

    private mutating func drawPatterns(hasAlignment: Bool) {
        for place in 0..<side {
            set(6, place, place.isMultiple(of: 2))
            set(place, 6, place.isMultiple(of: 2))
        }
        for (column, row) in [(3, 3), (side - 4, 3), (3, side - 4)] { drawRings(column, row, reach: 4) }
        if hasAlignment { drawRings(side - 7, side - 7, reach: 2) }
        // Held free until the format is drawn.
        drawFormat()
    }

    /// Squares around a centre, dark and light in turn: a finder with its border, or an alignment mark.
    private mutating func drawRings(_ column: Int, _ row: Int, reach: Int) {
        for down in -reach...reach {
            for right in -reach...reach {
                let (x, y) = (column + right, row + down)
                guard (0..<side).contains(x), (0..<side).contains(y) else { continue }
                let distance = max(abs(down), abs(right))
                set(x, y, reach == 4 ? distance != 2 && distance != 4 : distance != 1)
            }
        }
    }

    /// Correction L and mask 0, with their own error correction, twice.
    private mutating func drawFormat() {
        let bits = 0b111_0111_1100_0100
        func bit(_ place: Int) -> Bool { bits >> place & 1 == 1 }
        for place in 0...5 { set(8, place, bit(place)) }
        set(8, 7, bit(6))
        set(8, 8, bit(7))
        set(7, 8, bit(8))
        for place in 9..<15 { set(14 - place, 8, bit(place)) }
        for place in 0..<8 { set(side - 1 - place, 8, bit(place)) }
        for place in 8..<15 { set(8, side - 15 + place, bit(place)) }
        set(8, side - 8, true)
    }

    /// Writes bits in columns of two from the right, up and down in turn, around what is drawn already.
    private mutating func draw(_ codewords: [UInt8]) {
        var place = 0
        let columns = Array(stride(from: side - 1, through: 8, by: -2)) + [5, 3, 1]
        for (turn, start) in columns.enumerated() {
            for step in 0..<side {
                let row = turn.isMultiple(of: 2) ? side - 1 - step : step
                for column in [start, start - 1] where !isFunction[row * side + column] {
                    let isSet = place < codewords.count * 8 && codewords[place / 8] >> (7 - place % 8) & 1 == 1
                    isDark[row * side + column] = isSet != (column + row).isMultiple(of: 2)
                    place += 1
                }
            }
        }
    }

    /// Mode, length, bytes, end, and padding.
    private static func codewords(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        var nibbles: [UInt8] = [4, UInt8(bytes.count >> 4), UInt8(bytes.count & 15)]
        for byte in bytes { nibbles += [byte >> 4, byte & 15] }
        nibbles.append(0)
        var codewords = stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
        var padding: UInt8 = 0xEC
        while codewords.count < count {
            codewords.append(padding)
            padding ^= 0xEC ^ 0x11
        }
        return codewords
    }
}

/// Error correction over the field of 256 elements with the polynomial 0x11D.
enum ReedSolomon {
    static func remainder(of data: [UInt8], count: Int) -> [UInt8] {
        var generator: [UInt8] = [1]
        var root: UInt8 = 1
        for _ in 0..<count {
            // Times (x - root).
            var next = generator + [0]
            for (place, factor) in generator.enumerated() { next[place + 1] ^= product(factor, root) }
            generator = next
            root = product(root, 2)
        }
        var remainder = [UInt8](repeating: 0, count: count)
        for byte in data {
            let factor = byte ^ remainder.removeFirst()
            remainder.append(0)
            for place in 0..<count { remainder[place] ^= product(generator[place + 1], factor) }
        }
        return remainder
    }

    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var product: UInt8 = 0
        for place in stride(from: 7, through: 0, by: -1) {
            product = (product << 1) ^ (product >> 7 == 1 ? 0x1D : 0)
            if right >> place & 1 == 1 { product ^= left }
        }
        return product
    }
}

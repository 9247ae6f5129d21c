/// Goods as a table: what the owner edits in a spreadsheet.
package struct GoodsSheet: Sendable {
    /// A line of the table that could be read as one.
    package struct Line: Sendable {
        /// As a spreadsheet counts, the header being 1.
        package let number: Int
        /// Where the product is in the shop; empty for a new one.
        package let slug: String
        package let form: GoodsForm
        /// Of what the product was when the file was made; nil when the file does not say.
        package let version: Int64?
    }

    /// What keeps a file from being read at all.
    package enum Problem: Error, Sendable, Hashable {
        case notText
        /// Columns that must be there and are not.
        case missing([String])
        case tooManyLines(most: Int)
        case empty
    }

    /// Most goods in one file.
    package static let most = 1_000
    /// The columns in the order in which they are given out. `stock_then` is the stock when the file was made: what is
    /// sold until it comes back stays sold. `version` tells that nobody else has changed the product meanwhile, this
    /// very file among them; without it the stock is what the file says.
    package static let columns = [
        "address", "name_en", "name_sw", "about_en", "about_sw", "price", "vat", "stock", "stock_then", "position",
        "hidden", "version",
    ]
    private static let needed = ["name_en", "price", "stock"]

    package let lines: [Line]

    /// Reads a file.
    ///
    /// Columns are found by their names, in any order and case; those that are missing keep what a product has. VAT is
    /// in percent.
    ///
    /// - Parameter known: What the shop has, by address: it fills in for missing columns.
    package init(_ bytes: [UInt8], known: [String: ShelfItem]) throws(Problem) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText }
        var rows = DelimitedText.rows(text)
        guard !rows.isEmpty else { throw .empty }
        let header = rows.removeFirst().map { $0.lowercased().filter { !$0.isWhitespace } }
        let missing = Self.needed.filter { !header.contains($0) }
        guard missing.isEmpty else { throw .missing(missing) }
        guard rows.count <= Self.most else { throw .tooManyLines(most: Self.most) }
        lines = rows.enumerated().compactMap { place, row in
            guard row.contains(where: { !$0.isEmpty }) else { return nil }
            return Self.line(place + 2, row, header, known)
        }
        guard !lines.isEmpty else { throw .empty }
    }

    private static func line(
        _ number: Int, _ row: [String], _ header: [String], _ known: [String: ShelfItem]
    ) -> Line {
        func cell(_ column: String) -> String? {
            guard let place = header.firstIndex(of: column), place < row.count else { return nil }
            return row[place]
        }
        let slug = cell("address") ?? ""
        let item = known[slug]
        func value(_ column: String, _ stored: String?) -> String { cell(column) ?? stored ?? "" }
        let vat = cell("vat").map(basisPoints) ?? item.map { "\($0.product.vat.basisPoints)" } ?? "1600"
        let stock = cell("stock") ?? ""
        let version = cell("version").flatMap { Int64($0) }
        let hidden = cell("hidden").map { ["1", "yes", "true", "ndiyo", "x"].contains($0.lowercased()) }
        return Line(
            number: number, slug: slug,
            form: GoodsForm(
                nameEnglish: value("name_en", nil), nameSwahili: value("name_sw", item?.product.name.swahili),
                aboutEnglish: value("about_en", item?.product.about.english),
                aboutSwahili: value("about_sw", item?.product.about.swahili), price: value("price", nil), vat: vat,
                stock: stock,
                stockShown: (version == nil ? nil : cell("stock_then")) ?? item.map { "\($0.product.stock)" } ?? "0",
                position: cell("position").flatMap { $0.isEmpty ? nil : $0 } ?? "\(item?.position ?? 100)",
                isHidden: hidden ?? item?.isHidden ?? false),
            version: version)
    }

    /// `16`, `16%` or `8.5` percent in hundredths; what is none of these stays, to be refused.
    private static func basisPoints(_ text: String) -> String {
        let plain = text.filter { $0 != "%" && $0 != " " }
        guard let percent = Double(plain), (0...100).contains(percent) else { return text }
        return "\(Int((percent * 100).rounded()))"
    }

    /// A product as a line of the table.
    package static func cells(_ item: ShelfItem) -> [String] {
        let product = item.product
        let percent = Double(product.vat.basisPoints) / 100
        return [
            product.slug, product.name.english, product.name.swahili, product.about.english, product.about.swahili,
            product.price.decimalText, percent == percent.rounded() ? "\(Int(percent))" : "\(percent)",
            "\(product.stock)", "\(product.stock)", "\(item.position)", item.isHidden ? "yes" : "",
            "\(item.version)",
        ]
    }
}

/// Text in rows and cells, as spreadsheets write it (RFC 4180): commas, or semicolons where the first line has more of
/// them; cells in quotes may hold anything.
package enum DelimitedText {
    /// All rows, cells without spaces around them; an unfinished quote ends with the text.
    package static func rows(_ text: String) -> [[String]] {
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        let firstLine = scalars.prefix { $0 != "\n" && $0 != "\r" }
        let separator: Unicode.Scalar =
            firstLine.count { $0 == ";" } > firstLine.count { $0 == "," } ? ";" : ","
        var rows: [[String]] = []
        var row: [String] = []
        var cell = String.UnicodeScalarView()
        var isQuoted = false
        var wasQuoted = false
        var place = 0
        func end() {
            let text = String(cell)
            row.append(wasQuoted ? unguarded(text) : unguarded(trimmed(text)))
            cell.removeAll()
            wasQuoted = false
        }
        while place < scalars.count {
            let scalar = scalars[place]
            place += 1
            if isQuoted {
                guard scalar == "\"" else {
                    cell.append(scalar)
                    continue
                }
                if place < scalars.count, scalars[place] == "\"" {
                    cell.append("\"")
                    place += 1
                } else {
                    isQuoted = false
                }
            } else if scalar == "\"", cell.allSatisfy({ $0 == " " }) {
                cell.removeAll()
                isQuoted = true
                wasQuoted = true
            } else if scalar == separator {
                end()
            } else if scalar == "\n" || scalar == "\r" {
                if scalar == "\r", place < scalars.count, scalars[place] == "\n" { place += 1 }
                end()
                rows.append(row)
                row = []
            } else {
                cell.append(scalar)
            }
        }
        if !row.isEmpty || !cell.isEmpty || wasQuoted {
            end()
            rows.append(row)
        }
        return rows
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }

    /// Without the apostrophe that keeps a spreadsheet from computing a cell of ours.
    private static func unguarded(_ text: String) -> String {
        guard text.first == "'", let second = text.dropFirst().first, "=+-@".contains(second) else { return text }
        return String(text.dropFirst())
    }
}

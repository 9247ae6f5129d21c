import Checkout
import Commerce
import HTTPServer

/// Goods as a file for spreadsheets, out and in.
extension Site {
    /// `GET /admin/goods.csv`: everything the shop has.
    func exportGoods(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        var bytes = CSVLine.byteOrderMark + CSVLine(GoodsSheet.columns).bytes
        for item in try await shop.shelf() { bytes += CSVLine(GoodsSheet.cells(item)).bytes }
        return Response(
            headers: [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", "attachment; filename=\"goods.csv\""),
            ] + Self.privateHeaders, body: .bytes(SharedBytes(bytes)))
    }

    /// Lines of a report that a page can keep.
    private static let reported = 100
    private static let reportedBytes = 12_000

    /// `POST /admin/goods.csv`: goods are added and changed as a file says, and each line is told about.
    func importGoods(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        guard let press = visit.press else { throw PageProblem(400) }
        guard let file = visit.form?.files.first(where: { $0.field == "sheet" }), !file.bytes.isEmpty else {
            throw StaffProblem("sheet", "staff_sheet_missing")
        }
        let known = Dictionary(
            try await shop.shelf().map { ($0.product.slug, $0) }, uniquingKeysWith: { first, _ in first })
        let sheet: GoodsSheet
        do { sheet = try GoodsSheet(file.bytes, known: known) } catch {
            throw Self.problem(of: error)
        }
        var lines: [Shop.SheetLine] = []
        let entry = AuditEntry(visit.visitor.name, "goods_imported", "goods", file.name)
        let deed = try await shop.act(entry, press: press, refusal: { _ in nil }) { [shop] in
            lines = try await shop.take(sheet)
            return Self.summary(of: lines, words)
        }
        guard case .done(let summary) = deed else { return try await told(deed, visit, "/admin/goods") }
        let refused = lines.compactMap { line -> String? in
            guard case .refused(let refusal) = line.outcome else { return nil }
            let why = Self.problems(refusal).map { words($0.key, values: $0.values) }.joined(separator: " ")
            return words(
                "staff_sheet_line", "\(line.number)", line.name.isEmpty ? "–" : String(line.name.prefix(60)), why)
        }
        var room = Self.reportedBytes
        let report = refused.prefix(Self.reported).prefix { line in
            room -= line.utf8.count
            return room > 0
        }
        return try await done(visit, "/admin/goods", summary, report: Array(report))
    }

    private static func summary(of lines: [Shop.SheetLine], _ words: WordBook.Words) -> String {
        var (added, changed, same, refused) = (0, 0, 0, 0)
        for line in lines {
            switch line.outcome {
            case .added: added += 1
            case .changed: changed += 1
            case .same: same += 1
            case .refused: refused += 1
            }
        }
        return words("staff_sheet_done", "\(added)", "\(changed)", "\(same)", "\(refused)")
    }

    private static func problem(of problem: GoodsSheet.Problem) -> StaffProblem {
        switch problem {
        case .notText: StaffProblem("sheet", "staff_sheet_not_text")
        case .missing(let columns): StaffProblem("sheet", "staff_sheet_columns", columns.joined(separator: ", "))
        case .tooManyLines(let most): StaffProblem("sheet", "staff_sheet_long", "\(most)")
        case .empty: StaffProblem("sheet", "staff_sheet_empty")
        }
    }
}

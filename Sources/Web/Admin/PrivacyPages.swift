import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit

/// What the shop knows of somebody: given out when they ask for it, and forgotten when they ask for that.
extension Site {
    private static let path = "/admin/privacy"

    /// `GET /admin/privacy`
    func privacyPage(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_privacy_title"))
        for key in ["export", "erase"] {
            var form = Self.form(key, draft)
            form["person_typed"] = draft?.form == key ? draft?.typed["person"] ?? "" : ""
            form["why_typed"] = draft?.form == key ? draft?.typed["reason"] ?? "" : ""
            context["\(key)_form"] = form
        }
        context["kept_text"] = words(
            "staff_privacy_kept", "\(shop.rules.peopleDays)", "\(shop.rules.messageDays)")
        return staffPage(.privacy, context)
    }

    /// `POST /admin/privacy/export`: all that is known under a number, as a file.
    func exportPerson(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let phone = try Self.person(visit)
        // Before it is given out; without the number, as the trail is kept in clear.
        try await shop.note(AuditEntry(visit.visitor.name, "person_exported", "a customer", ""))
        let data = try await shop.personalData(of: phone)
        guard !data.isEmpty else { throw StaffProblem("person", "staff_privacy_nobody") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let name = "personal-data-\(shop.now().eastAfrica.isoDate).json"
        return Response(
            headers: [
                ("Content-Type", "application/json"), ("Content-Disposition", "attachment; filename=\"\(name)\""),
            ] + Self.privateHeaders, body: .bytes(SharedBytes(Array(try encoder.encode(PersonFile(data))))))
    }

    /// `POST /admin/privacy/erase`: everything that is not needed any more is forgotten.
    func erasePerson(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let phone = try Self.person(visit)
        guard visit.form?["sure"] != nil else { throw StaffProblem("sure", "staff_privacy_not_sure") }
        guard let press = visit.press else { throw PageProblem(400) }
        let words = visit.words
        do {
            let deed = try await shop.once(press, refusal: { ($0 as? ErasureRefusal).map { "\($0)" } }) {
                let erasure = try await shop.forget(
                    phone, by: visit.visitor.name, because: visit.field("reason"))
                return Self.told(erasure, words)
            }
            return try await told(deed, visit, Self.path)
        } catch let refusal as ErasureRefusal {
            switch refusal {
            case .phone(let problem): throw StaffProblem("person", ProblemWords.key(problem))
            case .reasonMissing: throw StaffProblem("reason", "staff_reason_missing")
            case .reasonHoldsPhone: throw StaffProblem("reason", "staff_reason_phone")
            }
        }
    }

    private static func person(_ visit: StaffVisit) throws -> PhoneNumber {
        do { return try PhoneNumber(visit.field("person", atMost: 40)) } catch {
            throw StaffProblem("person", ProblemWords.key(error))
        }
    }

    private static func told(_ erasure: Erasure, _ words: WordBook.Words) -> String {
        guard !erasure.isNothing else { return words("staff_privacy_nobody") }
        let others = erasure.prompts + erasure.payments + erasure.payouts + erasure.messages
        var text = words("staff_privacy_erased", "\(erasure.orders.count)", "\(others)")
        if !erasure.waiting.isEmpty {
            let waiting = erasure.waiting.prefix(20).map { one in
                "\(one.what) (\(one.reasons.map { words("staff_keep_\($0.rawValue)") }.joined(separator: ", ")))"
            }
            text += " " + words("staff_privacy_waits", waiting.joined(separator: "; "))
        }
        return text
    }
}

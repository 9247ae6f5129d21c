import Checkout
import Commerce
import Foundation
import HTTPServer
import PaymentKit
import Synchronization

/// Paying from the provider's own menu, without a prompt: the steps, and a picture that a phone reads instead.
extension Site {
    /// The steps for exactly what is left to pay; nil while money without a prompt would not pay this order.
    func payByHand(_ view: OrderView, _ token: String, _ visit: Visit, isFirst: Bool) async -> Context? {
        guard view.isPayableByHand, let name = view.payableByHand, let provider = shop.provider(name),
            let instructions = await provider.instructions(
                for: view.order.standing.remainder, account: view.order.number.text)
        else { return nil }
        let steps = instructions.steps
        let words = speaking(visit, of: name).words
        let number = view.order.number.text
        let left = view.order.standing.remainder
        let hasAccount = steps.contains { $0.value == number }
        var context: Context = [
            "hand_title": hasAccount ? words("hand_title_paybill") : words("hand_title_till"),
            "hand_open": isFirst,
            "hand_lead": words("hand_lead", left.description), "hand_hint": words("hand_hint"),
            "hand_after": words("hand_after"), "hand_code": words("hand_code"),
            "hand_steps": steps.map { step -> Context in
                var line: Context = [
                    "step_words": step.words[visit.language.rawValue] ?? step.words["en"] ?? ""
                ]
                if let value = step.value {
                    line["step_value"] =
                        [
                            "copy": value, "spelt": value.map(String.init).joined(separator: " "),
                            "groups": Self.groups(of: value).map { ["group": $0] },
                        ] as Context
                }
                return line
            },
        ]
        if provider.abilities.offline != nil {
            context["hand_title"] = provider.abilities.manifest.name(in: visit.language.rawValue)
            context["hand_hint"] = words("hand_hint_offline")
            context["hand_after"] = (instructions.afterwards ?? [:])[visit.language.rawValue] ?? ""
        }
        if provider.abilities.codes != nil { context["code_href"] = "/orders/\(token)/code.png" }
        return context
    }

    /// The same look, with sentences that speak of a way to pay; of the usual one where there is none.
    func speaking(_ visit: Visit, of instance: String?) -> Visit {
        instance.flatMap { shop.manifest(of: $0) }.map {
            visit.speaking(of: $0.name(in: visit.language.rawValue))
        } ?? visit
    }

    /// What stands before the code of a payment: a bank's and the shop's own are numbers, and no messages.
    func codeLabel(of instance: String?, _ visit: Visit) -> String {
        let isOffline = instance.flatMap { shop.provider($0) }?.abilities.offline != nil
        return speaking(visit, of: instance).words(isOffline ? "payment_number" : "mpesa_code")
    }

    /// `TKL7AB23` as `TKL7` and `AB23`, amounts as people write them.
    static func groups(of value: String) -> [String] {
        let isAmount = value.allSatisfy(\.isNumber) && value.count < 5
        guard !isAmount, value.count > 4 else { return [value] }
        // From the right when it is a number, so that thousands stand together; a bank account's has no thousands.
        let size = value.allSatisfy(\.isNumber) && value.count < 9 && value.first != "0" ? 3 : 4
        var rest = Array(value)
        var groups: [String] = []
        while !rest.isEmpty {
            let count = size == 3 ? min(3, rest.count) : min(4, rest.count)
            if size == 3 {
                groups.insert(String(rest.suffix(count)), at: 0)
                rest.removeLast(count)
            } else {
                groups.append(String(rest.prefix(count)))
                rest.removeFirst(count)
            }
        }
        return groups
    }

    /// `/orders/<token>/code.png`: the picture for what is left to pay. Without one there is nothing to see.
    func orderCode(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        guard let view = try await viewOrder(request, parameters) else { throw PageProblem(404) }
        let now = shop.now()
        guard view.isPayableByHand, let name = view.payableByHand, let provider = shop.provider(name),
            provider.abilities.codes != nil
        else { return Self.noCode }
        let left = view.order.standing.remainder
        let key = "\(view.order.id.text) \(left.minor)"
        let code = await codes.code(for: key, at: now) {
            do {
                return try await provider.code(for: left, account: view.order.number.text)
            } catch {
                self.log.notice("A code was not drawn", metadata: ["provider": "\(name)"])
                return nil
            }
        }
        guard let code else { return Self.noCode }
        return Response(
            headers: [
                ("Content-Type", "image/png"), ("Cache-Control", "private, max-age=300"),
                ("X-Content-Type-Options", "nosniff"), ("X-Robots-Tag", "noindex"),
            ], body: .bytes(code))
    }

    private static let noCode = Response(status: 404, headers: [("Cache-Control", "no-store")])
}

/// Pictures that providers drew, for ten minutes; one that could not be drawn is not asked for again for half a minute.
final class DrawnCodes: Sendable {
    private enum Entry {
        case drawing
        case drawn(SharedBytes?, until: Timestamp)
    }
    private let entries = Mutex<[String: Entry]>([:])

    /// - Returns: Nil when there is none, or while another request has it drawn.
    func code(for key: String, at now: Timestamp, draw: () async -> Data?) async -> SharedBytes? {
        let known = entries.withLock { entries -> Entry? in
            switch entries[key] {
            case .drawing: return .drawing
            case .drawn(let code, let until) where now < until: return .drawn(code, until: until)
            case .drawn, nil:
                if entries.count >= 200 { entries.removeAll() }
                entries[key] = .drawing
                return nil
            }
        }
        switch known {
        case .drawing: return nil
        case .drawn(let code, _): return code
        case nil: break
        }
        let code = (await draw()).map { SharedBytes(Array($0)) }
        let until = now.adding(seconds: code == nil ? 30 : 600)
        entries.withLock { $0[key] = .drawn(code, until: until) }
        return code
    }
}

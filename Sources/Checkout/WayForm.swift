import Commerce
import PaymentKit

/// What a customer fills in for the way to pay that was chosen, beside what the checkout asks everybody.
struct WayForm {
    /// By field.
    private(set) var values: [String: String] = [:]
    private(set) var problems: [FormProblem] = []

    /// - Parameters:
    ///   - typed: By field, as typed.
    ///   - email: What the checkout's own field holds.
    init(_ manifest: Manifest, typed: [String: String], email: String) {
        for field in manifest.form {
            if field.isCheckoutsEmail, field.need != .never, email.isEmpty {
                problems.append(.emailNeeded(by: manifest.name))
            }
            guard field.isDrawn else { continue }
            let text = (typed[field.key] ?? "").trimmed
            guard text.isEmpty || WireLimits.isWord(text, atMost: Self.mostBytes) else {
                problems.append(.fieldWrong(key: field.key))
                continue
            }
            do {
                _ = try FieldValues([field.key: text], checkedAgainst: [field])
                if !text.isEmpty { values[field.key] = text }
            } catch {
                problems.append(text.isEmpty ? .fieldMissing(key: field.key) : .fieldWrong(key: field.key))
            }
        }
    }

    /// Of one field at most; with twenty of them what is stored has its place.
    private static let mostBytes = 250
}

extension Shop {
    /// The ways to pay that a basket of this total may use, in the owner's order: by currency and by the smallest and
    /// largest amount. All that are offered when none of them may, for then the customer should read why.
    package func offeredProviders(for total: Money) -> [(name: String, manifest: Manifest)] {
        let offered = offeredProviders
        let usable = offered.filter { $0.manifest.takes(total) }
        return usable.isEmpty ? offered : usable
    }
}

extension Manifest {
    /// Whether an amount lies within what the provider takes.
    package func takes(_ total: Money) -> Bool {
        guard currencies.contains(total.currency), !wholeUnitsOnly || total.whole != nil else { return false }
        return total.minor >= minimum?.minor ?? 1 && total.minor <= maximum?.minor ?? .max
    }
}

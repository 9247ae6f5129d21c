import Commerce
import Database
import Foundation
import PaymentKit
import Storage

/// Which form a token or a draft belongs to; it fits no other.
package enum FormPurpose: Sendable {
    case checkout
    /// The retry form of an order's page.
    case retry(pageToken: String)
    /// The form of an order's page for a receipt.
    case receipt(pageToken: String)
    /// The form that finds an order.
    case find
    /// The button of an ended order's page that fills the cart again.
    case orderAgain
    /// The forms of a rider's page.
    case rider(secret: String)
    /// The forms of one session of staff.
    case staff(session: String)
    /// The forms with which staff get in.
    case staffDoor

    /// Whether only staff can have it.
    var isStaffs: Bool {
        switch self {
        case .staff: true
        case .checkout, .retry, .receipt, .find, .orderAgain, .rider, .staffDoor: false
        }
    }

    var text: String {
        switch self {
        case .checkout: "checkout"
        case .retry(let pageToken): "retry \(pageToken)"
        case .receipt(let pageToken): "receipt \(pageToken)"
        case .find: "find"
        case .orderAgain: "order again"
        case .rider(let secret): "rider \(secret)"
        case .staff(let session): "staff \(session)"
        case .staffDoor: "staff door"
        }
    }
}

extension Shop {
    /// Seconds for which a draft is shown.
    package static let draftSeconds = 3_600
    /// How long a draft may be, in bytes: the longest form, and what is wrong with it.
    private static let draftBytes = 20 * 1_024
    /// How many drafts the shop keeps: with all of them as long as may be, 200 MiB.
    private static let draftLimit = 10_000
    /// How many more the desk may keep: shoppers must not keep staff from their work.
    private static let staffDrafts = 2_000

    /// The secret under which a form's draft is kept; nil when the token does not fit.
    package func draftSecret(formToken token: String, for purpose: FormPurpose) -> String? {
        tokens.verify(formToken: token, for: purpose.text, at: now()).map { tokens.draftSecret(form: $0) }
    }

    /// Keeps what was typed into a form, sealed and for an hour, instead of what was kept of the same form before.
    ///
    /// - Parameters:
    ///   - token: Of the form. It fits, or nothing is kept.
    ///   - browser: What only this browser sends; empty for one of which nothing is known.
    /// - Returns: The secret for the address of the page that shows it, which does not tell the form's token; nil when
    ///   it cannot be kept now.
    package func keepDraft(
        _ draft: some Encodable, of purpose: FormPurpose, token: String, browser: String
    ) async -> String? {
        let now = now()
        guard let formKey = tokens.verify(formToken: token, for: purpose.text, at: now) else { return nil }
        let secret = tokens.draftSecret(form: formKey)
        guard let key = AddressTokens.draftKey(secret, purpose.text, browser) else {
            preconditionFailure("A draft's secret is 22 characters.")
        }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            let content = Array(try encoder.encode(draft))
            guard content.count <= Self.draftBytes else { return nil }
            let isKept = try await database.transaction { [vault] transaction in
                try transaction.keepDraft(
                    content, key, until: now.adding(seconds: Self.draftSeconds),
                    atMost: Self.draftLimit + (purpose.isStaffs ? Self.staffDrafts : 0), vault)
            }
            if !isKept { log.warning("There are too many drafts of forms") }
            return isKept ? secret : nil
        } catch {
            // Nothing is lost: the answer shows what was typed.
            log.warning("A draft was not kept", metadata: ["error": "\(Self.summary(of: error))"])
            return nil
        }
    }

    /// What was kept under `secret`.
    ///
    /// - Parameter browser: What this browser sends; one that was kept for another browser is not found.
    /// - Returns: Nil when it is of another form, too old, or was never kept.
    package func draft<Kept: Decodable & Sendable>(
        _ secret: String, of purpose: FormPurpose, browser: String
    ) async throws -> Kept? {
        guard let key = AddressTokens.draftKey(secret, purpose.text, browser) else { return nil }
        let now = now()
        let content = try await database.read { [vault] in try $0.draft(key, at: now, vault) }
        guard let content else { return nil }
        do { return try JSONDecoder().decode(Kept.self, from: Data(content)) } catch is DecodingError {
            // Another version of the program kept it: as good as none.
            return nil
        }
    }

    /// Whether a form's token was made here, for this form, however long ago.
    package func isOurs(formToken token: String, for purpose: FormPurpose) -> Bool {
        tokens.isOurs(formToken: token, for: purpose.text)
    }

    /// Whether a form's token was made here, for this form, and is young enough.
    package func isGood(formToken token: String, for purpose: FormPurpose) -> Bool {
        tokens.verify(formToken: token, for: purpose.text, at: now()) != nil
    }

    /// A fresh token for a form.
    package func formToken(for purpose: FormPurpose) -> String { tokens.formToken(for: purpose.text, at: now()) }

    /// Whether a form has done what it is for already.
    package func wasUsed(formToken token: String, for purpose: FormPurpose) async throws -> Bool {
        guard let key = tokens.verify(formToken: token, for: purpose.text, at: now()) else { return false }
        return try await database.read { try $0.use(ofForm: key) } != nil
    }

    /// The secret of the page of the order that a checkout form has made; nil while it has made none.
    package func orderPage(ofCheckoutForm token: String) async throws -> String? {
        guard let key = tokens.verify(formToken: token, for: FormPurpose.checkout.text, at: now()),
            try await database.read({ try $0.use(ofForm: key) }) != nil
        else { return nil }
        return tokens.pageToken(form: key)
    }
}

import Commerce
import Database
import Foundation
import PaymentKit
import PluginHost
import Storage

/// Where a customer who is to pay on a provider's page goes now.
package enum WayToPage: Sendable, Hashable {
    /// To the page, at this address.
    case open(String)
    /// The provider is asked for it just now.
    case coming
    /// To the order's own page, which says why.
    case none
}

extension Shop {
    /// Where the customer of an order goes to pay.
    ///
    /// - Returns: Nil when no order has this page.
    package func wayToPage(pageToken: String) async throws -> WayToPage? {
        guard let view = try await viewOrder(pageToken: pageToken) else { return nil }
        guard let latest = view.latest, latest.state.isLive, view.order.liveTicket == latest.ticket,
            !view.order.flags.contains(.unconfirmed)
        else { return WayToPage.none }
        if let page = latest.page { return page.isOpen(at: view.readAt) ? .open(page.address) : WayToPage.none }
        return latest.state == .pending && leadsToPage(latest.instance) ? .coming : WayToPage.none
    }

    /// The customer has come back from the provider's page, or says to have paid there. That proves nothing, so the
    /// provider is asked at once.
    ///
    /// - Returns: False when no order has this page.
    package func comeBack(pageToken: String) async throws -> Bool {
        guard let pageKey = AddressTokens.pageKey(pageToken),
            let order = try await database.read({ try $0.order(pageKey: pageKey) })
        else { return false }
        let now = now()
        let isNews = try await database.transaction { [vault] transaction in
            try Prompts.comeBack(to: order.id, SQLBooks(transaction: transaction, vault: vault, now: now))
        }
        if isNews { wake.now() }
        return true
    }

    /// Whether customers of a way to pay are led to a page of the provider's.
    package func leadsToPage(_ instance: String) -> Bool {
        provider(instance)?.abilities.manifest.page != nil
    }

    /// Whether a way to pay needs the customer's telephone.
    package func asksPhone(_ instance: String) -> Bool {
        provider(instance)?.abilities.manifest.form.contains { $0.kind == .phone } ?? true
    }

    /// The origins of the pages to which customers may be led.
    package var pageOrigins: [String] {
        Set(providers.flatMap(\.abilities.pageHosts)).sorted().map { host in
            (HostedPage.isThisMachine(host) ? "http://" : "https://") + host
        }
    }

    /// What a plugin is told about the customer: the number and the address of the order, and what was filled in for
    /// it. Only what its form asks for.
    ///
    /// - Throws: ``FieldValues/Problems``.
    func form(of attempt: Attempt, _ manifest: Manifest) async throws -> FieldValues {
        var raw = attempt.fields
        let needsEmail = manifest.form.contains { $0.isCheckoutsEmail }
        let email =
            needsEmail ? try await database.read { [vault] in try $0.contact(of: attempt.order, vault)?.email } : nil
        for field in manifest.form {
            if field.isCheckoutsPhone { raw[field.key] = attempt.phone?.digits ?? "" }
            if field.isCheckoutsEmail { raw[field.key] = email ?? "" }
        }
        return try FieldValues(raw, checkedAgainst: manifest.form)
    }

    /// Where a provider's page leads the customer of an order back to; nil when its page cannot be named any more.
    func returnAddress(of order: Order) async throws -> URL? {
        let token = try await database.read { [self] in try pageToken(of: order.id, $0) }
        return token.flatMap { URL(string: "\(pageBase)/orders/\($0)/back") }
    }

    /// The page of the provider's on which an attempt is to be paid.
    func page(in started: Started, of attempt: Attempt) -> PageToPay? {
        guard case .redirect(let url) = started.step, case .pending = started.outcome.fact,
            let terms = provider(attempt.instance)?.abilities.manifest.page
        else { return nil }
        return PageToPay(
            address: url.absoluteString, openUntil: attempt.startedAt.adding(seconds: Int(terms.openFor)))
    }
}

extension FieldSpec {
    /// Whether the checkout's own field for the telephone gives its value.
    package var isCheckoutsPhone: Bool { kind == .phone }
    /// Whether the checkout's own field for the e-mail address gives its value.
    package var isCheckoutsEmail: Bool { kind == .email }
    /// Whether the checkout draws it for its way to pay.
    package var isDrawn: Bool { !isCheckoutsPhone && !isCheckoutsEmail }
}

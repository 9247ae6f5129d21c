import Commerce
import PaymentKit
import PluginHost
import Storage

extension Shop {
    /// Takes a message of an address that is one for all payments, which names its payment by itself.
    ///
    /// Nothing but that address vouches for it, and who knows it can name any payment. So it is heard as a stranger's
    /// message is, and the provider is asked at once: by its answer the payment moves, not by this.
    ///
    /// - Returns: The payment; nil when it names none of this provider's: nothing was changed then.
    func take(_ event: PaymentEvent, matching reference: Reference, _ instance: String) async throws -> Ticket? {
        let attempt = try await database.read { [vault] reading -> Attempt? in
            let ticket =
                reference.name == Reference.ticketName
                ? Ticket(reference.value) : try reading.ticket(carrying: reference, instance: instance)
            return try ticket.flatMap { try reading.attempt($0, vault) }
        }
        guard let attempt, attempt.instance == instance else { return nil }
        let news = News(.callback(isListed: false), event.outcome, key: event.key)
        try await record(news, about: attempt.ticket, instance: instance)
        let now = now()
        try await database.transaction { [vault] transaction in
            guard let attempt = try transaction.attempt(attempt.ticket, vault), attempt.state != .paid else { return }
            try transaction.schedule(Job(.query, attempt.order, attempt.ticket, dueAt: now))
        }
        wake.now()
        return attempt.ticket
    }

    /// The address at which a provider reports all payments, for a person to enter at the provider's: nil for a route
    /// that is made anew for each payment, or that it does not have.
    package func standingAddress(_ name: String, route: String) -> String? {
        settled.now.ways.first { $0.provider.name == name }.flatMap { way in
            standingAddresses(of: way.provider).first { $0.hasSuffix("/\(route)") }
        }
    }

    /// All of them, in the order of the manifest.
    func standingAddresses(of provider: Provider) -> [String] {
        let token = tokens.callbackToken(instance: provider.name, ticket: ProviderInstance.standing)
        return provider.manifest.routes.filter(\.isStanding).map { "\(callbackBase)/in/\(token)/\($0.name)" }
    }
}

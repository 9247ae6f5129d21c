import PaymentKit

/// Reading what Safaricom posts to the shop's addresses. Nobody signs it.
extension MPesa: WebhookReceiving {
    public func events(in inbound: InboundRequest) -> [PaymentEvent] {
        switch inbound.route {
        case Self.promptRoute: Self.promptEvents(in: inbound)
        case Self.resultRoute: Self.resultEvents(in: inbound)
        case Self.statusRoute: statusEvents(in: inbound)
        case Self.timeoutRoute: Self.timeoutEvents(in: inbound)
        case Self.incomingRoute: incomingEvents(in: inbound)
        // A question before a payment says nothing about money.
        default: []
        }
    }
}

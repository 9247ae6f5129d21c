import PaymentKit

/// What was bought, until when, and what of it is paid; without the people's data that most work does not need.
package struct Order: Sendable {
    package let id: ID<Order>
    package let number: OrderNumber
    /// The number of its events; every change is a compare-and-set on it (I21).
    package var version: Int64
    /// The end of the hash chain of its events.
    package var lastHash: [UInt8]
    package var status: OrderStatus
    package var flags: Set<OrderFlag>
    package let language: Language
    package let deliveryCode: String
    package let deliveryName: Words
    package let goods, delivery, vat, total: Money
    /// Counted towards it; all that arrived for it; what of that has gone back.
    package var applied, received, returned: Money
    /// Whether the goods are off the shelf for this order.
    package var stockHeld: Bool
    package var attemptsMade: Int
    package var liveTicket: Ticket?
    package let placedAt: Timestamp
    package var expiresAt: Timestamp
    /// Never earlier than before, whatever the clock does (I22).
    package var changedAt: Timestamp
    package var cancelledAt, paidAt, packedAt, sentOutAt, handedOverAt: Timestamp?
    /// Who wants it cancelled as soon as its prompt has ended, and why; nil when nobody does.
    package var cancelWanted: String?
    /// The way to pay without requests that the customer chose, by its name; nil for all others.
    package var offlineWay: String?
    /// What is paid before the goods leave, where the rest is paid at the door.
    package var deposit: Deposit?
    /// Codes for riders that it had and that count no more: who carried it before may have heard them.
    package var codesBefore = 0
    /// What of its price the shop has given up.
    package var writtenOff: WriteOff?

    package init(
        id: ID<Order>, number: OrderNumber, version: Int64, lastHash: [UInt8], status: OrderStatus,
        flags: Set<OrderFlag>, language: Language, deliveryCode: String, deliveryName: Words, goods: Money,
        delivery: Money,
        vat: Money, total: Money, applied: Money, received: Money, returned: Money, stockHeld: Bool, attemptsMade: Int,
        liveTicket: Ticket?,
        placedAt: Timestamp, expiresAt: Timestamp, changedAt: Timestamp, cancelledAt: Timestamp?, paidAt: Timestamp?
    ) {
        self.id = id
        self.number = number
        self.version = version
        self.lastHash = lastHash
        self.status = status
        self.flags = flags
        self.language = language
        self.deliveryCode = deliveryCode
        self.deliveryName = deliveryName
        self.goods = goods
        self.delivery = delivery
        self.vat = vat
        self.total = total
        self.applied = applied
        self.received = received
        self.returned = returned
        self.stockHeld = stockHeld
        self.attemptsMade = attemptsMade
        self.liveTicket = liveTicket
        self.placedAt = placedAt
        self.expiresAt = expiresAt
        self.changedAt = changedAt
        self.cancelledAt = cancelledAt
        self.paidAt = paidAt
    }

    package var standing: OrderStanding {
        OrderStanding(
            total: total, applied: applied, received: received, returned: returned, hasLiveAttempt: liveTicket != nil,
            isCancelled: cancelledAt != nil,
            // Goods that are out are not to be had again by waiting: such an order ends by its money, or by a person.
            expiresAt: hasLeftShop ? Timestamp(milliseconds: .max) : expiresAt, flags: flags)
    }
}

/// What a new order needs beyond its totals.
package struct OrderPlacement: Sendable {
    package var name: String
    package var phone: PhoneNumber
    package var email: String?
    package var place: String?
    package var language: Language
    package var delivery: DeliveryChoice
    package var lines: [PricedLine]
    package var totals: Totals
    /// The way to pay without requests that the customer chose.
    package var offlineWay: String?
    /// What is paid before the goods leave, where the rest is paid at the door.
    package var deposit: Deposit?

    package init(
        name: String, phone: PhoneNumber, email: String?, place: String?, language: Language, delivery: DeliveryChoice,
        lines: [PricedLine], totals: Totals
    ) {
        self.name = name
        self.phone = phone
        self.email = email
        self.place = place
        self.language = language
        self.delivery = delivery
        self.lines = lines
        self.totals = totals
    }
}

/// The customer's side of an order, opened.
package struct OrderContact: Sendable {
    /// Empty once it was forgotten.
    package let name: String
    /// Nil once it was forgotten.
    package let phone: PhoneNumber?
    package let email, place: String?
    /// Who took the goods, if that was written down.
    package let takenBy: String?

    package init(name: String, phone: PhoneNumber?, email: String?, place: String?, takenBy: String? = nil) {
        self.name = name
        self.phone = phone
        self.email = email
        self.place = place
        self.takenBy = takenBy
    }
}

/// One thing that happened to an order: a line of its history, never changed and never removed.
package struct OrderEvent: Hashable, Sendable {
    /// A word such as `prompt_sent`.
    package var kind: String
    package var ticket: Ticket?
    /// Codes and amounts that explain it. Never people's data: it is stored in clear.
    package var detail: String

    package init(_ kind: String, _ ticket: Ticket? = nil, _ detail: String = "") {
        self.kind = kind
        self.ticket = ticket
        self.detail = String(detail.prefix(1_900))
    }
}

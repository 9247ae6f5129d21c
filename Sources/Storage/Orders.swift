import Commerce
import Cryptography
import Database
import PaymentKit

extension SQLReading {
    /// An order, or nil when there is none of that identity.
    package func order(_ id: ID<Order>) throws -> Order? {
        try first("\(Self.orderColumns) WHERE id = \(id.text)").map(Self.order)
    }

    /// - Parameter pageKey: The hash of the secret in the page's address.
    package func order(pageKey: [UInt8]) throws -> Order? {
        try first("\(Self.orderColumns) WHERE page_key = \(pageKey)").map(Self.order)
    }

    /// The order of that number, or nil.
    package func order(number: OrderNumber) throws -> ID<Order>? {
        try first("SELECT id FROM orders WHERE number = \(number.text)").map { ID(stored: try $0.text(0)) }
    }

    /// Identity, version and next expiry only: enough to serve a page that was rendered before.
    package func orderVersion(pageKey: [UInt8]) throws -> (id: ID<Order>, version: Int64)? {
        try first("SELECT id, version FROM orders WHERE page_key = \(pageKey)").map { row in
            (ID(stored: try row.text(0)), try row.int64(1))
        }
    }

    static var orderColumns: SQL {
        """
        SELECT id, number, version, last_hash, status, flags, language, delivery_code, delivery_en, delivery_sw,
            currency, goods_minor, delivery_minor, vat_minor, total_minor, applied_minor, stock_held, attempts_made,
            live_ticket, placed_at, expires_at, changed_at, cancelled_at, paid_at, received_minor, returned_minor,
            handed_over_at, packed_at, cancel_wanted, offline_way, sent_out_at,
            deposit_minor, deposit_kept_until, codes_before, written_off_minor, written_off_at
        FROM orders
        """
    }

    static func order(_ row: Row) throws -> Order {
        guard let status = OrderStatus(rawValue: try row.text(4)), let language = Language(rawValue: try row.text(6))
        else {
            throw CorruptRow(column: "status", reason: "is not a known word")
        }
        let currency = Currency(rawValue: try row.text(10))
        func money(_ column: Int) throws -> Money { Money(minor: try row.int64(.at(column)), currency) }
        func time(_ column: Int) throws -> Timestamp { Timestamp(milliseconds: try row.int64(.at(column))) }
        var order = Order(
            id: ID(stored: try row.text(0)), number: OrderNumber(stored: try row.text(1)), version: try row.int64(2),
            lastHash: try row.blob(3), status: status,
            flags: Set(try row.text(5).split(separator: " ").compactMap { OrderFlag(rawValue: String($0)) }),
            language: language, deliveryCode: try row.text(7),
            deliveryName: Words(english: try row.text(8), swahili: try row.text(9)), goods: try money(11),
            delivery: try money(12), vat: try money(13), total: try money(14), applied: try money(15),
            received: try money(24), returned: try money(25), stockHeld: try row.bool(16),
            attemptsMade: try row.int(17),
            liveTicket: try row.textOrNil(18).map(Ticket.init), placedAt: try time(19), expiresAt: try time(20),
            changedAt: try time(21), cancelledAt: try row.int64OrNil(22).map(Timestamp.init(milliseconds:)),
            paidAt: try row.int64OrNil(23).map(Timestamp.init(milliseconds:)))
        order.handedOverAt = try row.int64OrNil(26).map(Timestamp.init(milliseconds:))
        order.packedAt = try row.int64OrNil(27).map(Timestamp.init(milliseconds:))
        order.cancelWanted = try row.textOrNil(28)
        order.offlineWay = try row.textOrNil(29)
        order.sentOutAt = try row.int64OrNil(30).map(Timestamp.init(milliseconds:))
        if let minor = try row.int64OrNil(31), let end = try row.int64OrNil(32) {
            order.deposit = Deposit(
                amount: Money(minor: minor, order.total.currency), keptUntil: Timestamp(milliseconds: end))
        }
        order.codesBefore = try row.int(33)
        if let minor = try row.int64OrNil(34) {
            order.writtenOff = WriteOff(amount: Money(minor: minor, order.total.currency), at: try time(35))
        }
        return order
    }

    /// What was bought, with the prices of that day.
    package func lines(of order: ID<Order>, currency: Currency) throws -> [PricedLine] {
        try query(
            """
            SELECT product_id, slug, name_en, name_sw, photo, quantity, unit_minor, vat_basis_points
            FROM order_lines WHERE order_id = \(order.text) ORDER BY position
            """
        ).map { row in
            PricedLine(
                product: ID(stored: try row.text(0)), slug: try row.text(1),
                name: Words(english: try row.text(2), swahili: try row.text(3)), photo: try row.text(4),
                quantity: try row.int(5), unit: Money(minor: try row.int64(6), currency),
                vat: VATRate(basisPoints: try row.int(7)))
        }
    }

    /// The customer's name, number, address: opened only where they are shown to the customer or to staff.
    package func contact(of order: ID<Order>, _ vault: Vault) throws -> OrderContact? {
        try first("\(Self.contactColumns) WHERE id = \(order.text)").map { try Self.contact($0, vault) }
    }

    static var contactColumns: SQL {
        "SELECT id, name_sealed, phone_sealed, email_sealed, place_sealed, taken_by_sealed FROM orders"
    }

    static func contact(_ row: Row, _ vault: Vault) throws -> OrderContact {
        let order = try row.text(0)
        return OrderContact(
            name: try vault.openTextIfKept(try row.blob(1), "orders.name \(order)"),
            phone: try vault.openPhoneIfKept(try row.blob(2), "orders.phone \(order)"),
            email: try row.blobOrNil(3).map { try vault.openText($0, "orders.email \(order)") },
            place: try row.blobOrNil(4).map { try vault.openText($0, "orders.place \(order)") },
            takenBy: try row.blobOrNil(5).map { try vault.openText($0, "orders.taken_by \(order)") })
    }

    /// The order that a form made or paid, when it was used before.
    package func use(ofForm formKey: [UInt8]) throws -> ID<Order>? {
        try first("SELECT order_id FROM form_uses WHERE form_key = \(formKey)").map { ID(stored: try $0.text(0)) }
    }
}

extension Transaction {
    /// Stores a new order with its lines; its first event makes it version 1.
    ///
    /// - Throws: `duplicate` when the number is taken: try another.
    package func insert(
        _ placement: OrderPlacement, id: ID<Order>, number: OrderNumber, pageKey: [UInt8], expiresAt: Timestamp,
        _ vault: Vault, at now: Timestamp
    ) throws -> Order {
        let totals = placement.totals
        try execute(
            """
            INSERT INTO orders (id, number, page_key, version, last_hash, status, flags, language, name_sealed,
                phone_sealed, phone_index, email_sealed, place_sealed, delivery_code, delivery_en, delivery_sw,
                currency, goods_minor, delivery_minor, vat_minor, total_minor, applied_minor, stock_held, attempts_made,
                placed_at, expires_at, changed_at, offline_way, deposit_minor, deposit_kept_until)
            VALUES (\(id.text), \(number.text), \(pageKey), 0, \([UInt8]()), 'pending', '',
                \(placement.language.rawValue), \(vault.seal(placement.name, "orders.name \(id)")),
                \(vault.seal(placement.phone.digits, "orders.phone \(id)")), \(vault.index(of: placement.phone)),
                \(placement.email.map { vault.seal($0, "orders.email \(id)") }),
                \(placement.place.map { vault.seal($0, "orders.place \(id)") }), \(placement.delivery.code),
                \(placement.delivery.name.english), \(placement.delivery.name.swahili),
                \(totals.total.currency.rawValue), \(totals.goods.minor), \(totals.delivery.minor), \(totals.vat.minor),
                \(totals.total.minor), 0, 1, 0, \(now.milliseconds), \(expiresAt.milliseconds), \(now.milliseconds),
                \(placement.offlineWay), \(placement.deposit?.amount.minor),
                \(placement.deposit?.keptUntil.milliseconds))
            """)
        for (position, line) in placement.lines.enumerated() {
            try execute(
                """
                INSERT INTO order_lines (order_id, position, product_id, slug, name_en, name_sw, photo, quantity,
                    unit_minor, vat_basis_points)
                VALUES (\(id.text), \(position), \(line.product.text), \(line.slug), \(line.name.english),
                    \(line.name.swahili), \(line.photo), \(line.quantity), \(line.unit.minor), \(line.vat.basisPoints))
                """)
        }
        try note(firstPayer: placement.phone, of: id, vault)
        try noteName(placement.name, of: id, vault)
        let zero = Money(minor: 0, totals.total.currency)
        var order = Order(
            id: id, number: number, version: 0, lastHash: [], status: .pending, flags: [], language: placement.language,
            deliveryCode: placement.delivery.code, deliveryName: placement.delivery.name, goods: totals.goods,
            delivery: totals.delivery, vat: totals.vat, total: totals.total,
            applied: zero, received: zero, returned: zero, stockHeld: true, attemptsMade: 0, liveTicket: nil,
            placedAt: now, expiresAt: expiresAt, changedAt: now, cancelledAt: nil, paidAt: nil)
        (order.offlineWay, order.deposit) = (placement.offlineWay, placement.deposit)
        return order
    }

    /// Whether a form was used, in a commit of its own: MariaDB shows what others have committed before it is on the
    /// disk, and a commit after it brings it there. For promising what was only read.
    package func confirmUse(ofForm formKey: [UInt8]) throws -> Bool {
        try execute("UPDATE form_uses SET at = at WHERE form_key = \(formKey)") == 1
    }

    /// Notes that a form was used for `order`.
    ///
    /// - Returns: False when it was used before; nothing is changed then.
    package func markUsed(form formKey: [UInt8], for order: ID<Order>, at now: Timestamp) throws -> Bool {
        return try insertIfNew(
            """
            INSERT INTO form_uses (form_key, order_id, at) VALUES (\(formKey), \(order.text), \(now.milliseconds))
            """)
    }

    /// Keeps who took an order's goods, or that nobody is known to have.
    package func note(taker: String?, of order: ID<Order>, _ vault: Vault) throws {
        let sealed = taker.map { vault.seal($0, "orders.taken_by \(order)") }
        try execute("UPDATE orders SET taken_by_sealed = \(sealed) WHERE id = \(order.text)")
    }

    /// Saves an order together with what happened to it: the only way an order changes.
    ///
    /// The events are chained by hash (I23), the version grows by their number, the status is computed anew. What
    /// happens may have brought people's data, so an order that was cleared of it is looked at again when its time
    /// comes.
    ///
    /// - Throws: ``StaleWrite`` when the order has moved on; the transaction is run again.
    @discardableResult
    package func save(_ order: Order, events: [OrderEvent], at now: Timestamp) throws -> Order {
        precondition(!events.isEmpty, "An order changes only by events.")
        var next = order
        next.changedAt = max(now, order.changedAt)
        for event in events {
            next.version += 1
            next.lastHash = try append(event, to: next)
        }
        next.status = next.standing.status(at: now)
        let changed = try execute(
            """
            UPDATE orders SET version = \(next.version), last_hash = \(next.lastHash), status = \(next.status.rawValue),
                flags = \(next.flags.sorted().map(\.rawValue).joined(separator: " ")),
                flagged = \(!next.flags.isEmpty),
                applied_minor = \(next.applied.minor), received_minor = \(next.received.minor),
                returned_minor = \(next.returned.minor), stock_held = \(next.stockHeld),
                attempts_made = \(next.attemptsMade), live_ticket = \(next.liveTicket?.value),
                expires_at = \(next.expiresAt.milliseconds), changed_at = \(next.changedAt.milliseconds),
                cancelled_at = \(next.cancelledAt?.milliseconds), paid_at = \(next.paidAt?.milliseconds),
                packed_at = \(next.packedAt?.milliseconds), handed_over_at = \(next.handedOverAt?.milliseconds),
                sent_out_at = \(next.sentOutAt?.milliseconds), codes_before = \(next.codesBefore),
                written_off_minor = \(next.writtenOff?.amount.minor),
                written_off_at = \(next.writtenOff?.at.milliseconds),
                cancel_wanted = \(next.cancelWanted), erased_at = NULL
            WHERE id = \(order.id.text) AND version = \(order.version)
            """)
        guard changed == 1 else { throw StaleWrite() }
        return next
    }
}

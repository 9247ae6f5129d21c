import Commerce
import Database

extension SQLReading {
    /// Everybody who was given an order to carry, in turn.
    package func riders(of order: ID<Order>, _ vault: Vault) throws -> [Rider] {
        try query("\(Self.riderColumns) WHERE order_id = \(order.text) ORDER BY number").map {
            try Self.rider($0, vault)
        }
    }

    /// - Parameter linkKey: The hash of the secret in a rider's link.
    /// - Returns: Nil when the link was never made, was taken back, or is too old.
    package func rider(linkKey: [UInt8], at now: Timestamp, _ vault: Vault) throws -> Rider? {
        try first("\(Self.riderColumns) WHERE link_key = \(linkKey) AND expires_at > \(now.milliseconds)").map {
            try Self.rider($0, vault)
        }
    }

    /// Codes that riders of an order typed and that were not its customer's.
    package func wrongCodes(of order: ID<Order>) throws -> Int {
        try query("SELECT wrong_codes FROM riders WHERE order_id = \(order.text)").reduce(0) { try $0 + $1.int(0) }
    }

    private static var riderColumns: SQL {
        "SELECT order_id, number, name_sealed, link_sealed, given_at, expires_at FROM riders"
    }

    private static func rider(_ row: Row, _ vault: Vault) throws -> Rider {
        let order = try row.text(0)
        let number = try row.int(1)
        return Rider(
            order: ID(stored: order), number: number,
            name: try vault.openTextIfKept(try row.blob(2), "riders.name \(order) \(number)"),
            givenAt: Timestamp(milliseconds: try row.int64(4)), linkUntil: Timestamp(milliseconds: try row.int64(5)),
            secret: try row.blobOrNil(3).map { try vault.openText($0, "riders.link \(order) \(number)") })
    }
}

extension Transaction {
    /// Adds a rider to an order, with the link that works from now on.
    ///
    /// - Parameter linkKey: The hash of the rider's secret.
    package func insert(_ rider: Rider, linkKey: [UInt8], _ vault: Vault) throws {
        let place = "\(rider.order.text) \(rider.number)"
        try execute(
            """
            INSERT INTO riders (order_id, number, name_sealed, link_key, link_sealed, given_at, expires_at)
            VALUES (\(rider.order.text), \(rider.number), \(vault.seal(rider.name, "riders.name \(place)")), \(linkKey),
                \(rider.secret.map { vault.seal($0, "riders.link \(place)") }), \(rider.givenAt.milliseconds),
                \(rider.linkUntil.milliseconds))
            """)
    }

    /// Makes all links of an order's riders useless.
    package func endLinks(of order: ID<Order>) throws {
        try execute("UPDATE riders SET link_key = NULL, link_sealed = NULL WHERE order_id = \(order.text)")
    }

    /// Counts one more code that was not the customer's.
    package func noteWrongCode(of rider: Rider) throws {
        try execute(
            """
            UPDATE riders SET wrong_codes = wrong_codes + 1
            WHERE order_id = \(rider.order.text) AND number = \(rider.number)
            """)
    }

    /// Takes the riders' names out of an order, and their links with them.
    func forgetRiders(of order: ID<Order>) throws {
        try execute("UPDATE riders SET name_sealed = \([UInt8]()) WHERE order_id = \(order.text)")
        try endLinks(of: order)
    }
}

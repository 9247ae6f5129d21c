import Database

/// Rows by table, written many at a time.
struct Rows {
    var orders: [[SQLValue]] = []
    var lines: [[SQLValue]] = []
    var attempts: [[SQLValue]] = []
    var events: [[SQLValue]] = []
    var captures: [[SQLValue]] = []
    var evidence: [[SQLValue]] = []
    var ledger: [[SQLValue]] = []
    var payers: [[SQLValue]] = []
    var words: [[SQLValue]] = []
    var reviews: [[SQLValue]] = []

    func write(in transaction: Transaction) throws {
        try write(
            orders,
            """
            INSERT INTO orders (id, number, page_key, version, last_hash, status, flags, language, name_sealed,
                phone_sealed, phone_index, email_sealed, place_sealed, delivery_code, delivery_en, delivery_sw,
                currency, goods_minor, delivery_minor, vat_minor, total_minor, applied_minor, stock_held,
                attempts_made, placed_at, expires_at, changed_at, paid_at, received_minor, handed_over_at,
                flagged) VALUES
            """, in: transaction)
        try write(
            lines,
            """
            INSERT INTO order_lines (order_id, position, product_id, slug, name_en, name_sw, photo, quantity,
                unit_minor, vat_basis_points) VALUES
            """, in: transaction)
        try write(
            attempts,
            """
            INSERT INTO attempts (ticket, order_id, number, instance, amount_minor, currency, phone_sealed, phone_index,
                state, decline, started_at, sent_at, closed_at) VALUES
            """, in: transaction)
        try write(events, "INSERT INTO events (order_id, seq, kind, ticket, detail, at, hash) VALUES", in: transaction)
        try write(
            captures,
            """
            INSERT INTO captures (id, instance, receipt, ticket, link, order_id, amount_minor, currency, evidence,
                provider_at, recorded_at) VALUES
            """, in: transaction)
        try write(
            evidence, "INSERT INTO capture_evidence (capture_id, road, level, at) VALUES", in: transaction)
        try write(
            ledger,
            """
            INSERT INTO ledger (entry_id, line, account, side, amount_minor, currency, order_id, capture_id, at) VALUES
            """, in: transaction)
        try write(payers, "INSERT INTO order_payers (order_id, payer_key) VALUES", in: transaction)
        try write(sorted(words), "INSERT INTO order_words (word_key, order_id) VALUES", in: transaction)
        try write(reviews, "INSERT INTO reviews (subject, kind, order_id, detail, opened_at) VALUES", in: transaction)
    }

    /// Neighbours of an index are written together.
    private func sorted(_ rows: [[SQLValue]]) -> [[SQLValue]] {
        rows.sorted { left, right in
            guard case .blob(let one) = left[0], case .blob(let two) = right[0] else { return false }
            return one.lexicographicallyPrecedes(two)
        }
    }

    private func write(_ rows: [[SQLValue]], _ insert: SQL, in transaction: Transaction) throws {
        var start = 0
        while start < rows.count {
            let part = rows[start..<min(rows.count, start + 100)]
            var sql = insert
            for (place, row) in part.enumerated() {
                sql += place == 0 ? " (" : ", ("
                for (column, value) in row.enumerated() {
                    if column > 0 { sql += ", " }
                    sql += "\(value)"
                }
                sql += ")"
            }
            try transaction.execute(sql)
            start += part.count
        }
    }
}

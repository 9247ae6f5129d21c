import Commerce
import Database

/// A filter of the list of orders that somebody gave a name; theirs alone.
package struct StaffView: Sendable {
    package let id: ID<StaffView>
    package let name: String
    /// What follows the question mark of the list's address.
    package let query: String
}

extension SQLReading {
    /// Somebody's views, by name.
    package func staffViews(of member: ID<StaffMember>) throws -> [StaffView] {
        try query(
            "SELECT id, name, query FROM staff_views WHERE staff_id = \(member.text) ORDER BY name LIMIT 100"
        ).map {
            StaffView(id: ID(stored: try $0.text(0)), name: try $0.text(1), query: try $0.text(2))
        }
    }
}

extension Transaction {
    /// Keeps a view; one of the same name is changed.
    ///
    /// - Returns: False when there are as many as there may be.
    package func keepView(
        _ name: String, query: String, of member: ID<StaffMember>, atMost limit: Int, at now: Timestamp
    ) throws -> Bool {
        let changed = try execute(
            "UPDATE staff_views SET query = \(query) WHERE staff_id = \(member.text) AND name = \(name)")
        if changed == 1 { return true }
        guard try staffViews(of: member).count < limit else { return false }
        let isNew = try insertIfNew(
            """
            INSERT INTO staff_views (id, staff_id, name, query)
            VALUES (\(ID<StaffView>(at: now).text), \(member.text), \(name), \(query))
            """)
        guard isNew else { throw StaleWrite() }
        return true
    }

    /// - Returns: The name that it had; nil when it is not there, or somebody else's.
    package func removeView(_ id: ID<StaffView>, of member: ID<StaffMember>) throws -> String? {
        guard let view = try staffViews(of: member).first(where: { $0.id == id }) else { return nil }
        try execute("DELETE FROM staff_views WHERE id = \(id.text) AND staff_id = \(member.text)")
        return view.name
    }
}

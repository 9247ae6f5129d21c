import Commerce
import Database
import Storage

/// Why a view was not kept.
package enum ViewRefusal: Error, Sendable, Hashable {
    case nameMissing, nameTooLong
    /// It is kept in clear.
    case nameHoldsPhone
    case tooMany
}

/// Filters of the list of orders that somebody wants again.
extension Shop {
    /// How many views somebody may keep.
    package static let mostViews = 20
    /// Characters that a view's name may have.
    package static let longestViewName = 40

    /// Somebody's own views, by name.
    package func views(of visitor: SignedIn) async throws -> [StaffView] {
        try await database.read { try $0.staffViews(of: visitor.member.id) }
    }

    /// Keeps a filter under a name; one of that name is changed.
    ///
    /// - Parameter query: What follows the question mark of its address, without anybody's data.
    package func keepView(_ typed: String, query: String, of visitor: SignedIn) async throws {
        let name = typed.trimmed
        guard !name.isEmpty else { throw ViewRefusal.nameMissing }
        guard name.count <= Self.longestViewName, name.utf8.count <= 160 else { throw ViewRefusal.nameTooLong }
        guard !name.holdsPhone else { throw ViewRefusal.nameHoldsPhone }
        let now = now()
        let isKept = try await database.transaction {
            try $0.keepView(
                name, query: query, of: visitor.member.id, atMost: Self.mostViews, at: now)
        }
        guard isKept else { throw ViewRefusal.tooMany }
    }

    /// - Returns: The name that it had; nil when it is gone already, or is not theirs.
    package func removeView(_ id: String, of visitor: SignedIn) async throws -> String? {
        try await database.transaction { try $0.removeView(ID(stored: id), of: visitor.member.id) }
    }
}

import Commerce
import Cryptography
import Database
import PaymentKit
import Storage

/// What came of looking for an order by its number and its customer's number.
package enum FindOrderResult: Sendable, Hashable {
    /// The secret of its page.
    case found(pageToken: String)
    /// Theirs, and its page shows the code for the rider, who may know both numbers: the link that they have opens it.
    case onItsWay
    /// No such order, another's number, or a number that cannot be one: nobody learns which.
    case notFound
    case phone(PhoneNumber.Problem)
    case tooMany(until: Timestamp)
}

extension Shop {
    /// Finds the page of an order for whoever knows its number and the telephone number it was placed with.
    ///
    /// A miss does the same work as a hit, and all misses are answered the same (I34). Tries are counted for each
    /// address and, against guessing from many addresses, for each order number, whether there is such an order or not.
    package func findOrder(
        number typed: String, phone typedPhone: String, from caller: Caller
    ) async throws -> FindOrderResult {
        let phone: PhoneNumber
        do { phone = try PhoneNumber(typedPhone) } catch { return .phone(error) }
        let now = now()
        // One that cannot be a number is looked for like one that can: under a number that nobody has.
        let real = OrderNumber(typed)
        let number = real ?? OrderNumber(stored: "--------")
        let indexes = vault.indexes(of: phone)
        let limits = rules
        let until = try await database.transaction { transaction in
            try transaction.count("find \(caller.network)", limits.finding, at: now)
                ?? (real == nil ? nil : transaction.count("find number \(number.text)", limits.findingOne, at: now))
        }
        if let until { return .tooMany(until: until) }
        let (token, isOnItsWay) = try await database.read { [self] reading -> (String?, Bool) in
            let known = try reading.pageKeyAndPhone(of: number)
            let order = try reading.order(known?.order ?? ID(stored: ""))
            let forms = try reading.forms(of: known?.order ?? ID(stored: ""))
            let nobody = [UInt8](repeating: 0, count: 32)
            let made = tokens.pageToken(
                of: forms.isEmpty ? [nobody] : forms, withKey: known?.pageKey ?? nobody)
            // Under each key there is, and each time all of them.
            let isTheirs = indexes.reduce(false) { constantTimeEqual($1, known?.phone ?? nobody) || $0 }
            return (isTheirs ? made : nil, order.flatMap(handOverCode) != nil)
        }
        if isOnItsWay, token != nil { return .onItsWay }
        return token.map { .found(pageToken: $0) } ?? .notFound
    }
}

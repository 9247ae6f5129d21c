/// A statement with its values. Interpolation binds and never pastes:
///
/// ```swift
/// try transaction.execute("UPDATE orders SET state = \(state) WHERE id = \(id) AND version = \(version)")
/// ```
///
/// Text that comes from elsewhere cannot become part of the statement: only literals of the program can.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// The statement, with a `?` for each value. It holds no values, so it may be logged.
    package private(set) var text: String
    /// What the `?` stand for, in order.
    package private(set) var values: [SQLValue]

    package init(stringLiteral text: String) {
        self.text = text
        values = []
    }

    package init(stringInterpolation parts: StringInterpolation) {
        text = parts.text
        values = parts.values
    }

    /// Takes a text that is not a literal of the program: a migration's, or one made by this target.
    init(trusted text: String, values: [SQLValue] = []) {
        self.text = text
        self.values = values
    }

    /// Adds `other` and its values at the end; a blank between the two must stand in one of them.
    package mutating func append(_ other: SQL) {
        text += other.text
        values += other.values
    }

    package static func + (left: SQL, right: SQL) -> SQL {
        var both = left
        both.append(right)
        return both
    }

    package static func += (left: inout SQL, right: SQL) {
        left.append(right)
    }

    /// Collects the literals and values of one `SQL`.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var values: [SQLValue] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        /// Binds `value`.
        package mutating func appendInterpolation(_ value: some SQLBindable) {
            text += "?"
            values.append(value.sqlValue)
        }

        /// Binds `value`, or NULL.
        package mutating func appendInterpolation<Value: SQLBindable>(_ value: Value?) {
            text += "?"
            values.append(value.sqlValue)
        }

        /// Puts a part of a statement here, with its values.
        package mutating func appendInterpolation(_ part: SQL) {
            text += part.text
            values += part.values
        }

        /// Binds each of `list`, for `IN (\(list: …))`. An empty list becomes `NULL`, which nothing is in.
        package mutating func appendInterpolation(list: [some SQLBindable]) {
            text += list.isEmpty ? "NULL" : "?" + String(repeating: ", ?", count: list.count - 1)
            for value in list { values.append(value.sqlValue) }
        }

        /// Pastes the name of a table or a column. Only a literal of the program fits.
        package mutating func appendInterpolation(raw name: StaticString) {
            text += name.description
        }
    }
}

/// What follows the question mark of an address; read only when somebody asks.
package struct Query: Sendable, ExpressibleByStringLiteral {
    /// The query as it came, still encoded; empty when there is none.
    package let text: String

    /// A query of `text`, encoded as in an address and without the question mark.
    package init(_ text: String) {
        self.text = text
    }

    /// A query of `value`, encoded as in an address and without the question mark.
    package init(stringLiteral value: String) {
        text = value
    }

    /// The first value called `name`; `nil` too when it cannot be decoded or stands behind 64 others.
    package subscript(_ name: String) -> String? {
        guard !text.isEmpty else { return nil }
        var reader = FieldReader(text.utf8)
        while true {
            do throws(FormError) {
                guard let field = try reader.next() else { return nil }
                if field.name == name { return field.value }
            } catch {
                // A field nobody can read is as good as absent: an address is often mangled on its way.
                continue
            }
        }
    }
}

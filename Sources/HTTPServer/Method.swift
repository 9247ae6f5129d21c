/// A request's method; HEAD reaches handlers as ``get`` with ``Request/isHead`` set.
package enum Method: Hashable, Sendable {
    /// The methods that a shop knows.
    case get, head, post, put, patch, delete, options
    /// Any other token, spelt as the client spelt it: methods are case-sensitive (RFC 9110, section 9.1).
    case other(String)

    /// The method called `name`.
    package init(_ name: String) {
        switch name {
        case "GET": self = .get
        case "POST": self = .post
        case "HEAD": self = .head
        case "PUT": self = .put
        case "PATCH": self = .patch
        case "DELETE": self = .delete
        case "OPTIONS": self = .options
        default: self = .other(name)
        }
    }

    /// The method as it stands in a request line.
    package var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other(let name): name
        }
    }
}

/// Why the server cannot start.
package struct ServerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The cases that callers tell apart.
    package enum Kind: Equatable, Sendable {
        /// Somebody else listens on the port.
        case portInUse
        /// The host is not an IP address of this machine.
        case badAddress
        /// The server was stopped and cannot start again.
        case stopped
        /// Something else; the code and the words are the system's.
        case system
    }

    /// What kind of failure it is.
    package let kind: Kind
    /// The system's error number, 0 when it gave none.
    package let code: Int32
    /// What was tried and what came of it.
    package let description: String
}

internal import CCurl

/// The server that takes our letters, checked once.
package struct MailServer: Sendable, CustomStringConvertible, CustomReflectable {
    /// `smtp://host:port/` or `smtps://host:port/`; libcurl greets the server with the name that stands in the path.
    let url: String
    let scheme: String
    /// Whether letters must stay on this machine: then they, and the password, may go in clear.
    let isThisMachine: Bool
    let user, password: String?

    /// Why an address is no mail server's, as a sentence for an operator.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - address: `smtp://host` (the connection is encrypted by STARTTLS, or the letter is not sent) or
    ///     `smtps://host` (encrypted from the first byte), with a port where it is another than 587 or 465. Only on
    ///     this machine may a letter travel in clear.
    ///   - name: By which we greet it: the domain of our own address.
    /// - Throws: ``Problem``, in words that do not repeat the values.
    package init(_ address: String, greetingAs name: String, user: String?, password: String?) throws(Problem) {
        guard address.utf8.count <= 500, address.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let parsed = ParsedURL(address), let host = parsed.part(CURLUPART_HOST)?.lowercased(),
            let scheme = parsed.part(CURLUPART_SCHEME), scheme == "smtp" || scheme == "smtps"
        else { throw Problem(description: "expected an address such as smtp://mail.example:587") }
        guard parsed.part(CURLUPART_USER) == nil, parsed.part(CURLUPART_PASSWORD) == nil else {
            throw Problem(description: "the user and the password have settings of their own")
        }
        guard (parsed.part(CURLUPART_PATH) ?? "/") == "/", parsed.part(CURLUPART_QUERY) == nil,
            parsed.part(CURLUPART_FRAGMENT) == nil
        else { throw Problem(description: "expected nothing after the host and the port") }
        for text in [user ?? "", password ?? ""] where !text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            throw Problem(description: "the user or the password holds control characters")
        }
        let port = parsed.part(CURLUPART_PORT) ?? (scheme == "smtps" ? "465" : "587")
        self.scheme = scheme
        let greeting = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || ".-".contains($0)) }
        url = "\(scheme)://\(host):\(port)/\(greeting)"
        isThisMachine = CheckedRequest.isThisMachine(host)
        self.user = user
        self.password = password
    }

    package var description: String { scheme }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A letter as it goes over the wire.
package struct OutboundLetter: Sendable {
    /// Addresses in plain ASCII without `<` and `>`; whoever makes the letter has checked them.
    package var from, to: String
    /// Headers and body with CR LF at the end of each line. Dots at the start of lines are libcurl's matter.
    package var message: [UInt8]
    package init(from: String, to: String, message: [UInt8]) {
        self.from = from
        self.to = to
        self.message = message
    }
}

/// Why a letter was not taken, and above all whether it may have been.
package struct MailError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The cases that callers answer differently.
    package enum Kind: Sendable, Equatable {
        /// Not taken, for a reason that has nothing to do with the letter: no connection, no encryption, no right to
        /// send.
        case notSent
        /// The server will not take this letter: a reply of 5xx to its sender, its recipient or its content.
        case refused
        /// The server does not take it now: a reply of 4xx.
        case refusedForNow
        /// All of it was handed over, and the server's answer to that is missing.
        case maySent
    }
    package let kind: Kind
    /// The server's last reply code, or 0; RFC 5321, section 4.2.
    package let reply: Int
    /// Our own words and libcurl's code. Never the server's text, which may repeat the recipient's address.
    package let description: String
}

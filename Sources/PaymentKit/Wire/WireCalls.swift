import FoundationEssentials

/// What the shop asks of a plugin in another process.
package enum PluginMethod: String, Sendable {
    case hello, setup, ping
    case start, status, events, refund, send, receipt, lookUp, instructions, question, reply, registerIncoming
    case statement, registerStatement, balance, code, testConnection
    /// A notification: nobody waits for this call any more.
    case cancelled
}

/// What a plugin asks of the shop, always within a call: there is no other time at which it may.
package enum HostMethod: String, Sendable {
    case send = "http.send"
    /// Answered with the token, or without one: then the plugin fetches it and says so by ``putToken``.
    case getToken = "tokens.get"
    case putToken = "tokens.put"
    case invalidate = "tokens.invalidate"
    case encrypt = "crypto.rsaEncrypt"
    /// A notification.
    case log
}

/// The objects under `params` and `result`.
package enum Wire {
    /// The interfaces that this kit speaks, the newest first. 1.1 added ways to pay without requests, and a network.
    package static let interfaces = ["1.1", "1.0"]

    /// The first question: which interfaces the shop speaks.
    package struct Hello: Codable, Sendable {
        package var interfaces: [String]
        package init(interfaces: [String] = Wire.interfaces) { self.interfaces = interfaces }
    }
    /// What a plugin says of itself before it is given anything.
    package struct Introduction: Codable, Sendable, Hashable {
        package var interface: String
        package var manifest: Manifest
        /// Names of ``Ability``; unknown ones are left out by the shop.
        package var abilities: [String]
        package init(interface: String, manifest: Manifest, abilities: [String]) {
            self.interface = interface
            self.manifest = manifest
            self.abilities = abilities
        }
    }
    /// What a plugin is made from; the settings are in clear, for they are its own.
    package struct Settings: Codable, Sendable {
        package var environment: Setup.Environment
        package var shop: String
        package var settings: [String: String]
        package init(environment: Setup.Environment, shop: String, settings: [String: String]) {
            self.environment = environment
            self.shop = shop
            self.settings = settings
        }
    }
    /// Whom the plugin talks to with these settings, and who may call it.
    package struct Addresses: Codable, Sendable, Hashable {
        package var hosts: [String]
        package var callbackSources: [String]
        /// Nil where no customer is sent anywhere.
        package var pageHosts: [String]?
        package init(hosts: [String], callbackSources: [String], pageHosts: [String]?) {
            self.hosts = hosts
            self.callbackSources = callbackSources
            self.pageHosts = pageHosts
        }
    }
    /// An object without anything in it.
    package struct Nothing: Codable, Sendable { package init() {} }

    /// What ``Call`` carries, as far as it is data.
    package struct Frame: Codable, Sendable {
        package var ticket: String
        package var now: Date
        /// Public addresses of this ticket, by route.
        package var callbacks: [String: URL]
        package init(ticket: String, now: Date, callbacks: [String: URL]) {
            self.ticket = ticket
            self.now = now
            self.callbacks = callbacks
        }
    }

    /// One shape for the parameters of all calls: each method reads what it needs, and a plugin in any language finds
    /// the same word for the same thing.
    package struct Call: Codable, Sendable {
        package var frame: Frame?
        package var amount: Money?
        package var form: [String: String]?
        package var order: String?
        /// Of `start`: where the provider's page leads back to.
        package var returnTo: URL?
        package var past: Past?
        package var receipt: Receipt?
        package var reason: String?
        package var inbound: InboundRequest?
        package var text: String?
        package var account: String?
        package var answer: IncomingAnswer?
        package var from, to: Date?
        package var page: String?
        package init() {}
    }

    // Results that are not a value of the kit by itself.

    /// The result of `events`.
    package struct Events: Codable, Sendable {
        package var events: [PaymentEvent]
        package init(_ events: [PaymentEvent]) { self.events = events }
    }
    /// A line for each thing that was done or checked.
    package struct Lines: Codable, Sendable {
        package var lines: [String]
        package init(_ lines: [String]) { self.lines = lines }
    }
    /// The result of `receipt`: nil when the typed text is none.
    package struct Text: Codable, Sendable {
        package var text: String?
        package init(_ text: String?) { self.text = text }
    }
    /// The result of `question`: nil when the message is none.
    package struct Question: Codable, Sendable {
        package var question: IncomingQuestion?
        package init(_ question: IncomingQuestion?) { self.question = question }
    }
    /// The result of `code`.
    package struct Picture: Codable, Sendable {
        package var png: Data
        package init(_ png: Data) { self.png = png }
    }

    // What a plugin asks of the shop.

    /// A request to the provider, within a call.
    package struct Send: Codable, Sendable {
        package var call: Int
        package var request: HTTPRequest
        package init(call: Int, request: HTTPRequest) {
            self.call = call
            self.request = request
        }
    }
    /// One of the provider's access tokens, by the plugin's name for it.
    package struct TokenName: Codable, Sendable {
        package var call: Int
        package var name: String
        /// Of `tokens.invalidate` the one that was refused, of `tokens.put` the new one; nil when it was not to be had.
        package var token: String?
        /// Of `tokens.put`: how long it lives.
        package var seconds: Double?
        package init(call: Int, name: String, token: String? = nil, seconds: Double? = nil) {
            self.call = call
            self.name = name
            self.token = token
            self.seconds = seconds
        }
    }
    /// The shop's answer about a token.
    package struct Token: Codable, Sendable {
        /// Nil: fetch it.
        package var token: String?
        package init(_ token: String?) { self.token = token }
    }
    /// A message for the holder of a certificate's key.
    package struct Encrypt: Codable, Sendable {
        package var call: Int
        package var message, certificate: String
        package init(call: Int, message: String, certificate: String) {
            self.call = call
            self.message = message
            self.certificate = certificate
        }
    }
    /// The message, encrypted.
    package struct Encrypted: Codable, Sendable {
        package var bytes: Data
        package init(_ bytes: Data) { self.bytes = bytes }
    }
    /// A line for the shop's log.
    package struct Note: Codable, Sendable {
        package var call: Int
        package var note: String
        package init(call: Int, note: String) {
            self.call = call
            self.note = note
        }
    }
    /// The words that name which open call a message belongs to.
    package struct OfCall: Codable, Sendable { package var call: Int }
}

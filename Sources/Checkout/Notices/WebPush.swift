import Commerce
import Cryptography
import Foundation
import HTTPClient
import PaymentKit
import Storage

/// A message on its way to a browser.
package struct PushParcel: Sendable {
    let subscription: ID<PushSubscription>
    let address: PushSubscription.Address
    /// The shop's own.
    let key: P256Key
    /// What the browser's worker reads.
    let payload: [UInt8]
}

/// Hands messages for browsers to their push services: RFC 8030, encrypted by RFC 8291, signed by RFC 8292.
package struct WebPush: Sendable {
    private let client: OutboundClient
    /// How a push service reaches whoever runs the shop; nil where that is no https address.
    private let contact: String?
    private let now: @Sendable () -> Timestamp

    /// - Parameter client: One that connects to public addresses only: browsers name theirs.
    package init(client: OutboundClient, publicURL: String, now: @escaping @Sendable () -> Timestamp) {
        self.client = client
        contact = publicURL.hasPrefix("https://") ? publicURL : nil
        self.now = now
    }

    /// Seconds for which a push service keeps a message for a browser that is away.
    private static let keepSeconds = 86_400
    private static let tokenSeconds: Int64 = 12 * 3_600

    /// Hands one message over, once, and says what became of it.
    package func send(_ parcel: PushParcel) async -> Delivery {
        let body: [UInt8]
        do { body = try PushMessage.encrypt(parcel.payload, for: (parcel.address.point, parcel.address.secret)) } catch
        {
            return .refused("the browser's keys are no keys")
        }
        guard let origin = Self.origin(of: parcel.address.endpoint) else {
            return .refused("the browser's address is no address")
        }
        let authorization = PushSender.authorization(
            with: parcel.key, to: origin, until: now().milliseconds / 1_000 + Self.tokenSeconds, contact: contact)
        let request = OutboundRequest(
            method: "POST", url: parcel.address.endpoint,
            headers: [
                ("Authorization", authorization), ("Content-Encoding", "aes128gcm"),
                ("Content-Type", "application/octet-stream"), ("TTL", "\(Self.keepSeconds)"), ("Urgency", "high"),
            ], body: body, timeout: .seconds(30), effect: .acts, maxResponseBytes: 65_536)
        do {
            let status = try await client.send(request).status
            // RFC 8030, section 7.3, and what services do: 404 and 410 are the end of a subscription.
            if status == 404 || status == 410 { return .gone(parcel.subscription) }
            return Delivery(status: status, of: "the push service")
        } catch { return Delivery(error, of: "the push service") }
    }

    /// The scheme, host and port of an address, without a port that goes without saying.
    private static func origin(of address: String) -> String? {
        guard let parts = URLComponents(string: address), let scheme = parts.scheme, let host = parts.host else {
            return nil
        }
        return "\(scheme)://\(host)" + (parts.port.map { $0 == 443 && scheme == "https" ? "" : ":\($0)" } ?? "")
    }
}

/// Writes into a chat: a JSON `{"text": …}` is posted to an address that the chat gave, as Slack, Mattermost and Google
/// Chat take it ("Sending messages using incoming webhooks" in each one's documentation).
package struct ChatWebhook: Sendable {
    private let client: OutboundClient

    /// - Parameter client: One that connects to public addresses only: people type theirs.
    package init(client: OutboundClient) { self.client = client }

    /// Hands one message over, once, and says what became of it.
    package func send(_ text: String, to address: Secret) async -> Delivery {
        let body: [UInt8]
        do { body = Array(try JSONEncoder().encode(["text": text])) } catch {
            return .refused("its text does not write")
        }
        let request = OutboundRequest(
            method: "POST", url: address.reveal(), headers: [("Content-Type", "application/json")], body: body,
            timeout: .seconds(30), effect: .acts, maxResponseBytes: 65_536)
        do { return Delivery(status: try await client.send(request).status, of: "the chat") } catch {
            return Delivery(error, of: "the chat")
        }
    }
}

extension Delivery {
    /// What a status means. A fault leaves it open whether the message was taken.
    fileprivate init(status: Int, of server: String) {
        switch status {
        case 200...299: self = .accepted(id: nil)
        case 429, 503: self = .notNow("\(server) wants fewer messages (\(status))")
        case 300...499: self = .refused("\(server) refused it (\(status))")
        case _: self = .unclear("\(server) had a fault (\(status))")
        }
    }

    /// - Parameter server: Its name; the address is secret.
    fileprivate init(_ error: OutboundError, of server: String) {
        if error.kind == .forbidden {
            self = .refused("\(server) has an address that may not be written to")
        } else if error.mayHaveArrived {
            self = .unclear("the answer of \(server) is missing (libcurl error \(error.code))")
        } else {
            self = .notNow("\(server) could not be reached (libcurl error \(error.code))")
        }
    }
}

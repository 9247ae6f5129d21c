import Checkout
import Commerce
import Cryptography
import Foundation
import HTTPClient
import HTTPServer
import Storage
import Synchronization

/// Another program that is told of orders, over a real socket; it answers as the test says.
package final class TestWebhookReceiver: TestProgram {
    /// What came, whatever was answered.
    package struct Message: Sendable {
        package let path, id, timestamp, signature: String
        package let type: String?
        package let body: [UInt8]

        private struct Content: Decodable {
            struct Inner: Decodable { var order: Order? }
            var id, type, timestamp: String
            var data: Inner
        }
        /// What a program would read of an order.
        package struct Order: Decodable, Sendable {
            package struct Line: Decodable, Sendable, Hashable {
                package var slug: String
                package var quantity: Int
                package var unit_price: Int64
            }
            package var number, status, fulfilment, currency: String
            package var total, paid, refunded, left, version: Int64
            package var paid_at: String?
            package var lines: [Line]
        }

        private func content() throws -> Content { try JSONDecoder().decode(Content.self, from: Data(body)) }
        /// The event's type, as the body says it.
        package func event() throws -> String { try content().type }
        package func order() throws -> Order? { try content().data.order }
        /// The message's name, as the body says it.
        package func bodyID() throws -> String { try content().id }
        package var text: String { String(decoding: body, as: UTF8.self) }
    }
    /// What it does with a message.
    package enum Answer: Sendable {
        case status(Int, retryAfter: String? = nil)
        /// It leads elsewhere.
        case redirect(String)
        /// It says nothing until it is told to go on.
        case hang
        /// It hangs up in the middle of its answer.
        case cut
        case long
    }
    private struct State {
        var messages: [Message] = []
        var next: [Answer] = []
        var usual = Answer.status(204)
        var isHeld = true
    }
    private let state = Mutex(State())
    package let origin: String

    package var messages: [Message] { state.withLock { $0.messages } }
    package var address: String { "\(origin)/in/a-token-of-theirs" }
    /// What it does from now on.
    package func usually(_ answer: Answer) { state.withLock { $0.usual = answer } }
    /// What it does with the next messages, one after the other.
    package func next(_ answers: Answer...) { state.withLock { $0.next += answers } }
    /// Lets go of what it keeps waiting.
    package func goOn() { state.withLock { $0.isHeld = false } }

    package init(origin: String) { self.origin = origin }

    package func answer(to request: Request) async -> Response {
        let message = Message(
            path: request.path, id: request.header("webhook-id") ?? "",
            timestamp: request.header("webhook-timestamp") ?? "",
            signature: request.header("webhook-signature") ?? "", type: request.header("Content-Type"),
            body: request.body)
        let answer = state.withLock { state -> Answer in
            state.messages.append(message)
            return state.next.isEmpty ? state.usual : state.next.removeFirst()
        }
        switch answer {
        case .status(let status, let wait):
            return Response(status: status, headers: wait.map { [("Retry-After", $0)] } ?? [])
        case .redirect(let address): return Response(status: 302, headers: [("Location", address)])
        case .hang:
            while state.withLock({ $0.isHeld }) {
                do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
            }
            return Response(status: 204)
        case .cut: return Response(status: 200, body: .cut)
        case .long: return Response(status: 200, body: .bytes(SharedBytes(Array(repeating: 0x78, count: 100_000))))
        }
    }
}

/// A receiver's own check of a signature, from `docs/webhooks.md` and RFC 2104, with nothing of the sender's code.
package func isSigned(_ message: TestWebhookReceiver.Message, by secret: String, body: [UInt8]? = nil) -> Bool {
    guard secret.hasPrefix("whsec_"), let key = Data(base64Encoded: String(secret.dropFirst(6))) else { return false }
    let block = Array(key) + Array(repeating: 0, count: 64 - key.count)
    let signed = Array("\(message.id).\(message.timestamp).".utf8) + (body ?? message.body)
    let inner = SHA256.hash(block.map { $0 ^ 0x36 } + signed)
    let code = Data(SHA256.hash(block.map { $0 ^ 0x5C } + inner)).base64EncodedString()
    return message.signature.split(separator: " ").contains { $0 == "v1,\(code)" }
}

extension TestShop {
    /// The shop's webhooks over real sockets.
    package func webhooks(
        timeout: Duration = .seconds(15), addresses: ClientConfiguration.Addresses = .any,
        _ body: (WebhookSender) async throws -> Void
    ) async throws {
        let outside = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true, addresses: addresses))
        try await body(WebhookSender(shop: shop, client: outside, timeout: timeout))
        await outside.shutdown()
    }

    /// Adds a receiver; its secret.
    package func addWebhook(_ receiver: TestWebhookReceiver, named name: String = "Books") async throws -> String {
        try await shop.addWebhook(named: name, at: receiver.address, by: "test")
    }

    /// What a receiver was told, the first one first, as `event state tries`.
    package func toldWebhooks(_ name: String = "Books") async throws -> [String] {
        try await webhookLog(name).map { "\($0.message.event.rawValue) \($0.message.state.rawValue) \($0.tries.count)" }
    }

    /// All that a receiver was told, the first one first.
    package func webhookLog(_ name: String = "Books") async throws -> [LoggedWebhook] {
        guard let view = try await shop.webhooks().first(where: { $0.receiver.name == name }) else { return [] }
        return try await shop.webhookLog(of: view.receiver.id, atMost: 1_000).sorted {
            ($0.message.happenedAt, $0.message.orderVersion, $0.message.id.text)
                < ($1.message.happenedAt, $1.message.orderVersion, $1.message.id.text)
        }
    }
}

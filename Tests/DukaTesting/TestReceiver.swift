import Checkout
import Commerce
import Cryptography
import Foundation
import HTTPClient
import HTTPServer
import Storage
import Synchronization
import Testing

/// A push service and a chat over HTTP, which answer as the test says.
package final class TestReceiver: TestProgram {
    /// What came, whatever was answered.
    package struct Message: Sendable {
        package let path: String
        package let authorization, coding, type, timeToLive: String?
        package let body: [UInt8]
    }
    private struct State {
        var messages: [Message] = []
        var status = 201
        var hangsUp = false
    }
    private let state = Mutex(State())
    package let origin: String

    package var messages: [Message] { state.withLock { $0.messages } }
    package func answer(_ status: Int, hangsUp: Bool = false) {
        state.withLock { ($0.status, $0.hangsUp) = (status, hangsUp) }
    }

    package init(origin: String) { self.origin = origin }

    package func answer(to request: Request) async -> Response {
        let message = Message(
            path: request.path, authorization: request.header("Authorization"),
            coding: request.header("Content-Encoding"), type: request.header("Content-Type"),
            timeToLive: request.header("TTL"), body: request.body)
        let (status, hangsUp) = state.withLock { state in
            state.messages.append(message)
            return (state.status, state.hangsUp)
        }
        return hangsUp ? Response(status: 200, body: .cut) : Response(status: status)
    }
}

/// A browser that is subscribed at a push service.
package struct TestBrowser: Sendable {
    package let key = P256Key()
    package let secret = SecureRandom.bytes(16)
    package let endpoint: String
    package var path: String { String(endpoint.split(separator: "/").last ?? "") }

    package init(at service: TestReceiver, _ name: String) { endpoint = "\(service.origin)/push/\(name)" }

    /// What the page's script sends.
    package var fields: [(String, String)] {
        [
            ("push_endpoint", endpoint), ("push_point", Base64URL.encode(key.point)),
            ("push_secret", Base64URL.encode(secret)),
        ]
    }

    /// What its worker reads of a message.
    package func read(_ message: TestReceiver.Message) throws -> [String: String] {
        let json = try PushMessage.decrypt(message.body, with: key, secret: secret)
        return try JSONDecoder().decode([String: String].self, from: Data(json))
    }
}

extension TestShop {
    /// The shop's messages to browsers and chats, over real sockets.
    package func outsidePost(
        addresses: ClientConfiguration.Addresses = .any, quietHours: QuietHours? = nil,
        _ body: (PostOffice) async throws -> Void
    ) async throws {
        let outside = OutboundClient(ClientConfiguration(allowPlainHTTPToLoopback: true, addresses: addresses))
        try await shop.set([.quietHours: quietHours?.description ?? "off"])
        var ways = PostOffice.Ways()
        let push = WebPush(client: outside, publicURL: "https://shop.example", now: { [clock] in clock.now })
        let chat = ChatWebhook(client: outside)
        ways.push = { await push.send($0) }
        ways.chat = { await chat.send($0, to: $1) }
        let office = PostOffice(shop: shop, ways: ways, compose: { [site] in site.compose($0) })
        try await office.open()
        try await body(office)
        await outside.shutdown()
    }
}

import Checkout
import Commerce
import FaultTesting
import Foundation
import HTTPClient
import HTTPServer
import PaymentKit
import Storage
import Synchronization

/// An SMS service over HTTP that answers as the test says, in the form of Africa's Talking.
package final class TestSMSService: TestProgram {
    package struct Message: Sendable, Hashable {
        package let to, text: String
        package let from: String?
        package let key: String?
    }
    /// What it does with a message.
    package enum Answer: Sendable {
        /// A recipient's status code.
        case code(Int)
        case status(Int)
        case body(String)
        /// It takes the message and hangs up.
        case hangUp
    }
    private struct State {
        var messages: [Message] = []
        var answer = Answer.code(101)
    }
    private let state = Mutex(State())
    package let origin: String

    /// Messages that it was given, whatever it answered.
    package var messages: [Message] { state.withLock { $0.messages } }
    package var address: String { "\(origin)/version1/messaging" }
    package func answer(_ answer: Answer) { state.withLock { $0.answer = answer } }

    package init(origin: String) { self.origin = origin }

    package func answer(to request: Request) async -> Response {
        guard request.path == "/version1/messaging", let form = try? request.form() else {
            return Response(status: 404)
        }
        let message = Message(
            to: form["to"] ?? "", text: form["message"] ?? "", from: form["from"], key: request.header("apiKey"))
        let answer = state.withLock { state -> Answer in
            state.messages.append(message)
            return state.answer
        }
        switch answer {
        case .code(let code):
            return Self.json(
                """
                {"SMSMessageData":{"Message":"Sent to 1/1 Total Cost: KES 0.8000","Recipients":[{"statusCode":\(code),\
                "number":"\(message.to)","status":"x","cost":"KES 0.8000","messageId":"ATXid_1"}]}}
                """)
        case .status(let status): return Response(status: status)
        case .body(let text): return Self.json(text)
        case .hangUp: return Self.json(String(repeating: "x", count: 100_000))
        }
    }

    private static func json(_ text: String) -> Response {
        Response(
            status: 201, headers: [("Content-Type", "application/json")], body: .bytes(SharedBytes(Array(text.utf8))))
    }
}

extension TestShop {
    /// The shop's letters and SMS over real sockets.
    package func post(
        mail: TestMailServer? = nil, sms: TestSMSService? = nil, ownerPhone: String? = nil,
        quietHours: QuietHours? = nil
    ) async throws -> PostOffice {
        var ways = PostOffice.Ways()
        try await shop.set([
            .ownerEmail: "owner@example.com", .ownerPhone: ownerPhone ?? "",
            .quietHours: quietHours?.description ?? "off",
        ])
        if let mail {
            let client = MailClient(
                try MailServer(mail.url, greetingAs: "shop.example", user: nil, password: nil), timeout: .seconds(20))
            ways.from = MailAddress("shop@shop.example")
            ways.letters = { await client.deliver($0) }
        }
        if let sms {
            let service = AfricasTalking(
                client: client, address: sms.address, username: "sandbox", key: Secret("a-key-of-the-service"),
                sender: "NJERI")
            ways.sms = { await service.send($0, to: $1) }
        }
        let office = PostOffice(shop: shop, ways: ways, compose: { [site] in site.compose($0) })
        try await office.open()
        return office
    }

    /// What an order's customer was told, as `kind channel state`.
    package func told(_ path: String) async throws -> [String] {
        let number = try await order(path).number
        return (try await shop.notices(of: number) ?? []).map {
            "\($0.kind.rawValue) \($0.channel.rawValue) \($0.state.rawValue)"
        }
    }

    /// Buys with an e-mail address and returns the path of the order's page.
    package func buyByMail(
        phone: String = "0712345678", email: String = "asha@example.com", cart: String = "mug:1"
    ) async throws -> String {
        let answer = try await checkOut(phone: phone, cart: cart, email: email)
        return answer.header("location") ?? "/"
    }
}

extension TestMailServer.Taken {
    /// The body's text, out of its base64.
    package var text: String {
        guard let start = message.range(of: "\r\n\r\n") else { return "" }
        let digits = message[start.upperBound...].filter { !$0.isNewline }
        return Data(base64Encoded: String(digits)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// A header field's value, encoded words and all.
    package func header(_ name: String) -> String? {
        message.components(separatedBy: "\r\n").first { $0.hasPrefix("\(name): ") }.map {
            String($0.dropFirst(name.count + 2))
        }
    }
}

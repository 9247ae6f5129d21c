import Commerce
import Foundation
import HTTPClient
import PaymentKit

/// Sends SMS through Africa's Talking: `POST /version1/messaging`, a form that is answered with JSON.
///
/// An SMS is an act: each is sent once, on a connection of its own, and what may have been sent is not sent again.
package struct AfricasTalking: Sendable {
    /// The public address of its messaging interface.
    package static let address = "https://api.africastalking.com/version1/messaging"

    private let client: OutboundClient
    private let address: String
    private let username: String
    private let key: Secret
    /// The registered name or short code that messages come from; nil for the account's own.
    private let sender: String?

    package init(client: OutboundClient, address: String, username: String, key: Secret, sender: String?) {
        self.client = client
        self.address = address
        self.username = username
        self.key = key
        self.sender = sender
    }

    /// Hands one message over, once, and says what became of it.
    package func send(_ text: ShortText, to phone: PhoneNumber) async -> Delivery {
        var fields = [("username", username), ("to", "+\(phone.digits)"), ("message", text.text)]
        if let sender { fields.append(("from", sender)) }
        let request = OutboundRequest(
            method: "POST", url: address,
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
                ("apiKey", key.reveal()),
            ], body: Array(fields.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&").utf8),
            timeout: .seconds(30), effect: .acts, maxResponseBytes: 65_536)
        do {
            let response = try await client.send(request)
            return Self.delivery(status: response.status, body: response.body)
        } catch {
            let why = "libcurl error \(error.code)"
            return error.mayHaveArrived
                ? .unclear("the SMS service's answer is missing (\(why))")
                : .notNow("the SMS service could not be reached (\(why))")
        }
    }

    /// What an answer means: a recipient's status code decides, and without one nothing is known but a clear no.
    ///
    /// Codes from Africa's Talking's documentation of bulk SMS: 100 processed, 101 sent, 102 queued; 401 to 409
    /// refused; 500 to 502 something went wrong on the way.
    package static func delivery(status: Int, body: [UInt8]) -> Delivery {
        switch status {
        case 200...299: break
        case 401, 403: return .notNow("the SMS service does not know our user or key (\(status))")
        case 429: return .notNow("the SMS service wants fewer messages (429)")
        case 400...499: return .refused("the SMS service refused the message (\(status))")
        case _: return .unclear("the SMS service had a fault (\(status))")
        }
        let answer: Answer
        do { answer = try JSONDecoder().decode(Answer.self, from: Data(body)) } catch {
            return .unclear("the SMS service's answer does not read")
        }
        guard let recipient = answer.SMSMessageData.Recipients.first else {
            // Nobody to send to: its message says why, such as an unknown sender.
            return .refused("the SMS service took the message for nobody")
        }
        switch recipient.statusCode {
        case 100, 101, 102: return .accepted(id: recipient.messageId.flatMap { $0 == "None" ? nil : $0 })
        case 405: return .notNow("the SMS account has no money left (405)")
        case 401...409: return .refused("the SMS service refused the number or the sender (\(recipient.statusCode))")
        case let code: return .unclear("the SMS service says \(code)")
        }
    }

    private struct Answer: Decodable {
        struct Recipient: Decodable {
            var statusCode: Int
            var messageId: String?
        }
        // As the service writes them.
        struct MessageData: Decodable { var Recipients: [Recipient] }
        var SMSMessageData: MessageData
    }

    /// A form's value: letters and digits as they are, the rest by its bytes.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: String(UnicodeScalar(byte))
            case let byte: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}

extension Delivery {
    /// What a mail server's answer means.
    package init(_ error: MailError) {
        switch error.kind {
        case .notSent, .refusedForNow: self = .notNow(error.description)
        case .refused: self = .refused(error.description)
        case .maySent: self = .unclear(error.description)
        }
    }
}

extension MailClient {
    /// Sends a letter and says what became of it.
    package nonisolated func deliver(_ letter: Letter) async -> Delivery {
        do {
            try await send(OutboundLetter(from: letter.from.text, to: letter.to.text, message: letter.message))
            return .accepted(id: nil)
        } catch { return Delivery(error) }
    }
}

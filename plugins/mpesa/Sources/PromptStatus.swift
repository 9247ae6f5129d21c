import FoundationEssentials
import PaymentKit

/// Asking what became of a prompt. A success has no receipt here; it comes with the callback.
extension MPesa: StatusQuerying {
    private struct Question: Encodable, Sendable {
        let shortcode, password, timestamp, checkout: String
        enum CodingKeys: String, CodingKey {
            case shortcode = "BusinessShortCode"
            case password = "Password"
            case timestamp = "Timestamp"
            case checkout = "CheckoutRequestID"
        }
    }

    public func status(of past: Past, _ call: Call) async throws -> Outcome {
        guard past.kind == .attempt else { return try await statusOfOperation(past, call) }
        // Where the answer to the push was lost, only the callback knows the id.
        guard let checkout = past.reference(Self.checkoutID) else {
            throw PaymentError.unavailable("M-PESA has given no request id yet to ask about.")
        }
        let signature = PromptSignature(account, call.now)
        let question = Question(
            shortcode: signature.shortcode, password: signature.password, timestamp: signature.timestamp,
            checkout: checkout)
        let answer = try await send(question, to: "mpesa/stkpushquery/v1/query", effect: .asks, seconds: 15, call)
        return Outcome(try Self.fact(in: answer, about: checkout, past.amount))
    }

    /// - Throws: For every error answer: it says nothing about the payment.
    private static func fact(in answer: Answer, about checkout: String, _ amount: Money) throws(PaymentError) -> Fact {
        if let refusal = answer.commonRefusal { throw refusal }
        if let error = answer.error {
            // Pending and unknown share a code.
            if error.code == "500.001.1001", error.says("being processed") || error.says("under processing") {
                return .pending
            }
            if error.code == "500.001.1001", error.says("does not exist"), !error.says("merchant") { return .notFound }
            if error.code == "400.002.02", error.says("checkoutrequestid") { return .notFound }
            throw .unavailable("M-PESA could not answer (status \(answer.status), code \(error.code)).")
        }
        guard answer.isSuccess, let json = answer.json, json["ResponseCode"]?.text ?? "0" == "0",
            json[checkoutID]?.text ?? checkout == checkout, let code = json["ResultCode"]?.identifier
        else { throw .unavailable("M-PESA's answer does not read (status \(answer.status)).") }

        if code == "0" { return .paid(amount, receipt: nil) }
        let words = json["ResultDesc"]?.text ?? ""
        let lowered = words.lowercased()
        if lowered.contains("being processed") || lowered.contains("under processing") { return .pending }
        return ResultCodes.fact(.query, code, detail: words) ?? .unclear(code: code, detail: words.redacted)
    }
}

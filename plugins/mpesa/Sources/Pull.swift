import FoundationEssentials
import PaymentKit

/// Safaricom's list of payments to the paybill or till, which needs no callback to have arrived.
extension MPesa: Reconciling {
    /// Seconds that the list reaches back.
    static let pullReach: Double = 48 * 3_600

    /// - Parameter page: How many rows were read so far. Safaricom counts rows, and the size of its pages is not
    ///   documented: the list ends with an empty page.
    public func statement(from: Date, to: Date, page: String?, _ call: Call) async throws -> StatementPage {
        // A minute of difference between the clocks must not make the whole request too old.
        let from = max(from, call.now.addingTimeInterval(60 - Self.pullReach))
        guard let offset = Int(page ?? "0"), offset >= 0, from < to else {
            throw PaymentError.unsupported("M-PESA lists the payments of the last 48 hours only.")
        }
        let body = [
            "ShortCode": account.shortcode, "StartDate": EastAfricaTime.written(from),
            "EndDate": EastAfricaTime.written(to), "OffSetValue": String(offset),
        ]
        let answer = try await send(body, to: "pulltransactions/v1/query", effect: .asks, seconds: 30, call)
        let rows = try Self.rows(in: answer)
        let lines = rows.compactMap(Self.line)
        if lines.count < rows.count {
            call.log.note("\(rows.count - lines.count) rows of M-PESA's list of payments do not read.")
        }
        return StatementPage(lines, next: rows.isEmpty ? nil : String(offset + rows.count))
    }

    private static func rows(in answer: Answer) throws(PaymentError) -> [LooseJSON] {
        if let refusal = answer.commonRefusal { throw refusal }
        if let error = answer.error {
            if error.says("does not have any available transactions") { return [] }
            if error.code == "400.001" {
                throw .misconfigured(
                    "Safaricom does not list payments for the paybill or store number (MPESA_SHORTCODE): check "
                        + "the number, and register it for the "
                        + "list first.", setting: shortcode.key)
            }
            throw .unavailable("M-PESA could not list payments (status \(answer.status), code \(error.code)).")
        }
        guard answer.isSuccess, let json = answer.json, let code = json["ResponseCode"]?.text,
            ["1000", "1001"].contains(code)
        else { throw .unavailable("M-PESA's list of payments does not read (status \(answer.status)).") }
        // A list of lists in practice, a plain list in places. An empty one comes as text, or as a list without rows.
        return (json["Response"]?.elements ?? []).flatMap { element in
            if case .list(let rows) = element { rows } else { [element] }
        }
    }

    /// The time is left out: it is marked as UTC, and is East Africa's in places.
    private static func line(_ row: LooseJSON) -> StatementLine? {
        guard let id = row["transactionId"]?.identifier,
            let amount = row["amount"]?.text.flatMap({ Money(decimal: $0, .kes) }), amount.minor > 0
        else { return nil }
        let type = row["transactiontype"]?.text?.lowercased() ?? ""
        let direction: StatementLine.Direction
        if type.contains("revers") {
            direction = .returned(receipt: nil)
        } else if type.isEmpty || type.hasPrefix("c2b") {
            direction = .incoming
        } else {
            return nil
        }
        return StatementLine(
            direction, Receipt(id, payer: row["msisdn"]?.text.flatMap(Party.init)?.number), amount,
            account: row["billreference"]?.text ?? "")
    }

    /// Needs the nominated number. Asked again, Safaricom says that it knows the shortcode already.
    public func registerStatement(_ call: Call) async throws -> [String] {
        guard let number = account.nominatedNumber else {
            throw PaymentError.misconfigured(
                "The nominated number (MPESA_NOMINATED_NUMBER) is missing. \(Self.nominatedNumber.help)",
                setting: Self.nominatedNumber.key)
        }
        let body = [
            "ShortCode": account.shortcode, "RequestType": "Pull", "NominatedNumber": number.digits,
            "CallBackURL": call.callback(Self.incomingRoute).absoluteString,
        ]
        // Asked, not acted: no money moves, and a second request changes nothing.
        let answer = try await send(body, to: "pulltransactions/v1/register", effect: .asks, seconds: 30, call)
        if let refusal = answer.commonRefusal { throw refusal }
        if let error = answer.error, error.provesNothingHappened { throw Self.refusedField(error) }
        // The name is spelt with a space in places.
        switch (answer.json?["ResponseStatus"] ?? answer.json?["Response Status"])?.text {
        case "1000": return ["Safaricom will list the payments to \(account.shortcode)."]
        case "1001": return ["Safaricom already lists the payments to \(account.shortcode)."]
        default:
            throw PaymentError.unavailable(
                "Safaricom did not register \(account.shortcode) for its list of payments (status \(answer.status)).")
        }
    }
}

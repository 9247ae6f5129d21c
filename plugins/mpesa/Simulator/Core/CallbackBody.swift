/// Makes the bodies of callbacks; reference, section 4.3.
enum CallbackBody {
    /// The true news of `result`.
    static func genuine(_ push: Push, _ result: PushResult) -> [UInt8] {
        let amount = result.code == "0" ? result.debited : push.amount
        return body(push, result, amount: amount, receipt: result.receipt, forms: push.story.callback.forms).bytes
    }

    /// A success that never was: the right ids, with a wrong amount and an invented receipt, or with the right amount
    /// and the receipt of another payment.
    static func forged(_ push: Push, receipt: String? = nil, at instant: Milliseconds) -> [UInt8] {
        let result = PushResult(
            code: "0", description: ResultText.of("0"), at: instant, receipt: nil, debited: 0)
        let amount = receipt != nil ? push.amount : push.amount == 1 ? 2 : 1
        return body(push, result, amount: amount, receipt: receipt ?? "UZZ0F0RGED", forms: []).bytes
    }

    private static func body(
        _ push: Push, _ result: PushResult, amount: Int, receipt: String?, forms: [CallbackForm]
    ) -> JSON {
        let isNumber = !forms.contains(.stringCode) && Int(result.code) != nil
        var members: [JSON.Member] = [
            .init(name: "MerchantRequestID", value: .string(push.merchantRequestID)),
            .init(name: "CheckoutRequestID", value: .string(push.checkoutRequestID)),
            .init(name: "ResultCode", value: isNumber ? .number(result.code) : .string(result.code)),
            .init(name: "ResultDesc", value: .string(result.description)),
        ]
        if result.code == "0", !forms.contains(.withoutMetadata) {
            let items = items(push, result, amount: amount, receipt: receipt, forms: forms)
            members.append(.init(name: "CallbackMetadata", value: ["Item": .array(items)]))
        }
        return ["Body": ["stkCallback": .object(members)]]
    }

    private static func items(
        _ push: Push, _ result: PushResult, amount: Int, receipt: String?, forms: [CallbackForm]
    ) -> [JSON] {
        func number(_ text: String) -> JSON { forms.contains(.stringValues) ? .string(text) : .number(text) }
        let amountItem: JSON = [
            "Name": "Amount", "Value": number(forms.contains(.integerAmount) ? "\(amount)" : "\(amount).00"),
        ]
        let receiptItem: JSON = ["Name": "MpesaReceiptNumber", "Value": JSON(receipt)]
        let dateItem: JSON = ["Name": "TransactionDate", "Value": number(EastAfricaTime(result.at).digits)]
        let phoneItem: JSON = ["Name": "PhoneNumber", "Value": number(push.phone)]
        if forms.contains(.reordered) { return [phoneItem, dateItem, amountItem, receiptItem] }
        let balance: [JSON] = forms.contains(.balanceWithoutValue) ? [["Name": "Balance"]] : []
        return [amountItem, receiptItem] + balance + [dateItem, phoneItem]
    }
}

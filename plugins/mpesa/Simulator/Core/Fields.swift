/// Reads the fields of a request one by one; the first that is wrong is the one that is named.
struct Fields {
    let json: JSON

    /// A text of so many characters.
    func text(_ name: String, _ length: ClosedRange<Int> = 1...1_024) throws(Refusal) -> String {
        guard let text = json[name]?.text, length.contains(text.count) else { throw .invalid(name) }
        return text
    }

    /// A text that may be left out, be null or be empty.
    func optional(_ name: String, upTo length: Int) throws(Refusal) -> String {
        guard let value = json[name], value != .null else { return "" }
        guard let text = value.text, text.count <= length else { throw .invalid(name) }
        return text
    }

    /// One of these words, spelt exactly so.
    func word(_ name: String, _ words: Set<String>) throws(Refusal) -> String {
        guard let text = json[name]?.text, words.contains(text) else { throw .invalid(name) }
        return text
    }

    /// Whole KES.
    func amount(_ range: ClosedRange<Int>) throws(Refusal) -> Int {
        guard let amount = json["Amount"]?.text.flatMap(PushRequest.wholeNumber), range.contains(amount) else {
            throw .invalid("Amount")
        }
        return amount
    }

    /// A paybill, till or store number.
    func shortcode(_ name: String) throws(Refusal) -> String {
        guard let text = json[name]?.text, PushRequest.isDigits(text, 5...7) else { throw .invalid(name) }
        return text
    }

    /// A Kenyan mobile number of twelve digits.
    func phone(_ name: String) throws(Refusal) -> String {
        guard let text = json[name]?.text, PushRequest.isPhone(text) else { throw .invalid(name) }
        return text
    }

    /// An address that M-PESA would call.
    func address(_ name: String) throws(Refusal) -> String {
        guard let text = json[name]?.text, CallbackAddress.isAllowed(text) else { throw .invalid(name) }
        return text
    }

    /// A receipt: ten capital letters and digits.
    static func isReceipt(_ text: String) -> Bool {
        text.utf8.count == 10
            && text.utf8.allSatisfy { ("A"..."Z" ~= Unicode.Scalar($0)) || ("0"..."9" ~= Unicode.Scalar($0)) }
    }
}

extension String {
    /// The provider's words as staff may read them: one line of 160 characters at most.
    ///
    /// Messages may repeat an access token, and ids may hold the customer's number. So words of 20 characters and more
    /// are dropped, and where a text has nine digits or more all of them are hidden.
    public var redacted: String {
        let words = prefix(1_000).split {
            $0.isWhitespace || $0.unicodeScalars.contains { $0.properties.generalCategory == .control }
        }
        let line = words.map { $0.count < 20 ? String($0) : "…" }.joined(separator: " ").prefix(160)
        let digits = line.count { $0.isNumber }
        return digits < 9 ? String(line) : String(line.map { $0.isNumber ? "*" : $0 })
    }
}

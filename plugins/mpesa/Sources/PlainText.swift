extension String {
    /// ASCII letters and digits, which no field of Daraja refuses, cut to `length` characters.
    ///
    /// - Parameter others: Further characters that may stay; without a space among them the words are joined.
    func plain(_ length: Int, allowing others: String = "") -> String {
        let kept = unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                || others.unicodeScalars.contains(scalar) ? Character(scalar) : " "
        }
        let words = String(kept).split(separator: " ").joined(separator: others.contains(" ") ? " " : "")
        let text = words.prefix(length)
        return String(text.last == " " ? text.dropLast() : text)
    }
}

extension String {
    /// Whether a run of digits in it is a Kenyan mobile number, written as people or as providers write it.
    package var holdsPhone: Bool {
        let runs = split { !$0.isASCII || !$0.isNumber }
        return runs.contains { run in
            var national: Substring?
            if run.count == 12, run.hasPrefix("254") { national = run.dropFirst(3) }
            if run.count == 10, run.hasPrefix("0") { national = run.dropFirst(1) }
            return national.map { $0.hasPrefix("7") || $0.hasPrefix("1") } ?? false
        }
    }

    /// The same without telephone numbers: `call •••`.
    package var withoutPhones: String {
        guard holdsPhone else { return self }
        var text = ""
        var run = ""
        for character in self + "\n" {
            if character.isASCII, character.isNumber {
                run.append(character)
                continue
            }
            text += run.holdsPhone ? "•••" : run
            run = ""
            text.append(character)
        }
        return String(text.dropLast())
    }
}

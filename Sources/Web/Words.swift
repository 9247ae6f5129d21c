import Commerce
import FoundationEssentials
import Synchronization

/// The fixed sentences of the pages, by language and key.
struct WordBook: Sendable {
    private let languages: [Language: [String: String]]
    /// The same where a sentence `key_any` stands for `key`.
    private let neutral: [Language: [String: String]]
    /// What was made by ``words(_:speakingOf:)``: every page of an order asks for it.
    private let spoken = Spoken()

    /// Reads `<code>.json` for each language; every language has the same keys.
    ///
    /// - Throws: ``TemplateProblem`` when a file is missing, does not read, or lacks a key that another has.
    init(directory: String) throws {
        var languages: [Language: [String: String]] = [:]
        for language in Language.allCases {
            let file = "\(directory)/\(language.rawValue).json"
            do {
                languages[language] = try JSONDecoder().decode(
                    [String: String].self, from: Data(contentsOf: URL(filePath: file)))
            } catch { throw TemplateProblem(file: file, problem: "does not read: \(error)") }
        }
        let all = Set(languages.values.flatMap(\.keys))
        for (language, words) in languages {
            let missing = all.subtracting(words.keys).sorted()
            guard missing.isEmpty else {
                throw TemplateProblem(
                    file: "\(language.rawValue).json", problem: "lacks \(missing.joined(separator: ", "))")
            }
        }
        self.languages = languages
        neutral = languages.mapValues { words in
            let others = words.filter { $0.key.hasSuffix("_any") }.map { (String($0.key.dropLast(4)), $0.value) }
            return words.merging(others) { _, neutral in neutral }
        }
    }

    subscript(_ language: Language) -> Words { Words(all: languages[language] ?? [:], language: language) }

    /// The sentences for customers who have these ways to pay: they name one only where it is the usual one alone.
    func words(_ language: Language, waysToPay names: [String]) -> Words {
        let all = names.allSatisfy { $0 == Words.provider } ? languages : neutral
        return Words(all: all[language] ?? [:], language: language)
    }

    /// The sentences of a payment with one provider, where the language files speak of the usual one.
    func words(_ language: Language, speakingOf provider: String) -> Words {
        let usual = self[language]
        guard provider != Words.provider else { return usual }
        let all = spoken.made.withLock { made in
            if let known = made[language]?[provider] { return known }
            let all = usual.all.mapValues { $0.replacing(Words.provider, with: provider) }
            made[language, default: [:]][provider] = all
            return all
        }
        return Words(all: all, language: language)
    }

    /// By language and the provider's name: as many as there are ways to pay.
    private final class Spoken: Sendable {
        let made = Mutex<[Language: [String: [String: String]]]>([:])
    }

    /// One language's sentences.
    struct Words: Sendable {
        let all: [String: String]
        let language: Language

        /// The sentence of a key with its `{0}`, `{1}` … filled in. A missing key shows itself, and a test finds it.
        func callAsFunction(_ key: String, _ values: String...) -> String { self(key, values: values) }

        func callAsFunction(_ key: String, values: [String]) -> String {
            var text = all[key] ?? key
            for (place, value) in values.enumerated() { text = text.replacing("{\(place)}", with: value) }
            return text
        }

        func has(_ key: String) -> Bool { all[key] != nil }

        /// For a payment on a provider's own page: a sentence `key_page` stands for `key`.
        var forPage: Words {
            var all = all
            for (key, text) in self.all where key.hasSuffix("_page") { all[String(key.dropLast(5))] = text }
            return Words(all: all, language: language)
        }

        fileprivate static let provider = "M-PESA"
    }
}

/// A template or a language file that cannot be used; the shop does not start.
package struct TemplateProblem: Error, CustomStringConvertible {
    package let file, problem: String
    package var description: String { "\(file) \(problem)." }
}

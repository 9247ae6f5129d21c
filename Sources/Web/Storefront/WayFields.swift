import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// What ways to pay ask of customers: drawn under each of them, so that nothing typed is lost when another is chosen.
extension Site {
    /// A field's name in the form, and its place on the page.
    static func fieldName(_ provider: String, _ key: String) -> String { "way-\(provider)-\(key)" }

    /// Everything that was typed for any of the ways to pay, by the names of the fields.
    func typedFields(_ form: Form) -> [String: String] {
        var typed: [String: String] = [:]
        for provider in shop.offeredProviders {
            for field in provider.manifest.form where field.isDrawn {
                let name = Self.fieldName(provider.name, field.key)
                if let text = form[name], !text.isEmpty { typed[name] = String(text.prefix(500)) }
            }
        }
        return typed
    }

    /// What was typed for one way to pay, by the plugin's keys.
    static func fields(of provider: String, in typed: [String: String]) -> [String: String] {
        let prefix = fieldName(provider, "")
        var fields: [String: String] = [:]
        for (name, text) in typed where name.hasPrefix(prefix) { fields[String(name.dropFirst(prefix.count))] = text }
        return fields
    }

    /// The fields of one way to pay as its page shows them.
    ///
    /// - Parameter errors: By the names of the fields.
    func wayFields(
        _ provider: (name: String, manifest: Manifest), _ typed: [String: String], errors: [String: String],
        _ words: WordBook.Words
    ) -> [Context] {
        provider.manifest.form.filter(\.isDrawn).map { field in
            let name = Self.fieldName(provider.name, field.key)
            let told = field.words(in: words.language.rawValue)
            let value = typed[name] ?? field.default ?? ""
            var row: Context = [
                "field_name": name, "field_value": value, "field_hint": told.help, "has_hint": !told.help.isEmpty,
                "field_error": errors[name] ?? "", "has_error": errors[name] != nil,
                "field_label": field.need == .always ? told.label : words("field_optional", told.label),
                "is_digits": field.kind == .integer, "is_choice": false,
            ]
            if case .choice(let values) = field.kind {
                row["is_choice"] = true
                row["options"] = values.map { option -> Context in
                    ["option_value": option, "option_chosen": option == value]
                }
            }
            return row
        }
    }

    /// Which ways to pay need the e-mail address; nil when none does.
    func emailHint(_ offered: [(name: String, manifest: Manifest)], _ words: WordBook.Words) -> String? {
        let needing = offered.filter { way in
            way.manifest.form.contains { $0.isCheckoutsEmail && $0.need != .never }
        }
        return needing.isEmpty ? nil : words("email_hint", needing.map(\.manifest.name).joined(separator: ", "))
    }
}

extension Manifest {
    /// How a field of the form is called in a language.
    func label(of key: String, _ language: Language) -> String {
        form.first { $0.key == key }?.words(in: language.rawValue).label ?? key
    }
}

import Checkout
import Commerce
import PaymentKit

/// What is wrong with a form, in words: beside each field, and in the summary on top.
struct ProblemWords {
    private(set) var fields: [String: String] = [:]
    private(set) var summary: [[String: String]] = []
    private(set) var networkWarning: String?

    /// - Parameter way: The way to pay that was chosen, whose fields the problems speak of.
    init(
        _ problems: [FormProblem], words: WordBook.Words, lines: [PricedLine] = [],
        way: (name: String, manifest: Manifest)? = nil, language: Language
    ) {
        func field(_ key: String) -> String { Site.fieldName(way?.name ?? "", key) }
        func label(_ key: String) -> String { way?.manifest.label(of: key, language) ?? key }
        func name(_ slug: String) -> String { lines.first { $0.slug == slug }?.name[language] ?? slug }
        for problem in problems {
            let (field, text): (String, String) =
                switch problem {
                case .nameMissing: ("name", words("err_name_empty"))
                case .nameTooLong: ("name", words("err_name_long", "80"))
                case .phone(let problem): ("phone", words(Self.key(problem)))
                case .phoneOfOtherNetwork(let network): ("use_anyway", Self.warning(network, words))
                case .emailWrong: ("email", words("err_email_bad"))
                case .deliveryMissing: ("delivery", words("err_delivery_none"))
                case .placeMissing: ("place", words("err_place_empty"))
                case .placeTooLong: ("place", words("err_place_long", "200"))
                case .providerUnknown: ("phone", words("no_way_to_pay"))
                case .emailNeeded(let name): ("email", words("err_email_needed", name))
                case .fieldMissing(let key): (field(key), words("err_field_missing", label(key)))
                case .fieldWrong(let key): (field(key), words("err_field_wrong", label(key)))
                case .cartEmpty: ("", words("err_cart_empty"))
                case .outOfStock(let slug, let left):
                    ("", left == 0 ? words("err_sold_out", name(slug)) : words("err_few_left", name(slug), "\(left)"))
                case .formTooOld: ("", words("err_form_old"))
                case .orderTooLarge(let most): ("", words("err_order_large", most.description))
                case .refused(let refusal): Self.refused(refusal, words)
                }
            if field == "use_anyway" { networkWarning = text } else if !field.isEmpty { fields[field] = text }
            summary.append(["error_href": field.isEmpty ? "/cart" : "#\(field)", "error_text": text])
        }
    }

    static func key(_ problem: PhoneNumber.Problem) -> String {
        switch problem {
        case .empty: "err_phone_empty"
        case .tooShort: "err_phone_short"
        case .tooLong: "err_phone_long"
        case .strangeCharacter: "err_phone_characters"
        case .otherCountry: "err_phone_foreign"
        case .notAMobileNumber: "err_phone_not_mobile"
        }
    }

    static func warning(_ network: String, _ words: WordBook.Words) -> String {
        let key = "network_\(network.lowercased())"
        return words.has(key) ? words("network_warning", words(key)) : words("network_warning_other")
    }

    private static func refused(_ refusal: StartRefusal, _ words: WordBook.Words) -> (String, String) {
        switch refusal {
        case .tooMany(let until): ("phone", words("err_too_many_prompts", until.eastAfrica.clockWithSeconds))
        case .noAttemptsLeft: ("phone", words("err_no_attempts_left"))
        case .stillOpen: ("phone", words("state_checking_next"))
        case .notPayable: ("phone", words("state_expired_explanation"))
        case .amountOutOfRange(let minimum, let maximum):
            if let maximum {
                ("", words("err_above_limit", maximum.description))
            } else {
                ("", words("err_below_minimum", minimum?.description ?? ""))
            }
        }
    }
}

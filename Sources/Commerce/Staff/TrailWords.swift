extension AuditEntry {
    /// How a deed ended, as its entry's action ends.
    package enum Ending: String, CaseIterable, Sendable { case done, refused, unknown }

    /// What was done, without how it ended.
    package var deed: String {
        guard let ending, !Self.wholeNames.contains(action) else { return action }
        return String(action.dropLast(ending.rawValue.count + 1))
    }

    /// Nil for a beginning, and for what has none.
    package var ending: Ending? {
        guard !Self.wholeNames.contains(action) else { return nil }
        return Ending.allCases.first { action.hasSuffix("_\($0.rawValue)") }
    }

    /// Actions that end like an ending and have none.
    private static let wholeNames: Set<String> = [
        "sign_in_refused", "code_refused", "password_refused", "passkey_refused",
    ]

    /// The action in words: `refund approved done`, or in Swahili as far as it is known.
    package func actionWords(in language: Language) -> String {
        switch language {
        case .english: return String(action.map { $0 == "_" ? " " : $0 })
        case .swahili:
            guard let words = Self.swahili[deed] else { return actionWords(in: .english) }
            return switch ending {
            case .done: "\(words): imefanyika"
            case .refused: "\(words): imekataliwa"
            case .unknown: "\(words): haijulikani ilivyoisha"
            case nil: words
            }
        }
    }

    /// Deeds with their Swahili words. A test finds one that is missing here.
    package static let swahili: [String: String] = [
        "sign_in_refused": "kuingia kumekataliwa", "code_refused": "nambari ya mara moja imekataliwa",
        "password_refused": "nenosiri limekataliwa", "signed_in": "ameingia", "signed_out": "ametoka",
        "session_ended": "amefunga kikao", "invited": "amealika", "password_set": "amechagua nenosiri",
        "password_changed": "amebadilisha nenosiri", "codes_begun": "ameanza nambari za mara moja",
        "codes_on": "amewasha nambari za mara moja", "codes_off": "amezima nambari za mara moja",
        "role_changed": "amebadilisha wajibu wa", "disabled": "amemwondoa",
        "person_forgotten": "amesahaulisha mtu", "person_exported": "ametoa faili la mtu",
        "orders_exported": "ametoa maagizo kama faili", "photo_changed": "amebadilisha picha",
        "photo_removed": "ameondoa picha", "compared": "amelinganisha vitabu",
        "statement_read": "amepakia taarifa ya akaunti", "told_again": "kumwambia mteja tena",
        "notice_sent_again": "kutuma ujumbe tena", "packed": "kufunga bidhaa", "handed_over": "kukabidhi bidhaa",
        "step_taken_back": "kurudisha hatua", "handed_over_unpaid": "kukabidhi kabla ya kulipwa",
        "written_off": "kufuta deni", "write_off_undone": "kurudisha deni lililofutwa",
        "given_to_rider": "kumpa mwendeshaji", "rider_link_ended": "kufunga kiungo cha mwendeshaji",
        "cancelled": "kughairi agizo", "kept": "kuliacha agizo libaki",
        "asked_provider": "kumuuliza mtoa huduma", "prompted": "kutuma ombi la malipo",
        "receipt_shown": "kuonyesha risiti", "noted": "kuandika maelezo", "revived": "kufufua agizo",
        "refund_requested": "kuomba kurudisha pesa", "refund_approved": "kuidhinisha kurudisha pesa",
        "refund_rejected": "kukataa kurudisha pesa", "refund_resolved": "kusema yaliyotokea kwa pesa za kurudishwa",
        "payout_requested": "kuomba malipo ya nje", "payout_approved": "kuidhinisha malipo ya nje",
        "payout_rejected": "kukataa malipo ya nje", "payout_resolved": "kusema yaliyotokea kwa malipo ya nje",
        "item_closed": "kumaliza jambo", "money_assigned": "kutoa pesa kwa agizo",
        "receipt_checked": "kukagua risiti", "settings_changed": "kubadilisha mipangilio",
        "goods_imported": "kuleta bidhaa kutoka faili", "goods_added": "kuongeza bidhaa",
        "goods_changed": "kubadilisha bidhaa", "delivery_added": "kuongeza usafirishaji",
        "delivery_changed": "kubadilisha usafirishaji", "delivery_removed": "kuondoa usafirishaji",
        "way_changed": "kubadilisha njia ya kulipa", "way_offered": "kuweka njia ya kulipa",
        "way_stopped": "kuondoa njia ya kulipa", "payment_tested": "kujaribu malipo",
        "addresses_registered": "kumwambia mtoa huduma anwani", "demo_put_away": "kuondoa bidhaa za mfano",
        "asked_balance": "kuuliza salio", "message_read_again": "kusoma ujumbe tena",
        "list_read_now": "kusoma orodha sasa", "job_tried_now": "kufanya kazi sasa",
        "cash_taken": "kupokea pesa mkononi", "confirmed": "amethibitisha kuwa ni yeye",
        "passkey_added": "ameongeza ufunguo wa kifaa", "passkey_removed": "ameondoa ufunguo wa kifaa",
        "passkey_refused": "ufunguo wa kifaa umekataliwa", "push_begun": "ameanza kupata arifa kwenye kivinjari",
        "push_ended": "amesimamisha arifa za kivinjari", "chat_set": "kuweka anwani ya gumzo",
        "chat_removed": "kuondoa anwani ya gumzo", "chat_tried": "kujaribu gumzo",
        "webhook_added": "ameongeza programu ya kuambiwa", "webhook_removed": "ameondoa programu ya kuambiwa",
        "webhook_secret_made": "ametengeneza siri mpya ya programu", "webhook_tried": "amejaribu programu ya kuambiwa",
        "webhook_sent_again": "ametuma tena ujumbe wa programu",
    ]
}

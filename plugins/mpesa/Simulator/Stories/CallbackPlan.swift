/// How the news of a result reaches the CallBackURL.
package struct CallbackPlan: Codable, Sendable, Equatable {
    /// Milliseconds on top of the usual processing time.
    package var delayMilliseconds: Milliseconds = 0
    /// How many copies are sent at the same moment, 1 to 100.
    package var copies = 1
    /// Whether nothing is sent at all.
    package var isLost = false
    /// Whether the push is decided, and its callback delivered, before the push request is answered.
    package var isEarly = false
    /// Whether a callback with the right ids and a wrong amount comes first that M-PESA never sent.
    package var hasForgery = false
    /// Whether what M-PESA said of an earlier payment is sent first, word for word, by somebody else.
    package var hasReplay = false
    /// Whether a success with the right ids and amount and the receipt of an earlier payment comes first, forged.
    package var hasReusedReceipt = false
    /// How the body differs from the usual one.
    package var forms: [CallbackForm] = []
    /// Whole KES that M-PESA really takes and reports instead of the amount asked for; `nil` for the amount asked for.
    package var otherAmount: Int?
    /// Milliseconds after a failure at which the money moves all the same and a success is reported; `nil` for never.
    package var laterSuccessMilliseconds: Milliseconds?

    /// One callback, at once, as usual.
    package init() {}

    /// The fields of the JSON form.
    private enum CodingKeys: String, CodingKey {
        case delayMilliseconds, copies, isLost, isEarly, hasForgery, hasReplay, hasReusedReceipt, forms
        case otherAmount, laterSuccessMilliseconds
    }

    /// Reads the JSON form; what is left out keeps its default.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        delayMilliseconds = try fields.decodeIfPresent(Milliseconds.self, forKey: .delayMilliseconds) ?? 0
        copies = try fields.decodeIfPresent(Int.self, forKey: .copies) ?? 1
        isLost = try fields.decodeIfPresent(Bool.self, forKey: .isLost) ?? false
        isEarly = try fields.decodeIfPresent(Bool.self, forKey: .isEarly) ?? false
        hasForgery = try fields.decodeIfPresent(Bool.self, forKey: .hasForgery) ?? false
        hasReplay = try fields.decodeIfPresent(Bool.self, forKey: .hasReplay) ?? false
        hasReusedReceipt = try fields.decodeIfPresent(Bool.self, forKey: .hasReusedReceipt) ?? false
        forms = try fields.decodeIfPresent([CallbackForm].self, forKey: .forms) ?? []
        otherAmount = try fields.decodeIfPresent(Int.self, forKey: .otherAmount)
        laterSuccessMilliseconds = try fields.decodeIfPresent(Milliseconds.self, forKey: .laterSuccessMilliseconds)
    }
}

/// A way in which the body of a callback differs; each was seen or is to be feared.
package enum CallbackForm: String, Codable, Sendable, CaseIterable {
    /// `ResultCode` is a string although it is a number.
    case stringCode
    /// `Amount` is `1250`, not `1250.00`.
    case integerAmount
    /// All metadata values are strings.
    case stringValues
    /// There is a `Balance` item without a `Value`.
    case balanceWithoutValue
    /// The items come in another order.
    case reordered
    /// A success has no `CallbackMetadata`.
    case withoutMetadata
}

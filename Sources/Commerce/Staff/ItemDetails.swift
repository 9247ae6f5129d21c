extension StaffSwahili {
    /// An open item's detail in Swahili, as far as the shop wrote it: what a provider or a person wrote stays as it is.
    package static func detail(_ detail: String) -> String {
        for (english, swahili) in details {
            if let values = gaps(of: english, in: detail) {
                return values.enumerated().reduce(swahili) { $0.replacing("{\($1.offset)}", with: $1.element) }
            }
        }
        return detail
    }

    /// What stands in the gaps of a pattern such as `{0} of {1}`; nil when the text is not of it.
    private static func gaps(of pattern: String, in text: String) -> [String]? {
        var pieces: [Substring] = []
        var rest = pattern[...]
        var number = 0
        while let gap = rest.firstRange(of: "{\(number)}") {
            pieces.append(rest[..<gap.lowerBound])
            rest = rest[gap.upperBound...]
            number += 1
        }
        var left = text[...]
        var values: [String] = []
        for (place, piece) in pieces.enumerated() {
            if place == 0 {
                guard left.hasPrefix(piece) else { return nil }
                left = left.dropFirst(piece.count)
            } else {
                guard let found = left.firstRange(of: piece) else { return nil }
                values.append(String(left[..<found.lowerBound]))
                left = left[found.upperBound...]
            }
        }
        guard !pieces.isEmpty else { return text == pattern ? [] : nil }
        guard left.hasSuffix(rest) else { return nil }
        return values + [String(left.dropLast(rest.count))]
    }

    /// English as it is stored, and the same in Swahili. Those with more words around their gaps come first.
    static let details: [(String, String)] = [
        ("expired with money in it", "limeisha likiwa na pesa ndani"),
        ("a message about money that cannot be counted", "ujumbe kuhusu pesa zisizoweza kuhesabiwa"),
        ("the provider does not say what became of it", "mtoa huduma hasemi yaliyotokea"),
        ("one payment was sent back twice", "malipo moja yalirudishwa mara mbili"),
        ("money for an order that has ended", "pesa za agizo lililokwisha"),
        ("money to give back", "pesa za kurudisha"),
        ("{0} to give back: paid twice", "{0} za kurudisha: imelipwa mara mbili"),
        (
            "{0} to give back: paid when the order had ended and the goods were gone",
            "{0} za kurudisha: imelipwa agizo likiwa limekwisha na bidhaa hazipo"
        ),
        ("{0}: paid twice", "{0}: imelipwa mara mbili"), ("paid twice", "imelipwa mara mbili"),
        (
            "{0}: paid when the order had ended and the goods were gone",
            "{0}: imelipwa agizo likiwa limekwisha na bidhaa hazipo"
        ),
        (
            "paid when the order had ended and the goods were gone",
            "imelipwa agizo likiwa limekwisha na bidhaa hazipo"
        ),
        (
            "{0} is not here any more, and payments that it began are not ended",
            "{0} haipo tena, na malipo iliyoyaanza hayajaisha"
        ),
        ("its way to pay, {0}, is not here any more", "njia yake ya kulipa, {0}, haipo tena"),
        ("news about an attempt we do not have", "habari za ombi tusilo nalo"),
        ("a success was reported and nobody confirms it", "mafanikio yaliripotiwa na hakuna anayethibitisha"),
        ("a promise or a return nobody asked for", "ahadi au rejesho ambalo hakuna aliyeliomba"),
        ("a payment where a refund was asked for", "malipo pale ambapo kurudisha kuliombwa"),
        ("a refund's result under another id", "tokeo la kurudisha chini ya namba nyingine"),
        ("a payout's result under another id", "tokeo la malipo ya nje chini ya namba nyingine"),
        ("another fact than that of a payment to somebody", "jambo lisilo la malipo kwa mtu"),
        ("more went back than was paid", "zilirudi zaidi ya zilizolipwa"),
        ("a message that does not read", "ujumbe usiosomeka"),
        (
            "our request was answered under another id than its callback",
            "ombi letu lilijibiwa kwa namba tofauti na ya ujumbe wake"
        ),
        ("paid, under another id", "limelipwa, chini ya namba nyingine"),
        ("a success under another id", "mafanikio chini ya namba nyingine"),
        ("a no under another id", "hapana chini ya namba nyingine"),
        ("a receipt that paid something else", "risiti iliyolipia kitu kingine"),
        ("confirmed under a receipt that paid something else", "imethibitishwa kwa risiti iliyolipia kitu kingine"),
        ("a second receipt for one prompt", "risiti ya pili ya ombi moja"),
        ("another receipt, from a foreign address", "risiti nyingine, kutoka anwani ngeni"),
        (
            "a success was reported, and the provider knows nothing of it",
            "mafanikio yaliripotiwa, na mtoa huduma hayajui"
        ),
        ("a success was reported, and the provider says {0}", "mafanikio yaliripotiwa, na mtoa huduma anasema {0}"),
        ("a success over {0}, expected {1}", "mafanikio ya {0}, yaliyotarajiwa {1}"),
        ("a no ({0}) after it was paid", "hapana ({0}) baada ya kulipwa"),
        ("a no ({0}) after the money went back", "hapana ({0}) baada ya pesa kurudi"),
        ("a no ({0}) after the money was sent", "hapana ({0}) baada ya pesa kutumwa"),
        ("the provider says {0}", "mtoa huduma anasema {0}"),
        ("sent {0}, asked for {1}", "zimetumwa {0}, ziliombwa {1}"),
        ("charged {0}, known {1}", "imetozwa {0}, inajulikana {1}"),
        ("returned {0}, asked for {1}", "zimerudi {0}, ziliombwa {1}"),
        ("reported over {0}, known over {1}", "imeripotiwa {0}, inajulikana {1}"),
        (
            "{0} went back for a payment that is not known", "{0} zimerudi za malipo yasiyojulikana"
        ),
        ("{0} went back, not by this shop", "{0} zimerudi, si kwa duka hili"),
        (
            "{0} reported, and not confirmed by the provider's list yet",
            "{0} zimeripotiwa, na orodha ya mtoa huduma haijazithibitisha bado"
        ),
        ("{0} that names no order", "{0} zisizotaja agizo"),
        ("{0} is paid, and its receipt was never told", "{0} zimelipwa, na risiti yake haikutolewa kamwe"),
        (
            "a prompt over {0} may have been sent, and nothing was ever heard",
            "huenda ombi la {0} lilitumwa, na hakuna kilichosikika kamwe"
        ),
        (
            "a shopper shows a receipt over {0} that does not fit by itself",
            "mteja anaonyesha risiti ya {0} isiyolingana yenyewe"
        ),
        ("{0} of {1} prompts were not answered", "maombi {0} kati ya {1} hayakujibiwa"),
        ("tried {0} times", "imejaribiwa mara {0}"),
    ]
}

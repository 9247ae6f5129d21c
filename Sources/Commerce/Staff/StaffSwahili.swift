/// What the desk says of histories and open items, in Swahili; the English words stand where each kind is explained. A
/// test finds a kind that is missing here.
package enum StaffSwahili {
    /// As ``OrderEvent/explainedKinds``.
    package static let history = [
        "order_placed": "Agizo limewekwa",
        "attempt_started": "Ombi la malipo limeandaliwa",
        "queued": "Mtoa huduma ana shughuli nyingi; ombi linasubiri zamu yake",
        "act_begun": "Ombi limetumwa kwa mtoa huduma",
        "prompt_sent": "Mtoa huduma amepokea ombi la malipo",
        "unknown": "Jibu la mtoa huduma limepotea; huenda ombi liko kwenye simu",
        "expired": "Muda umeisha",
        "cancelled": "Mteja ameghairi kwenye simu",
        "failed": "Mtoa huduma amekataa",
        "pending": "Limeanza upya",
        "paid": "Ombi limelipwa",
        "captured": "Pesa zimeandikwa",
        "confirmed": "Mtoa huduma amethibitisha kwa njia nyingine",
        "receipt_known": "Namba ya risiti imejulikana",
        "receipt_reported": "Risiti imeripotiwa ambayo mtoa huduma hajaithibitisha bado",
        "receipt_is_other_money": "Risiti ilikuwa ya pesa nyingine",
        "receipt_is_another_attempts": "Risiti ilikuwa ya ombi jingine",
        "captures_merged": "Pesa zilezile zilikuja kwa njia mbili na zinahesabiwa mara moja",
        "success_reported": "Mafanikio yameripotiwa, na mtoa huduma anaulizwa athibitishe",
        "negative_answer": "Jibu la hapana limesikika na linasubiri la pili",
        "unclear_answer": "Jibu halikueleweka",
        "money_received": "Pesa zimekuja bila ombi",
        "money_assigned": "Pesa zilizokuwa zikisubiri zimepewa agizo hili",
        "assigned_by": "Zimepewa na",
        "stock_held_again": "Bidhaa zimetengwa tena",
        "expired_part_paid": "Muda umeisha huku sehemu ya pesa iko hapa",
        "review_opened": "Limewekwa mbele ya mtu",
        "item_closed": "Mtu amelimaliza",
        "receipt_shown": "Risiti imeonyeshwa kwenye ukurasa wa agizo",
        "receipt_found": "Risiti iliyoonyeshwa ni ya kweli",
        "receipt_refused": "Mtoa huduma haijui risiti iliyoonyeshwa",
        "receipt_review": "Risiti iliyoonyeshwa imewekwa mbele ya mtu",
        "receipt_waiting": "Mtoa huduma hakuweza kuulizwa kuhusu risiti iliyoonyeshwa",
        "revived_by": "Bidhaa zimetengwa tena, kwa uamuzi wa",
        "refund_requested": "Kurudisha pesa kumeombwa",
        "refund_approved": "Kurudisha pesa kumeidhinishwa",
        "refund_unknown": "Jibu la kurudisha pesa limepotea; linaulizwa na halitumwi tena",
        "refund_submitted": "Mtoa huduma amepokea ombi la kurudisha pesa",
        "refund_failed": "Kurudisha pesa kumekataliwa",
        "refund_succeeded": "Pesa zimerudi",
        "refund_receipt_known": "Risiti ya pesa zilizorudi imejulikana",
        "refund_resolved": "Mtu amesema yaliyotokea kwa pesa za kurudishwa",
        "asked_by": "Mtoa huduma ameulizwa tena, kwa kutakiwa na",
        "prompted_by": "Ombi la malipo limetumwa kwa niaba ya",
        "cancelled_by": "Agizo limeghairiwa na",
        "cancel_wanted": "Lighairiwe mara ombi litakapoisha, kwa matakwa ya",
        "cancel_withdrawn": "Agizo linabaki, kwa uamuzi wa",
        "cancel_dropped": "Lilitakiwa kughairiwa na pesa zikaja kwanza; alitaka",
        "packed": "Bidhaa zimefungwa na",
        "unpacked": "Bidhaa hazijafungwa, asema",
        "hand_over_undone": "Bidhaa hazikukabidhiwa, asema",
        "told_again_by": "Mteja aliambiwa tena, kama alivyotaka",
        "cash_taken_by": "Pesa zimepokelewa pamoja na bidhaa na",
        "handed_over": "Bidhaa zimekabidhiwa na",
        "handed_over_unpaid": "Bidhaa zimekabidhiwa kabla ya kulipwa, kwa uamuzi wa",
        "written_off": "Deni limefutwa na",
        "write_off_undone": "Deni lililofutwa linadaiwa tena, asema",
        "written_off_less": "Pesa zimekuja baadaye; kilichobaki kufutwa ni",
        "handed_over_by_rider": "Bidhaa zimekabidhiwa kwa msimbo wa mteja na",
        "given_to_rider": "Bidhaa zimepewa mwendeshaji na",
        "rider_link_ended": "Kiungo cha mwendeshaji kimefungwa na",
        "sending_undone": "Bidhaa haziko njiani tena, asema",
        "wrong_code": "Msimbo usio wa mteja umeandikwa na",
        "people_forgotten": "Yaliyojulikana kuhusu watu yameondolewa humo",
        "staff_note": "Maelezo ya",
        "page_opened": "Mtoa huduma ametoa ukurasa wa kulipia",
        "came_back": "Mteja amerudi kutoka ukurasa wa mtoa huduma",
        "returned_elsewhere": "Pesa zimerudishwa kwa mtoa huduma, si hapa",
    ]

    /// As ``OpenItemAdvice/kinds``.
    package static let items = [
        "duplicate_payment": "Agizo limelipwa mara mbili; duka linapendekeza kurudisha malipo moja.",
        "overpaid": "Pesa zilizokuja ni zaidi ya bei ya agizo.",
        "late_money": "Pesa zimekuja baada ya agizo kuisha, na bidhaa zake hazijatengwa.",
        "part_paid": "Muda wa agizo umeisha huku sehemu ya pesa iko hapa.",
        "goods_out": "Wiki imepita, bidhaa ziko nje ya duka, na bado hazijalipwa zote.",
        "unmatched_money": "Pesa zimekuja bila kutaja agizo.",
        "claimed_receipt": "Mteja anaonyesha risiti ambayo mlipaji au kiasi chake hakilingani na agizo.",
        "unconfirmed_money":
            "Pesa zimeripotiwa, na hazihesabiwi kabla orodha ya mtoa huduma haijazionyesha.",
        "contradiction": "Ripoti mbili kuhusu pesa zilezile hazilingani.",
        "id_mismatch": "Ujumbe umekuja kwa namba tofauti na ile tuliyopewa na mtoa huduma.",
        "unconfirmed": "Mafanikio yaliripotiwa na mtoa huduma hakuyathibitisha.",
        "provider_unsure": "Jibu la mtoa huduma si ndiyo wala hapana.",
        "unexpected_fact": "Mtoa huduma ameripoti jambo lisilohusika hapo.",
        "new_code": "Mtoa huduma ametoa namba ya jibu ambayo programu hii haiijui.",
        "unknown_attempt":
            "Habari zimekuja za ombi lisilo vitabuni, kama baada ya kurudisha nakala ya akiba.",
        "outcome_unknown":
            "Huenda ombi lilitumwa, na hakuna habari zake kwa siku nzima; pesa zikichelewa bado zinahesabiwa.",
        "refund_to_approve": "Kurudisha pesa kunasubiri idhini.",
        "refund_failed": "Mtoa huduma amekataa kurudisha pesa; hakuna kilichorudi.",
        "refund_unknown":
            "Kurudisha pesa kulitumwa na mtoa huduma hasemi yaliyotokea; hakutumwi tena.",
        "refund_unclear": "Jibu la mtoa huduma kuhusu kurudisha pesa halieleweki.",
        "returned_elsewhere": "Mtu amerudisha malipo kwa mtoa huduma, si hapa.",
        "unknown_return": "Pesa zimerudi za malipo yasiyo vitabuni.",
        "payout_to_approve": "Malipo ya nje yanasubiri idhini.",
        "payout_failed": "Mtoa huduma amekataa malipo ya nje; hakuna kilichotumwa.",
        "payout_unknown": "Malipo ya nje yalitumwa na mtoa huduma hasemi yaliyotokea; hayatumwi tena.",
        "payout_unclear": "Jibu la mtoa huduma kuhusu malipo ya nje halieleweki.",
        "not_in_list": "Vitabu vina malipo ambayo orodha ya mtoa huduma haiyaonyeshi.",
        "receipt_owed": "Malipo ni ya hakika na mtoa huduma bado hajatoa risiti yake.",
        "misconfigured": "Mtoa huduma anakataa mipangilio ya duka hili; hakuna anayeweza kulipa.",
        "repay_by_hand":
            "Pesa ni za mteja, na njia yake ya kulipa hairudishi: zirudishe mwenyewe, kisha andika kwa mkono.",
        "way_gone":
            "Njia ya kulipa imeondolewa, au mipangilio yake haifai, wakati malipo yake hayajaisha; hili linaisha "
            + "lenyewe ikiweza kutumika tena.",
        "prompts_unanswered":
            "Maombi mengi ya mtoa huduma hayajibiwi; jambo hili huisha lenyewe yakijibiwa.",
        "unreadable_message": "Ujumbe wa mtoa huduma hausomeki; mtoa huduma ameulizwa.",
        "parked_message": "Ujumbe wa mtoa huduma umewekwa kando.",
        "parked_job": "Kazi fulani ilijaribiwa mara nyingi mno na imewekwa kando.",
    ]
}

extension OrderEvent {
    /// What happened, in one plain sentence for staff; the detail follows, its amounts as people write them.
    package func sentence(in language: Language) -> String {
        var event = self
        event.detail = shownDetail
        switch language {
        case .english: return event.sentence
        case .swahili: return event.swahili
        }
    }

    private var swahili: String {
        guard let words = StaffSwahili.history[kind] else { return sentence }
        guard !detail.isEmpty else { return "\(words)." }
        // What was put before a person begins with the item's kind.
        let parts = kind == "review_opened" ? detail.split(separator: ":", maxSplits: 1).map(String.init) : []
        guard parts.count == 2, let meaning = StaffSwahili.items[parts[0]] else { return "\(words): \(detail)." }
        return "\(words): \(meaning) \(StaffSwahili.detail(String(parts[1].drop { $0 == " " })))."
    }
}

extension OpenItemAdvice {
    /// What an item of that kind means; its bare name for a kind that nobody has written about.
    package static func meaning(of kind: String, in language: Language) -> String {
        let english = OpenItemAdvice(kind)?.meaning ?? kind
        switch language {
        case .english: return english
        case .swahili: return StaffSwahili.items[kind] ?? english
        }
    }
}

extension OrderExplanation.Reason {
    /// One sentence for staff.
    package func sentence(in language: Language) -> String {
        switch language {
        case .english: sentence
        case .swahili: swahili
        }
    }

    private var swahili: String {
        switch self {
        case .sending: "Ombi la malipo liko karibu kutumwa; hakuna kilichochukuliwa."
        case .queued: "Mtoa huduma ana shughuli nyingi na ombi linasubiri; hakuna kilichochukuliwa."
        case .waiting: "Ombi liko kwenye simu ya mteja na linasubiri PIN."
        case .unsure: "Jibu la ombi letu limepotea: huenda ombi liko kwenye simu ya mteja."
        case .checking: "Mtoa huduma hajasema bado jinsi ombi lilivyoisha."
        case .onPage: "Mteja ana ukurasa wa mtoa huduma wa kulipia; malipo hayajasikika bado."
        case .backFromPage: "Mteja amerudi kutoka ukurasa wa mtoa huduma; mtoa huduma anaulizwa."
        case .cancelled: "Mteja ameghairi kwenye simu; hakuna kilichochukuliwa."
        case .noAnswer: "Simu ya mteja haikujibu; hakuna kilichochukuliwa."
        case .timedOut: "Muda wa kuweka PIN umeisha; hakuna kilichochukuliwa."
        case .noNews: "Mtoa huduma hakusema jinsi ombi lilivyoisha; pesa zikichelewa bado zinahesabiwa."
        case .noMoney: "Hapakuwa na pesa za kutosha kwenye laini ya mteja."
        case .wrongPIN: "PIN ya mteja haikuwa sahihi."
        case .busyPhone: "Ombi jingine lilikuwa wazi kwenye simu ya mteja."
        case .providerBusy: "Mtoa huduma alikuwa na shughuli nyingi; hakuna kilichochukuliwa."
        case .notReached: "Ombi halikufika kwenye simu ya mteja."
        case .notSent: "Hakuna ombi lililotoka dukani: mtoa huduma hakupatikana kwa wakati."
        case .shopProblem: "Mtoa huduma anakataa mipangilio ya duka hili."
        case .declinedOther: "Mtoa huduma amekataa malipo."
        case .unpaid: "Hakuna aliyeombwa pesa bado."
        case .promised: "Mteja atalipa atakapopokea bidhaa; bado hajalipa zote."
        case .partPaid: "Sehemu ya pesa iko hapa; mteja anaweza kulipa iliyobaki."
        case .expired: "Agizo limeisha bila kulipwa na bidhaa zake zimerudi rafuni."
        case .orderCancelled: "Agizo lilighairiwa kabla pesa hazijaja."
        case .lateMoney: "Pesa zimekuja baada ya agizo kuisha, na bidhaa zake hazikuweza kutengwa tena zenyewe."
        case .partHeld: "Muda wa agizo umeisha huku sehemu ya pesa iko hapa."
        case .needsPerson: "Ushahidi kuhusu malipo haulingani wenyewe kwa wenyewe."
        case .paid: "Agizo limelipwa."
        case .reversed: "Pesa zote zimerudi kwa mteja."
        }
    }
}

extension OrderExplanation.StaffStep {
    /// One sentence for staff.
    package func sentence(in language: Language) -> String {
        switch language {
        case .english: sentence
        case .swahili: swahili
        }
    }

    private var swahili: String {
        switch self {
        case .nothing: "Hakuna la kufanya."
        case .wait: "Subiri: mtoa huduma anaulizwa wenyewe, na habari zikichelewa zinahesabiwa."
        case .waitForCustomer: "Hakuna la kufanya: mteja anaweza kulipa kwenye ukurasa wa agizo hadi liishe."
        case .takeMoneyAtHandOver: "Pokea pesa unapotoa bidhaa, na uandike kiasi hapa papo hapo."
        case .sendToPayByHand: "Mwombe mteja alipe kwa menyu ya mtoa huduma, kama ukurasa wa agizo unavyoonyesha."
        case .talkToCustomer: "Zungumza na mteja: agizo hili limemaliza maombi yake yote."
        case .fixSettings: "Sahihisha mipangilio ya mtoa huduma; `duka doctor` inaonyesha ipi."
        case .decideLateMoney: "Amua: peleka bidhaa hata hivyo, au rudisha pesa."
        case .decidePartPayment: "Amua: mwongeze mteja muda, au rudisha sehemu hiyo."
        case .checkEvidence: "Linganisha malipo na tovuti ya mtoa huduma, kisha amua."
        case .checkReceipt: "Linganisha risiti ambayo mteja anaonyesha na tovuti ya mtoa huduma."
        case .returnExcess: "Rudisha kilicholipwa zaidi."
        case .approveRefund: "Idhinisha kurudisha pesa, au kataa."
        case .refundAnotherWay: "Kurudisha pesa kumeshindikana: mlipe mteja, au rudisha mwenyewe na utunze ushahidi."
        case .waitForRefund: "Subiri: mtoa huduma anaulizwa yaliyotokea kwa pesa za kurudishwa."
        }
    }
}

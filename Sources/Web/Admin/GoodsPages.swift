import Checkout
import Commerce
import HTTPServer
import PaymentKit

/// What the shop sells, and how it reaches people.
extension Site {
    /// `GET /admin/goods`
    func goodsList(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let words = visit.words
        var (context, draft) = try await staffContext(visit, title: words("staff_goods_title"))
        let language = words.language
        let shelf = try await shop.shelf()
        // What customers see comes first.
        context["goods"] = (shelf.filter { !$0.isHidden } + shelf.filter(\.isHidden)).map { item -> Context in
            var row: Context = [
                "goods_href": "/admin/goods/\(item.product.slug)", "goods_name": item.product.name[language],
                "goods_price": item.product.price.description, "goods_stock": "\(item.product.stock)",
                "goods_photo": photoAddress(item.product.photo),
            ]
            if item.isHidden { row["goods_hidden"] = true }
            if item.product.stock == 0 { row["goods_none"] = true }
            return row
        }
        let typed = draft?.typed ?? [:]
        context["may_change"] = visit.may(.changeGoods)
        if visit.may(.changeGoods) { context["sheet_form"] = Self.form("sheet", draft) }
        let choices = try await shop.deliveryChoices()
        context["ways"] = choices.map { choice -> Context in
            let isThis = draft?.form == choice.code
            return [
                "way_code": choice.code, "way_title": choice.name[language], "way_fee_text": choice.fee.description,
                "way_en": isThis ? typed["name_en"] ?? "" : choice.name.english,
                "way_sw": isThis ? typed["name_sw"] ?? "" : choice.name.swahili,
                "way_fee": isThis ? typed["fee"] ?? "" : choice.fee.decimalText,
                "way_place": isThis ? typed["needs_place"] != nil : choice.needsPlace,
            ].merging(Self.form(choice.code, draft)) { _, new in new }
        }
        let isNew = draft?.form == "new-way"
        let newWay: Context =
            [
                "way_en": isNew ? typed["name_en"] ?? "" : "", "way_sw": isNew ? typed["name_sw"] ?? "" : "",
                "way_fee": isNew ? typed["fee"] ?? "" : "", "way_place": isNew && typed["needs_place"] != nil,
                "way_open": isNew || choices.isEmpty,
            ]
        context["new_way"] = newWay.merging(Self.form("new-way", draft)) { _, new in new }
        return staffPage(.goods, context)
    }

    /// `GET /admin/goods/<slug>`, and `/admin/goods/new` for a new one.
    func goodsForm(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let slug = parameters["slug"]
        let words = visit.words
        let item = slug == "new" ? nil : try await shop.shelfItem(slug)
        guard slug == "new" || item != nil else { return try await staffMessage("staff_no_goods", visit, status: 404) }
        let title = item?.product.name[words.language] ?? words("staff_goods_new")
        var (context, draft) = try await staffContext(visit, title: title)
        let typed = draft.flatMap { $0.form == "goods" ? $0.typed : nil }
        let product = item?.product
        func value(_ field: String, _ stored: String?) -> String { typed?[field] ?? stored ?? "" }
        context["goods_action"] = "/admin/goods/\(slug)"
        context["form_key"] = "goods"
        context["version"] = value("version", item.map { "\($0.version)" })
        context["name_en"] = value("name_en", product?.name.english)
        context["name_sw"] = value("name_sw", product?.name.swahili)
        context["about_en"] = value("about_en", product?.about.english)
        context["about_sw"] = value("about_sw", product?.about.swahili)
        context["price"] = value("price", product?.price.decimalText)
        context["stock"] = value("stock", product.map { "\($0.stock)" })
        context["stock_shown"] = value("stock_shown", product.map { "\($0.stock)" } ?? "0")
        context["position"] = value("position", "\(item?.position ?? 100)")
        context["is_hidden"] = typed.map { $0["hidden"] != nil } ?? item?.isHidden ?? false
        let vat = value("vat", product.map { "\($0.vat.basisPoints)" } ?? "\(VATRate.standard.basisPoints)")
        var rates = ["1600", "800", "0"]
        if !rates.contains(vat) { rates.append(vat) }
        context["rates"] = rates.map { rate -> Context in
            ["rate_value": rate, "rate_name": Self.percent(rate), "rate_chosen": rate == vat]
        }
        if let product {
            var photo: Context = ["photo_now": photoAddress(product.photo), "has_photo": Photo(product.photo) != nil]
            photo.merge(Self.form("photo", draft)) { _, new in new }
            context["photo_form"] = photo
        }
        if let product, item?.isHidden == false {
            context["seen_href"] = "\(configuration.publicURL)/products/\(product.slug)"
        }
        return staffPage(.goodsForm, context)
    }

    private static func percent(_ basisPoints: String) -> String {
        guard let number = Int(basisPoints) else { return basisPoints }
        return number.isMultiple(of: 100) ? "\(number / 100) %" : "\(number / 100).\(number % 100) %"
    }

    /// `POST /admin/goods/<slug>`
    func saveGoods(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let slug = parameters["slug"]
        let form = GoodsForm(
            nameEnglish: visit.field("name_en"), nameSwahili: visit.field("name_sw"),
            aboutEnglish: visit.field("about_en", atMost: 1_200), aboutSwahili: visit.field("about_sw", atMost: 1_200),
            price: visit.field("price", atMost: 20), vat: visit.field("vat", atMost: 10),
            stock: visit.field("stock", atMost: 10), stockShown: visit.field("stock_shown", atMost: 10),
            position: visit.field("position", atMost: 10), isHidden: visit.form?["hidden"] != nil)
        let version = Int64(visit.field("version", atMost: 20)) ?? 0
        return try await goodsDeed(visit, slug == "new" ? "goods_added" : "goods_changed", form.nameEnglish) {
            [shop] in
            let address = slug == "new" ? try await shop.addProduct(form) : slug
            if slug != "new" { try await shop.changeProduct(slug, form, version: version) }
            return (visit.words("staff_goods_saved", form.nameEnglish), "/admin/goods/\(address)")
        }
    }

    /// `POST /admin/delivery`: a way of delivery is added, changed or taken away.
    func saveDelivery(_ visit: StaffVisit, _ parameters: Route.Parameters) async throws -> Response {
        let code = visit.field("code", atMost: 40)
        let name = visit.field("name_en")
        if visit.field("do") == "remove" {
            return try await goodsDeed(visit, "delivery_removed", code) { [shop] in
                try await shop.removeDelivery(code: code)
                return (visit.words("staff_delivery_removed"), "/admin/goods")
            }
        }
        return try await goodsDeed(visit, code.isEmpty ? "delivery_added" : "delivery_changed", name) { [shop] in
            try await shop.setDelivery(
                code: code.isEmpty ? nil : code, english: name, swahili: visit.field("name_sw"),
                fee: visit.field("fee", atMost: 20), needsPlace: visit.form?["needs_place"] != nil)
            return (visit.words("staff_delivery_saved", name), "/admin/goods")
        }
    }

    /// Does it once, and leads to where it shows.
    private func goodsDeed(
        _ visit: StaffVisit, _ action: String, _ subject: String,
        _ body: @escaping () async throws -> (answer: String, path: String)
    ) async throws -> Response {
        guard let press = visit.press else { throw PageProblem(400) }
        var path = "/admin/goods"
        let words = visit.words
        let refusal: (any Error) -> String? = { error in
            guard let refusal = error as? GoodsRefusal else { return nil }
            return Self.problems(refusal).map { words($0.key, values: $0.values) }.joined(separator: " ")
        }
        do {
            let entry = AuditEntry(visit.visitor.name, action, subject)
            let deed = try await shop.act(entry, press: press, refusal: refusal) {
                let done = try await body()
                path = done.path
                return done.answer
            }
            return try await told(deed, visit, path)
        } catch let refusal as GoodsRefusal {
            return try await again(visit, backPath(visit), Self.problems(refusal))
        }
    }

    static func problems(_ refusal: GoodsRefusal) -> [StaffProblem] {
        switch refusal {
        case .fields(let problems): problems.map(problem)
        case .noSuchProduct: [StaffProblem("", "staff_no_goods_headline")]
        case .nameTaken: [StaffProblem("name_en", "staff_goods_taken")]
        case .changedMeanwhile: [StaffProblem("", "staff_goods_meanwhile")]
        case .noSuchDelivery: [StaffProblem("", "staff_delivery_gone")]
        case .deliveryFee: [StaffProblem("fee", "staff_fee_bad")]
        case .deliveryName: [StaffProblem("name_en", "staff_goods_nameMissing")]
        }
    }

    private static func problem(_ problem: GoodsForm.Problem) -> StaffProblem {
        let field =
            switch problem {
            case .nameMissing, .nameTooLong: "name_en"
            case .aboutTooLong: "about_en"
            case .price: "price"
            case .vat: "vat"
            case .stock: "stock"
            case .position: "position"
            }
        return StaffProblem(field, "staff_goods_\(problem.rawValue)")
    }
}

import Checkout
import Commerce
import HTTPServer
import PaymentKit

extension Site {
    /// `/orders/<token>/receipt`: for orders that are paid, or were; others are led to their page.
    func receipt(_ request: Request, _ parameters: Route.Parameters) async throws -> Response {
        let visit = Visit(request, site: self)
        guard let view = try await viewOrder(request, parameters) else { throw PageProblem(404) }
        guard view.status == .paid || view.status == .reversed, let paidAt = view.order.paidAt else {
            var response = Response.redirect(to: "/orders/\(parameters["token"])")
            response.headers += Self.privateHeaders
            return response
        }
        let words = visit.words
        var context = visit.context(title: words("receipt_title", view.order.number.text))
        let rows = vatRows(view)
        var receipt: Context = [
            "order_number": view.order.number.text, "paid_at": Self.moment(paidAt),
            "order_href": "/orders/\(parameters["token"])",
            "items": view.lines.map { line -> Context in
                [
                    "product_name": line.name[visit.language], "quantity": "\(line.quantity)",
                    "unit_price": line.unit.description, "line_total": line.total.description,
                ]
            },
            "delivery_label": view.order.deliveryName[visit.language], "delivery_fee": fee(view.order.delivery, words),
            "subtotal": view.order.goods.description, "total": view.order.total.description, "has_vat": !rows.isEmpty,
            "payments": view.captures.map { capture -> Context in
                var payment: Context = [
                    "method": shop.manifest(of: capture.instance)?.name(in: visit.language.rawValue)
                        ?? capture.instance,
                    "paid_time": Self.moment(capture.providerAt ?? capture.recordedAt),
                    "paid_amount": capture.amount.description,
                ]
                payment["code"] = capture.receipt
                payment["code_label"] = codeLabel(of: capture.instance, visit)
                payment["payer"] = view.attempts.first { $0.ticket == capture.ticket }?.phone?.masked
                return payment
            },
        ]
        if !rows.isEmpty { receipt["vat_rows"] = rows }
        let returns = view.refunds.filter { $0.state == .succeeded }.map { refund -> Context in
            var back: Context = [
                "returned_amount": refund.amount.description, "returned_time": Self.moment(refund.closedAt ?? paidAt),
            ]
            back["returned_code"] = refund.receipt
            let instance = view.captures.first { $0.id == refund.capture }?.instance
            back["returned_label"] = codeLabel(of: instance, visit)
            return back
        }
        if !returns.isEmpty {
            receipt["has_returns"] = true
            receipt["returns"] = returns
        }
        context["receipt"] = receipt
        var response = render(.receipt, context, headers: Self.privateHeaders)
        visit.remember(in: &response)
        return response
    }

    /// One row for each rate: what was sold at it without tax, and the tax.
    private func vatRows(_ view: OrderView) -> [Context] {
        let zero = Money(minor: 0, view.order.total.currency)
        var byRate: [VATRate: (gross: Money, vat: Money)] = [:]
        for line in view.lines {
            let known = byRate[line.vat] ?? (zero, zero)
            byRate[line.vat] = (known.gross + line.total, known.vat + line.vat.part(of: line.total))
        }
        if view.order.delivery.minor > 0 {
            let known = byRate[.standard] ?? (zero, zero)
            byRate[.standard] = (
                known.gross + view.order.delivery, known.vat + VATRate.standard.part(of: view.order.delivery)
            )
        }
        return byRate.sorted { $0.key.basisPoints > $1.key.basisPoints }.map { rate, sums in
            ["vat_rate": rate.text, "vat_net": (sums.gross - sums.vat).description, "vat_amount": sums.vat.description]
        }
    }
}

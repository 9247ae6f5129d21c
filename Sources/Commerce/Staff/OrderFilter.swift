import PaymentKit

/// Which orders staff want to see; the newest first.
package struct OrderFilter: Sendable {
    package var status: OrderStatus?
    /// Only those with an open item.
    package var needsPerson = false
    package var phone: PhoneNumber?
    package var number: OrderNumber?
    /// Only those placed from the first moment on and before the second.
    package var from, to: Timestamp?
    /// Only older ones than this order: the next page.
    package var olderThan: OrderNumber?
    package var limit: Int

    package init(limit: Int) { self.limit = limit }
}

import PaymentKit

/// What became of a prompt, in the words that pages and programs use.
package enum PromptState: String, CaseIterable, Sendable {
    case pending
    case unknown
    case promptSent = "prompt_sent"
    case expired, cancelled, failed, paid
}

/// Which orders staff want to see; the newest first.
package struct OrderFilter: Sendable {
    package var status: OrderStatus?
    /// Only those whose newest prompt stands so.
    package var prompt: PromptState?
    /// Only those that were prompted or paid through this provider.
    package var provider: String?
    package var flag: OrderFlag?
    /// Only those with an open item.
    package var needsPerson = false
    /// Only those of this number's customer, or with a prompt to it.
    package var phone: PhoneNumber?
    package var number: OrderNumber?
    /// Only those whose customer's name has all these words, or words that begin so.
    package var name: NameWords?
    /// Only those whose total is not less than the first and not more than the second.
    package var least, most: Money?
    /// Only those placed from the first moment on and before the second.
    package var from, to: Timestamp?
    /// Only older ones than this order: the next page.
    package var olderThan: ID<Order>?
    package var limit: Int

    package init(limit: Int) { self.limit = limit }
}

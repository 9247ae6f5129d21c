/// What is to be done when, in order of time, and of arrival for the same time.
struct Agenda {
    enum Errand {
        case showPrompt(Int)
        case decide(Int)
        case expire(Int)
        case laterSuccess(Int)
        case send(Letter, copies: Int)
        case sendAgain(Delivery)
        case complete(transaction: Int)
        case settle(operation: Int)
        case timeOut(operation: Int)
    }
    struct Appointment {
        let at: Milliseconds
        let errand: Errand
    }

    /// Latest first, so that the next one is cheap to take.
    private var appointments: [Appointment] = []

    mutating func add(_ errand: Errand, at instant: Milliseconds) {
        // Behind everything that is later or due at the same time: the list runs backwards.
        var low = 0
        var high = appointments.count
        while low < high {
            let middle = (low + high) / 2
            if appointments[middle].at > instant { low = middle + 1 } else { high = middle }
        }
        appointments.insert(Appointment(at: instant, errand: errand), at: low)
    }

    mutating func next(until now: Milliseconds) -> Appointment? {
        guard let last = appointments.last, last.at <= now else { return nil }
        return appointments.removeLast()
    }
}

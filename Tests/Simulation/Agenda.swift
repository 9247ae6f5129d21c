import PaymentKit

/// What comes next: a heap by time, and among equals by who was entered first.
struct Agenda {
    /// Things that happen; the numbers are places in the world's lists.
    enum Event: Sendable {
        /// A node looks for work.
        case poll(Int)
        /// A worker goes on; the second number tells whether it is still the same one.
        case work(Int, UInt32)
        case deliver(Int)
        /// The payer, and then the provider, decides about a push.
        case decide(Int)
        /// A success after a no.
        case payAfterNo(Int)
        case decideRefund(Int)
        case place(Int)
        /// A shopper looks at the page, and has so many looks left.
        case look(Int, Int)
        case extra(Int)
        case hostility(Int)
        /// The rest of what staff or others do, after they have thought about it.
        case follow(Int, Ticket)
        case fault(Int)
        case restart(Int)
        case phase(Int)
    }
    fileprivate struct Entry {
        let time: Int64
        let seq: UInt32
        let event: Event
    }
    private var heap: [Entry] = []
    private var seq: UInt32 = 0

    var nextTime: Int64? { heap.first?.time }
    var next: Event? { heap.first?.event }

    mutating func add(_ event: Event, at time: Int64) {
        seq += 1
        heap.append(Entry(time: time, seq: seq, event: event))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> (time: Int64, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.time, first.event)
    }

    /// Takes something that may as well happen earlier: a message, a step of a worker, what people do.
    mutating func pull(before latest: Int64, _ random: inout Random) -> Event? {
        let movable = heap.indices.filter { heap[$0].time <= latest && heap[$0].event.isMovable }
        guard !movable.isEmpty else { return nil }
        let event = heap.remove(at: movable[random.below(movable.count)]).event
        heap.sort { ($0.time, $0.seq) < ($1.time, $1.seq) }
        return event
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in (2 * parent + 1)..<(2 * parent + 3) where child < heap.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].seq) < (heap[right].time, heap[right].seq)
    }
}

extension Agenda.Event {
    fileprivate var isMovable: Bool {
        switch self {
        case .work, .deliver, .decide, .payAfterNo, .decideRefund, .look, .extra, .hostility, .follow: true
        case .poll, .place, .fault, .restart, .phase: false
        }
    }
}

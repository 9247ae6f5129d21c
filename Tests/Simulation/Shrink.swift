/// Makes a failing plan as small as it gets while the same invariant is broken.
package enum Shrink {
    /// - Returns: The smaller plan, and how many worlds were run to find it.
    package static func smallest(_ plan: Plan, _ violation: Violation) -> (plan: Plan, runs: Int) {
        var search = Search(plan: plan, invariant: violation.invariant)
        var before: Int
        repeat {
            before = search.plan.size
            search.drop(\.orders)
            search.drop(\.faults)
            search.drop(\.extras)
            search.drop(\.hostilities)
            search.dropHabits()
            search.simplify()
        } while search.plan.size < before && search.runs < 20_000
        return (search.plan, search.runs)
    }

    private struct Search {
        var plan: Plan
        let invariant: String
        var runs = 0

        mutating func keep(_ smaller: Plan) -> Bool {
            runs += 1
            let world = World(smaller)
            world.run()
            guard world.violation?.invariant == invariant else { return false }
            plan = smaller
            return true
        }

        /// Leaves out ever shorter runs of a list.
        mutating func drop<Element>(_ list: WritableKeyPath<Plan, [Element]>) {
            var length = plan[keyPath: list].count
            while length > 0 {
                var start = 0
                while start < plan[keyPath: list].count {
                    var smaller = plan
                    let end = min(start + length, smaller[keyPath: list].count)
                    smaller[keyPath: list].removeSubrange(start..<end)
                    let kept = Set(smaller.orders.map(\.id))
                    smaller.extras.removeAll { !kept.contains($0.order) }
                    smaller.hostilities.removeAll { !kept.contains($0.order) }
                    if !keep(smaller) { start += length }
                }
                length /= 2
            }
        }

        mutating func dropHabits() {
            for place in plan.orders.indices {
                for bit in 0..<Habits.count where plan.orders[place].habits.contains(Habits(rawValue: 1 << bit)) {
                    var smaller = plan
                    smaller.orders[place].habits.remove(Habits(rawValue: 1 << bit))
                    _ = keep(smaller)
                }
                for looks in 0..<plan.orders[place].looks {
                    var smaller = plan
                    smaller.orders[place].looks = looks
                    if keep(smaller) { break }
                }
            }
        }

        mutating func simplify() {
            change { $0.nodes = 1 }
            change { $0.isTill = false }
            change { $0.isSerial = true }
            change { $0.statementEvery = 6 * 3_600 }
            change { $0.stock = [6, 6, 6] }
            change { plan in
                for place in plan.orders.indices { plan.orders[place].quantity = 1 }
            }
            change { plan in
                for place in plan.orders.indices { plan.orders[place].at = 0 }
            }
        }

        private mutating func change(_ body: (inout Plan) -> Void) {
            var smaller = plan
            body(&smaller)
            for place in smaller.faults.indices { smaller.faults[place].node %= smaller.nodes }
            _ = keep(smaller)
        }
    }
}

extension Plan {
    /// What shrinking makes smaller.
    fileprivate var size: Int {
        orders.reduce(0) { $0 + 100 + $1.habits.rawValue.nonzeroBitCount + $1.looks } + faults.count * 10
            + (extras.count + hostilities.count) * 10
    }
}

/// The story of a world, so that a person can read it.
package enum Story {
    /// Runs a plan again and tells what happens, one numbered line for each thing; what happens again and again is told
    /// once.
    package static func tell(_ plan: Plan) -> [String] {
        let world = World(plan)
        world.story = []
        world.run()
        let lines = world.story ?? []
        var times: [Substring: Int] = [:]
        for line in lines { times[line.dropFirst(14), default: 0] += 1 }
        var told: Set<Substring> = []
        var numbered: [String] = []
        for line in lines {
            let words = line.dropFirst(14)
            guard told.insert(words).inserted else { continue }
            let again = times[words, default: 1] - 1
            let more = again > 0 ? "  (\(again) times more, later)" : ""
            let number = "\(numbered.count + 1)"
            numbered.append(String(repeating: " ", count: max(0, 4 - number.count)) + "\(number). \(line)\(more)")
        }
        return numbered
    }
}

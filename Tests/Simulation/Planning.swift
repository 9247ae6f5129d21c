import PaymentKit

extension Plan {
    /// Makes up everything that will happen under a seed.
    package init(seed: UInt64) {
        var random = Random(seed)
        self.seed = seed
        nodes = random.pick([1, 2, 2, 3])
        isSerial = random.chance(30)
        isTill = random.chance(25)
        prices = [random.pick([1, 50, 250, 1_000]), random.between(1, 3_000), random.pick([9_999, 10_000, 25_000])]
        stock = [random.below(6) + 1, random.below(6) + 1, random.below(4) + 1]
        expirySeconds = random.pick([1_200, 1_200, 3_600])
        statementEvery = random.pick([900, 3_600, 6 * 3_600])
        orders = []
        let count = random.pick([1, 1, 2, 2, 3, 4])
        let isCalm = random.chance(10)
        for id in 0..<count {
            var habits = Habits()
            let percent = isCalm ? 0 : random.pick([5, 15, 35])
            for bit in 0..<Habits.count where random.chance(percent) { habits.insert(Habits(rawValue: 1 << bit)) }
            orders.append(
                OrderPlan(
                    id: id, seed: random.next(), at: random.below(3) == 0 ? 0 : random.spread(1, 600_000),
                    product: random.pick([0, 0, 1, 2]), quantity: random.pick([1, 1, 2]), looks: random.below(9),
                    habits: habits, hostileShare: 0))
        }
        faults = []
        extras = []
        hostilities = []
        if !isCalm {
            for _ in 0..<random.pick([0, 3, 8, 20]) { faults.append(Self.fault(nodes: nodes, &random)) }
            for _ in 0..<random.pick([0, 1, 3, 6]) { extras.append(Self.extra(orders: count, &random)) }
        }
        // One shop in five has a plugin that means harm.
        if seed % 5 == 3 { addHostilePlugin() }
    }

    /// Draws from a generator of its own, so that everything else is as it would be without.
    private mutating func addHostilePlugin() {
        var random = Random(seed, 0, 24)
        for place in orders.indices { orders[place].hostileShare = random.pick([0, 30, 60, 100]) }
        for _ in 0..<random.pick([1, 4, 12, 40]) {
            hostilities.append(
                Hostility(
                    at: random.spread(1_000, 48 * 3_600_000), order: orders[random.below(orders.count)].id,
                    kind: random.pick(Hostility.Kind.allCases), seed: random.next()))
        }
    }

    private static func fault(nodes: Int, _ random: inout Random) -> Fault {
        let kind: Fault.Kind
        switch random.below(20) {
        case 0: kind = .crashBefore(random.spread(10, 900_000))
        case 1, 2: kind = .crashAfter(random.spread(10, 900_000))
        case 3: kind = .lostAnswer
        case 4: kind = .conflict
        case 5...13: kind = .pause(call: 1 + random.below(20), events: 1 + random.below(12))
        case 14...16: kind = .freeze(random.spread(100, 900_000))
        case 17: kind = .clock((random.chance(50) ? 1 : -1) * random.spread(1_000, 4 * 3_600_000))
        case 18: kind = .away(random.spread(100, 600_000))
        case _: kind = .silence(random.spread(1_000, 900_000))
        }
        return Fault(at: random.spread(1, 4 * 3_600_000), node: random.below(nodes), kind: kind)
    }

    private static func extra(orders: Int, _ random: inout Random) -> Extra {
        let kind: Extra.Kind
        switch random.below(20) {
        case 0...4:
            kind = .payByHand(
                random.pick([.exact, .exact, .part, .over]), random.pick([.exact, .exact, .garbled, .none, .other]),
                seed: random.next())
        case 5...9: kind = .lie(random.pick(Extra.Lie.allCases), seed: random.next())
        case 10...12:
            kind = .requestRefund(part: random.chance(30), isByHand: random.chance(20), seed: random.next())
        case 13: kind = .requestTwice(seed: random.next())
        case 14: kind = .undo(seed: random.next())
        case 15: kind = .showReceipt(seed: random.next())
        case 16: kind = random.pick([.assign, .decideAll, .decideAll])
        case 17: kind = random.pick([.readFile, .revive])
        case 18: kind = .decideAll
        case _: kind = .payAgainTwice
        }
        return Extra(at: random.spread(1_000, 40 * 3_600_000), order: random.below(orders), kind: kind)
    }
}

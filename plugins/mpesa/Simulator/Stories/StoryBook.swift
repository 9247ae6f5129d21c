/// Which story of a service is in force for whom: the phone's, else the amount's, else the standard one.
struct StoryBook {
    /// Most phones and amounts with a story of their own.
    static let maximumEntries = 10_000

    private enum Owner: Hashable {
        case phone(String)
        case amount(Int)
        case everybody
    }
    private struct Key: Hashable {
        let service: DarajaService
        let owner: Owner
    }
    /// A story with what is left of it.
    private struct Entry {
        let story: Story
        var faultsLeft: Int?
        let outageEnds: Milliseconds?

        init(_ story: Story, at now: Milliseconds) {
            self.story = story
            faultsLeft = story.push?.times
            outageEnds = story.outageMilliseconds.map { now + $0 }
        }

        func story(at now: Milliseconds) -> Story {
            var story = story
            if faultsLeft == 0 { story.push = nil }
            if let outageEnds, outageEnds <= now { story.outage = nil }
            return story
        }
    }
    private var entries: [Key: Entry] = [:]

    init(standard: Story) {
        for service in DarajaService.allCases { set(.usual(service), for: .everybody, at: 0) }
        set(standard, for: .everybody, at: 0)
    }

    /// The story of everybody without one of their own.
    func standard(_ service: DarajaService, at now: Milliseconds) -> Story {
        entries[Key(service: service, owner: .everybody)]?.story(at: now) ?? .usual(service)
    }

    /// Chooses `story` for a phone, an amount, or (with neither) for everybody else.
    ///
    /// - Returns: Whether there was room for it.
    mutating func choose(_ story: Story, phone: String?, amount: Int?, at now: Milliseconds) -> Bool {
        let owner: Owner = phone.map { .phone($0) } ?? amount.map { .amount($0) } ?? .everybody
        let isNew = entries[Key(service: story.service, owner: owner)] == nil
        guard !isNew || entries.count < StoryBook.maximumEntries + DarajaService.allCases.count else { return false }
        set(story, for: owner, at: now)
        return true
    }

    /// Lets a phone have the stories of its amounts or of everybody again.
    mutating func forget(phone: String) {
        for service in DarajaService.allCases { entries[Key(service: service, owner: .phone(phone))] = nil }
    }

    /// The story of a request; its fault is `nil` when it has hit often enough, its outage when it is over.
    func story(_ service: DarajaService, phone: String, amount: Int, at now: Milliseconds) -> Story {
        entries[key(service, phone, amount)]?.story(at: now) ?? .usual(service)
    }

    /// The story chosen for a phone itself.
    func chosen(_ service: DarajaService, phone: String) -> Story? {
        entries[Key(service: service, owner: .phone(phone))]?.story
    }

    /// Notes that a request met its fault.
    mutating func useFault(_ service: DarajaService, phone: String, amount: Int) {
        entries[key(service, phone, amount)]?.faultsLeft? -= 1
    }

    /// Notes that a story has happened: the next one takes over, if it has one.
    mutating func use(_ service: DarajaService, phone: String, amount: Int, at now: Milliseconds) {
        let key = key(service, phone, amount)
        guard let name = entries[key]?.story.next, var next = StoryCatalogue.story(named: name) else { return }
        next.service = service
        set(next, for: key.owner, at: now)
    }

    private mutating func set(_ story: Story, for owner: Owner, at now: Milliseconds) {
        entries[Key(service: story.service, owner: owner)] = Entry(story, at: now)
    }

    private func key(_ service: DarajaService, _ phone: String, _ amount: Int) -> Key {
        let owners: [Owner] = [.phone(phone), .amount(amount)]
        let owner = owners.first { entries[Key(service: service, owner: $0)] != nil } ?? .everybody
        return Key(service: service, owner: owner)
    }
}

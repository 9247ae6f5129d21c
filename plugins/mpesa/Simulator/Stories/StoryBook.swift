/// Which story is in force for whom: the phone's, else the amount's, else the standard one.
struct StoryBook {
    /// Most phones and amounts with a story of their own.
    static let maximumEntries = 10_000

    /// A story with what is left of its push fault.
    private struct Entry {
        let story: Story
        var faultsLeft: Int?

        init(_ story: Story) {
            self.story = story
            faultsLeft = story.push?.times
        }
    }
    private var standardEntry: Entry
    private var byPhone: [String: Entry] = [:]
    private var byAmount: [Int: Entry] = [:]

    init(standard: Story) { standardEntry = Entry(standard) }

    var standard: Story { standardEntry.story }

    /// Chooses `story` for a phone, an amount, or (with neither) for everybody else.
    ///
    /// - Returns: Whether there was room for it.
    mutating func choose(_ story: Story, phone: String?, amount: Int?) -> Bool {
        let isNew = phone.map { byPhone[$0] == nil } ?? amount.map { byAmount[$0] == nil } ?? false
        guard !isNew || byPhone.count + byAmount.count < StoryBook.maximumEntries else { return false }
        if let phone {
            byPhone[phone] = Entry(story)
        } else if let amount {
            byAmount[amount] = Entry(story)
        } else {
            standardEntry = Entry(story)
        }
        return true
    }

    /// Lets a phone have the story of its amount or of everybody again.
    mutating func forget(phone: String) { byPhone[phone] = nil }

    /// The story of a push; its push fault is `nil` when it has hit often enough.
    func story(phone: String, amount: Int) -> Story {
        let entry = byPhone[phone] ?? byAmount[amount] ?? standardEntry
        var story = entry.story
        if entry.faultsLeft == 0 { story.push = nil }
        return story
    }

    /// The story chosen for a phone itself.
    func chosen(phone: String) -> Story? { byPhone[phone]?.story }

    /// Notes that a push fault has hit once more.
    mutating func useFault(phone: String, amount: Int) {
        if byPhone[phone] != nil {
            byPhone[phone]?.faultsLeft? -= 1
        } else if byAmount[amount] != nil {
            byAmount[amount]?.faultsLeft? -= 1
        } else {
            standardEntry.faultsLeft? -= 1
        }
    }
}

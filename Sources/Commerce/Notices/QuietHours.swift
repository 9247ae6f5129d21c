/// The hours of a day in East Africa in which nobody's phone is disturbed by what can wait.
package struct QuietHours: Hashable, Sendable, CustomStringConvertible {
    /// Full hours, 0 to 23; the end is the first hour that is not quiet.
    package let from, until: Int

    package init(from: Int, until: Int) {
        precondition((0...23).contains(from) && (0...23).contains(until) && from != until)
        self.from = from
        self.until = until
    }

    /// Reads `21-7`.
    package init?(_ text: String) {
        let hours = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard hours.count == 2, let from = hours[0], let until = hours[1], from != until,
            (0...23).contains(from), (0...23).contains(until)
        else { return nil }
        self.init(from: from, until: until)
    }

    package var description: String { "\(from)-\(until)" }

    /// When they end, if `moment` lies within them; else nil.
    package func end(at moment: Timestamp) -> Timestamp? {
        let hour = moment.eastAfrica.hour
        let isWithin = from < until ? (from..<until).contains(hour) : hour >= from || hour < until
        guard isWithin else { return nil }
        let today = moment.startOfDay.adding(seconds: until * 3_600)
        return today > moment ? today : today.adding(seconds: 86_400)
    }
}

/// What happens on the phone of one buyer, prompt after prompt; the last story goes on.
struct Tale: Sendable {
    let name: String
    /// As the simulator reads them.
    let stories: [String]
    /// How often it comes, among all.
    let weight: Int

    private init(_ name: String, _ weight: Int, _ stories: String...) {
        self.name = name
        self.weight = weight
        self.stories = stories
    }

    private static let pays = #"{"name":"pays","decisionMilliseconds":200}"#

    /// `fields` are added to a story in which somebody pays at once.
    private static func story(_ fields: String) -> String { #"{"decisionMilliseconds":200,\#(fields)}"# }
    private static func no(_ code: String) -> String { story(#""outcome":"\#(code)""#) }
    private static func callback(_ fields: String) -> String { story(#""callback":{\#(fields)}"#) }
    private static func push(_ fields: String) -> String { story(#""push":{\#(fields)}"#) }

    static let all = [
        Tale("pays", 30, pays),
        Tale("pays at once", 8, #"{"decisionMilliseconds":0}"#),
        Tale("cancels, then pays", 8, no("1032"), pays),
        Tale("wrong PIN, then cancels, then pays", 4, no("2001"), no("1032"), pays),
        Tale("has too little money", 3, no("1")),
        Tale("callback never comes", 8, callback(#""isLost":true"#)),
        Tale("callback comes late", 6, callback(#""delayMilliseconds":7000"#)),
        Tale("callback comes three times", 6, callback(#""copies":3"#)),
        Tale("callback overtakes the answer", 6, callback(#""isEarly":true"#)),
        Tale(
            "a no overtakes the answer, then pays", 3, story(#""outcome":"1032","callback":{"isEarly":true}"#),
            pays),
        Tale("callback without amount and receipt", 3, callback(#""forms":["withoutMetadata"]"#)),
        Tale("callback of strings in another order", 3, callback(#""forms":["stringValues","reordered"]"#)),
        Tale("a forgery comes first", 5, callback(#""hasForgery":true"#)),
        Tale("only a forgery comes", 3, story(#""outcome":"stuck","callback":{"hasForgery":true}"#)),
        Tale(
            "cancelled, and paid all the same", 4,
            story(#""outcome":"1032","callback":{"laterSuccessMilliseconds":6000}"#)),
        Tale(
            "cancelled, paid all the same, and paid again", 3,
            story(#""outcome":"1032","callback":{"laterSuccessMilliseconds":6000}"#), pays),
        Tale("answer lost", 5, push(#""kind":"answerLost","isProcessed":true"#)),
        Tale("answer cut", 3, push(#""kind":"truncated","isProcessed":true"#)),
        Tale("503, but prompted", 3, push(#""kind":"unavailablePage","isProcessed":true"#)),
        Tale("answer slow", 5, push(#""kind":"none","holdMilliseconds":2500"#)),
        Tale("dropped, nothing processed", 2, push(#""kind":"answerLost""#)),
        Tale("spike arrest, then pays", 3, push(#""kind":"spikeArrest","times":1"#)),
        Tale("token cancelled, then pays", 3, push(#""kind":"tokenCancelled","times":1"#)),
        Tale("refused, then pays", 2, push(#""kind":"refused","times":1"#), pays),
    ]

    static func random(_ generator: inout Seeded) -> Tale {
        var place = Int.random(in: 0..<all.reduce(0) { $0 + $1.weight }, using: &generator)
        for tale in all {
            place -= tale.weight
            if place < 0 { return tale }
        }
        return all[0]
    }
}

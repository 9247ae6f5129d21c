import Foundation
import MPesaSimulator

/// Daraja's messages as they were seen or documented, one in a file of `Fixtures`; every value in them is invented.
enum Fixture {
    /// The message called `name`.
    static func named(_ name: String) -> JSON {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name).json")
        guard let bytes = try? Data(contentsOf: file), let json = try? JSON(parsing: Array(bytes)) else {
            preconditionFailure("there is no fixture \(name)")
        }
        return json
    }

    /// The same as a text.
    static func text(_ name: String) -> String { String(decoding: named(name).bytes, as: UTF8.self) }
}

extension JSON {
    /// The value with all values struck out but those that say what it is about: names, their order and types stay.
    var shape: String { String(decoding: outline.bytes, as: UTF8.self) }

    private var outline: JSON {
        switch self {
        case .null, .bool: self
        case .number: "a number"
        case .string: "a text"
        case .array(let elements): .array(elements.map(\.outline))
        case .object(let members):
            .object(
                members.map { member in
                    Member(
                        name: member.name,
                        value: Self.telling.contains(member.name) ? member.value : member.value.outline
                    )
                })
        }
    }

    private static let telling: Set = [
        "Key", "ResultType", "ResultCode", "ResultDesc", "ResponseCode", "ResponseDescription", "ResponseMessage",
        "ResponseStatus", "Response Status", "Response Description", "errorCode", "TransactionType", "transactiontype",
    ]

    /// The value of a parameter of a result.
    func parameter(_ key: String) -> JSON? {
        self["Result"]?["ResultParameters"]?["ResultParameter"]?.elements.first { $0["Key"]?.text == key }?["Value"]
    }

    /// The code of a result.
    var resultCode: String? { self["Result"]?["ResultCode"]?.text }
}

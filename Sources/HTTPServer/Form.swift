/// The fields of a posted form, in the order they came: `application/x-www-form-urlencoded`, or with files
/// `multipart/form-data`.
package struct Form: Sendable {
    /// Most fields a form or query may have.
    package static let fieldLimit = 64
    /// Longest name of a field, in bytes after decoding.
    package static let nameBytes = 128

    /// Names and values, decoded; a name may appear more than once.
    package let fields: [(name: String, value: String)]
    /// What came with a form with files; of any other there are none.
    package let files: [UploadedFile]

    /// Reads `body` as a form without files.
    ///
    /// - Throws: ``FormError`` for too many fields, a name that is too long, bad `%XX`, bad UTF-8 or a NUL.
    package init(_ body: some Collection<UInt8>) throws(FormError) {
        var reader = FieldReader(body)
        var fields: [(name: String, value: String)] = []
        while let field = try reader.next() { fields.append(field) }
        self.fields = fields
        files = []
    }

    /// The first value of the field called `name`.
    package subscript(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// Every value of the field called `name`, in order.
    package func all(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }
}

/// Why a body is not a form; holds nothing that a customer typed.
package enum FormError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The `Content-Type` is not that of a form.
    case notAForm
    /// More than ``Form/fieldLimit`` fields.
    case tooManyFields
    /// The parts of a form with files are not written as they should be, or the body was cut off.
    case badParts
    /// A text of more than ``Form/valueBytes`` bytes in a form with files.
    case valueTooLong
    /// A name of more than ``Form/nameBytes`` bytes.
    case nameTooLong
    /// A `%` without two digits, or text that is not UTF-8.
    case badEncoding
    /// A NUL in a name or a value.
    case containsNUL

    /// What is wrong, for a log.
    package var description: String {
        switch self {
        case .notAForm: "the body is not a form"
        case .tooManyFields: "the form has more than \(Form.fieldLimit) fields"
        case .badParts: "the parts of the form do not read"
        case .valueTooLong: "a field has more than \(Form.valueBytes) bytes"
        case .nameTooLong: "the name of a field has more than \(Form.nameBytes) bytes"
        case .badEncoding: "a field is not encoded as it should be"
        case .containsNUL: "a field holds a NUL"
        }
    }
}

/// Takes one field after the other from a form or a query.
struct FieldReader<Bytes: Collection<UInt8>> {
    private var rest: Bytes.SubSequence
    private var count = 0

    init(_ bytes: Bytes) {
        rest = bytes[...]
    }

    /// The next field, `nil` after the last one.
    ///
    /// After an error the reader stands behind the field that caused it; after too many fields it stands at the end.
    mutating func next() throws(FormError) -> (name: String, value: String)? {
        rest = rest.drop { $0 == 0x26 }
        guard !rest.isEmpty else { return nil }
        count += 1
        guard count <= Form.fieldLimit else {
            rest = rest.dropFirst(rest.count)
            throw .tooManyFields
        }
        let field = rest.prefix { $0 != 0x26 }
        rest = rest[field.endIndex...]
        let encodedName = field.prefix { $0 != 0x3d }
        let name = try Self.decode(encodedName)
        guard name.utf8.count <= Form.nameBytes else { throw .nameTooLong }
        return (name, try Self.decode(field[encodedName.endIndex...].dropFirst()))
    }

    private static func decode(_ bytes: Bytes.SubSequence) throws(FormError) -> String {
        guard let text = PercentEncoding.decode(bytes, plusIsSpace: true) else { throw .badEncoding }
        guard !text.utf8.contains(0) else { throw .containsNUL }
        return text
    }
}

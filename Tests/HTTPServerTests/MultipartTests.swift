import HTTPServer
import Testing

@Suite("Forms with files")
struct MultipartTests {
    private func form(_ body: String, boundary: String = "duka") throws -> Form {
        try Request(
            method: .post, path: "/", headers: [("Content-Type", "multipart/form-data; boundary=\(boundary)")],
            body: [UInt8](body.utf8)
        ).formWithFiles()
    }

    private static func part(_ disposition: String, _ content: String, more: String = "") -> String {
        "--duka\r\nContent-Disposition: form-data; \(disposition)\r\n\(more)\r\n\(content)\r\n"
    }

    @Test("Fields and files come as they were sent, whatever the files hold")
    func wholeForm() throws {
        let bytes = "Receipt,Paid\r\n--duk\r\n\r\n--dukb--"
        let read = try form(
            Self.part("name=\"form_token\"", "abc") + Self.part("name=\"reason\"", "café\r\nand milk")
                + Self.part(
                    "name=\"file\"; filename=\"C:\\fakepath\\october.csv\"", bytes, more: "Content-Type: text/csv\r\n")
                + "--duka--\r\n")
        #expect(read["form_token"] == "abc" && read["reason"] == "café\r\nand milk")
        #expect(read.files.map(\.name) == ["october.csv"] && read.files.map(\.field) == ["file"])
        #expect(read.files.first.map { String(decoding: $0.bytes, as: UTF8.self) } == bytes)
        #expect(try form("--duka--").fields.isEmpty, "a form of nothing")
    }

    @Test(
        "Names are read as browsers write them",
        arguments: [
            (#"name="a%22b""#, "a\"b"), (#"name="a\"b""#, "a\"b"), (#"name="";  filename="x.csv""#, ""),
            (#"filename="x.csv" ; name="late""#, "late"), ("name=\"jina la faili\"", "jina la faili"),
        ])
    func names(disposition: String, name: String) throws {
        let read = try form(Self.part(disposition, "1") + "--duka--")
        #expect((read.fields.first?.name ?? read.files.first?.field) == name)
    }

    @Test(
        "A form that is cut off, or not written as it should be, is refused",
        arguments: [
            "", "--duka", "--duka\r\n", "duka--", "\r\n--duka--", "--duka--x", "--duka--\r\n\r\n",
            part("name=\"a\"", "1"), part("name=\"a\"", "1") + "--duk", part("name=\"a\"", "1") + "--duka-",
            part("filename=\"a\"", "1") + "--duka--", part("name=a", "1") + "--duka--",
            part("name=\"a", "1") + "--duka--", part("name=\"a\"; name=\"b\"", "1") + "--duka--",
            "--duka\r\nContent-Type: text/csv\r\n\r\n1\r\n--duka--",
            "--duka\nContent-Disposition: form-data; name=\"a\"\n\n1\n--duka--",
            part("name=\"a\"", "1", more: "Content-Disposition: form-data; name=\"b\"\r\n") + "--duka--",
            part("name=\"a\"", "1", more: "Content-Transfer-Encoding: base64\r\n") + "--duka--",
            part("name=\"a\"", "1", more: "X: \(String(repeating: "x", count: 1_100))\r\n") + "--duka--",
            part("name=\"a\"", "1", more: "X: a\rb\r\n") + "--duka--",
        ])
    func refused(body: String) { #expect(throws: FormError.badParts) { try form(body) } }

    @Test("Each limit counts at its edge")
    func limits() throws {
        func fields(_ count: Int) -> String {
            (0..<count).map { Self.part("name=\"f\($0)\"", "1") }.joined() + "--duka--"
        }
        #expect(try form(fields(Form.fieldLimit)).fields.count == 64)
        #expect(throws: FormError.tooManyFields) { try form(fields(Form.fieldLimit + 1)) }
        func files(_ count: Int) -> String {
            (0..<count).map { Self.part("name=\"f\"; filename=\"\($0)\"", "1") }.joined() + "--duka--"
        }
        #expect(try form(files(Form.fileLimit)).files.count == 4)
        #expect(throws: FormError.tooManyFields) { try form(files(Form.fileLimit + 1)) }
        func named(_ count: Int) -> String {
            Self.part("name=\"\(String(repeating: "n", count: count))\"", "1") + "--duka--"
        }
        #expect(try form(named(Form.nameBytes)).fields.count == 1)
        #expect(throws: FormError.nameTooLong) { try form(named(Form.nameBytes + 1)) }
        func text(_ count: Int) -> String {
            Self.part("name=\"a\"", String(repeating: "t", count: count)) + "--duka--"
        }
        #expect(try form(text(Form.valueBytes)).fields.count == 1)
        #expect(throws: FormError.valueTooLong) { try form(text(Form.valueBytes + 1)) }
        #expect(throws: FormError.containsNUL) { try form(Self.part("name=\"a\"", "x\u{0}") + "--duka--") }
    }

    @Test("Text that is not UTF-8 is refused in a field and taken in a file")
    func otherBytes() throws {
        func body(_ disposition: String) -> [UInt8] {
            Array("--duka\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n".utf8) + [0xff, 0xfe]
                + Array("\r\n--duka--".utf8)
        }
        #expect(throws: FormError.badEncoding) { try Form(multipart: body("name=\"a\""), boundary: "duka") }
        let file = try Form(multipart: body("name=\"a\"; filename=\"f\""), boundary: "duka").files.first
        #expect(file?.bytes == [0xff, 0xfe])
    }

    @Test(
        "A body counts as a form with files only when it says so, with one sound boundary",
        arguments: [
            ("multipart/form-data; boundary=duka", "duka"), ("Multipart/Form-Data; Boundary=\"du ka\"", nil),
            ("multipart/form-data; boundary=\"du'ka\"", "du'ka"), ("multipart/form-data", nil),
            ("multipart/form-data; boundary=", nil), ("multipart/form-data; boundary=a; boundary=b", nil),
            ("multipart/form-data; charset=utf-8; boundary=duka", "duka"), ("multipart/mixed; boundary=duka", nil),
            ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", nil), ("text/plain", nil),
        ])
    func types(type: String, boundary: String?) { #expect(Form.boundary(in: type) == boundary) }

    @Test("A form without files is read as ever, and one with files is no such form")
    func otherForms() throws {
        let plain = Request(
            method: .post, path: "/", headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: [UInt8]("a=1".utf8))
        #expect(try plain.formWithFiles()["a"] == "1")
        let files = Request(
            method: .post, path: "/", headers: [("Content-Type", "multipart/form-data; boundary=duka")],
            body: [UInt8]("--duka--".utf8))
        #expect(throws: FormError.notAForm) { try files.form() }
    }
}

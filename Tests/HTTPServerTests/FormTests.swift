import HTTPServer
import Testing

@Suite("Forms and queries")
struct FormTests {
    private func request(_ body: String, type: String? = "application/x-www-form-urlencoded") -> Request {
        Request(
            method: .post, path: "/", headers: type.map { [("Content-Type", $0)] } ?? [], body: [UInt8](body.utf8))
    }

    @Test(
        "A form gives back the fields that were filled in",
        arguments: [
            ("", []), ("a=1", ["a", "1"]), ("a=1&b=2", ["a", "1", "b", "2"]), ("a", ["a", ""]), ("a=", ["a", ""]),
            ("=1", ["", "1"]), ("&&a=1&&", ["a", "1"]), ("a=b=c", ["a", "b=c"]), ("a+b=c+d", ["a b", "c d"]),
            ("a=%2B%26%3D%25", ["a", "+&=%"]), ("n%61me=caf%C3%A9", ["name", "café"]), ("a=%e2%82%AC", ["a", "€"]),
            ("a=1&a=2", ["a", "1", "a", "2"]), ("a=x%0D%0Ay", ["a", "x\r\ny"]), ("a=€", ["a", "€"]),
        ])
    func fields(body: String, expected: [String]) throws {
        let form = try request(body).form()
        #expect(form.fields.flatMap { [$0.name, $0.value] } == expected)
    }

    @Test(
        "A form that is not encoded as it should be is refused",
        arguments: [
            ("a=%", FormError.badEncoding), ("a=%2", .badEncoding), ("a=%zz", .badEncoding), ("a=%-1", .badEncoding),
            ("%=a", .badEncoding), ("a=%FF", .badEncoding), ("a=%C3", .badEncoding), ("a=%C0%80", .badEncoding),
            ("a=%ED%A0%80", .badEncoding), ("%E2%82=a", .badEncoding), ("a=%F4%90%80%80", .badEncoding),
            ("a=%00", .containsNUL), ("%00=a", .containsNUL), ("a=b\u{0}", .containsNUL), ("ok=1&a=%", .badEncoding),
        ])
    func badEncoding(body: String, expected: FormError) {
        #expect(throws: expected) { try request(body).form() }
    }

    @Test("64 fields are a form, 65 are not")
    func fieldLimit() throws {
        let fields = (1...64).map { "f\($0)=\($0)" }.joined(separator: "&")
        #expect(try request(fields).form().fields.count == 64)
        #expect(try request(fields + "&").form().fields.count == 64)
        #expect(throws: FormError.tooManyFields) { try request(fields + "&one=more").form() }
    }

    @Test("A name has 128 bytes at most, counted as they are meant and not as they are sent")
    func nameLimit() throws {
        let name = String(repeating: "%61", count: 128)
        #expect(try request("\(name)=1").form()[String(repeating: "a", count: 128)] == "1")
        #expect(throws: FormError.nameTooLong) { try request("\(name)b=1").form() }
    }

    @Test("Bytes that are not UTF-8 are refused, also without percent signs")
    func rawBytes() {
        #expect(throws: FormError.badEncoding) { try Form([0x61, 0x3d, 0xff]) }
    }

    @Test(
        "A body counts as a form only when it says so",
        arguments: [
            ("application/x-www-form-urlencoded", true), ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", true),
            ("multipart/form-data; boundary=x", false), ("application/json", false), ("text/plain", false), ("", false),
            ("application/x-www-form-urlencodedx", false), (nil, false),
        ])
    func contentType(type: String?, isForm: Bool) throws {
        if isForm {
            #expect(try request("a=1", type: type).form()["a"] == "1")
        } else {
            #expect(throws: FormError.notAForm) { try request("a=1", type: type).form() }
        }
    }

    @Test("A field that comes twice gives its first value, and all of them to who asks for all")
    func twice() throws {
        let form = try request("a=1&b=2&a=3").form()
        #expect(form["a"] == "1")
        #expect(form.all("a") == ["1", "3"])
        #expect(form["c"] == nil)
    }

    @Test(
        "A query gives the first value of a name",
        arguments: [
            ("", nil), ("lang=sw", "sw"), ("x=1&lang=sw&lang=en", "sw"), ("lang", ""), ("LANG=sw", nil),
            ("lang=s%77", "sw"), ("l%61ng=sw", "sw"), ("lang=%FF&lang=en", "en"), ("lang=%", nil),
            ("x=%zz&lang=en", "en"),
            ("lang=a+b", "a b"), ("lang=%00", nil),
        ] as [(String, String?)])
    func query(text: String, expected: String?) {
        #expect(Query(text)["lang"] == expected)
    }

    @Test("A query is searched no further than a form may be long")
    func longQuery() {
        let others = (1...63).map { "f\($0)=\($0)&" }.joined()
        #expect(Query(others + "lang=sw")["lang"] == "sw")
        #expect(Query(others + "x=1&lang=sw")["lang"] == nil)
    }
}

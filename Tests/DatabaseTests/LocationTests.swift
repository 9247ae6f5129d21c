import Testing

@testable import Database

@Suite struct LocationTests {
    @Test(
        "Locations are read as documented",
        arguments: [
            ("sqlite:var/duka.db", "sqlite:var/duka.db"),
            ("sqlite:/srv/duka.db", "sqlite:/srv/duka.db"),
            ("mariadb://u:p@db.example/shop", "mariadb://u@db.example:3306/shop"),
            ("mariadb://u:p@10.0.0.1:3307/shop", "mariadb://u@10.0.0.1:3307/shop"),
            ("mariadb://u:p%40ss%3Aw@[::1]:3307/shop", "mariadb://u@[::1]:3307/shop"),
            (
                "mariadb://u@localhost/shop?socket=/run/m%20y.sock",
                "mariadb://u@localhost:3306/shop?socket=/run/m y.sock"
            ),
            ("mariadb://a%40b:p@h/n%2Fm", "mariadb://a@b@h:3306/n/m"),
        ])
    func valid(_ text: String, _ description: String) throws {
        #expect("\(try DatabaseLocation(text))" == description)
    }

    @Test("A password may hold any letter")
    func password() throws {
        guard case .mariaDB(let address) = try DatabaseLocation("mariadb://u:p%40s:s%25@h/n") else {
            return #expect(Bool(false))
        }
        #expect(address.password.text == "p@s:s%")
    }

    @Test(
        "What is no location is refused with words that do not repeat it",
        arguments: [
            "", "duka.db", "sqlite:", "sqlite::memory:", "sqlite://x", "mysql://u:secret@h/n", "mariadb://h/n",
            "mariadb://u:secret@/n", "mariadb://u:secret@h", "mariadb://u:secret@h/", "mariadb://:secret@h/n",
            "mariadb://u:secret@h:0/n", "mariadb://u:secret@h:65536/n", "mariadb://u:secret@h:x/n",
            "mariadb://u:secret%2@h/n", "mariadb://u:secret%ff@h/n", "mariadb://u:secret%00@h/n",
            "mariadb://u:secret%+1@h/n", "mariadb://u:secret@h/n?tls=1", "mariadb://u:secret@h/n?socket=",
        ])
    func invalid(_ text: String) {
        let error = #expect(throws: InvalidDatabaseLocation.self) { try DatabaseLocation(text) }
        #expect(error?.description.contains("secret") == false)
    }

    @Test("No description, dump or mirror shows the password")
    func secrecy() throws {
        let location = try DatabaseLocation("mariadb://u:secret@h/n")
        var dumped = ""
        dump(location, to: &dumped)
        for text in ["\(location)", String(reflecting: location), dumped, "\(Mirror(reflecting: location).children)"] {
            #expect(!text.contains("secret"), "\(text)")
        }
    }

    @Test("A server that is not there is unavailable, and the error does not show the password")
    func unreachable() async throws {
        let location = try DatabaseLocation("mariadb://u:secret@localhost/n?socket=/nowhere.sock")
        do {
            _ = try await SQLDatabase.open(location)
            Issue.record("It was opened.")
        } catch {
            #expect(error.kind == .unavailable)
            #expect(!"\(error)".contains("secret"))
        }
    }
}

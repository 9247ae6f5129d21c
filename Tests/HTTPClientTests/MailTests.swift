import FaultTesting
import HTTPClient
import Testing

@Suite("Letters over SMTP", .timeLimit(.minutes(2)))
struct MailTests {
    private static func client(
        _ url: String, user: String? = nil, timeout: Duration = .seconds(20)
    ) throws -> MailClient {
        let server = try MailServer(url, greetingAs: "shop.example", user: user, password: user.map { _ in "secret" })
        return MailClient(server, timeout: timeout)
    }

    private static func letter(_ text: String = "Hello") -> OutboundLetter {
        OutboundLetter(
            from: "shop@shop.example", to: "asha@example.com", message: Array("Subject: x\r\n\r\n\(text)\r\n".utf8))
    }

    private static func failure(_ client: MailClient, _ letter: OutboundLetter = letter()) async -> MailError? {
        do throws(MailError) {
            try await client.send(letter)
            return nil
        } catch { return error }
    }

    @Test("A letter arrives as it was written, dots at the start of lines too, and we say who we are")
    func arrives() async throws {
        let server = TestMailServer()
        try await Self.client(server.url, user: "shop").send(Self.letter("one\r\n.two\r\n..\r\n.\r\nlast"))
        let taken = try #require(server.taken.first)
        #expect(server.taken.count == 1 && server.connections == 1)
        #expect(taken.message == "Subject: x\r\n\r\none\r\n.two\r\n..\r\n.\r\nlast\r\n")
        #expect(taken.from.hasPrefix("MAIL FROM:<shop@shop.example>") && taken.to == "RCPT TO:<asha@example.com>")
        #expect(server.commands.contains("EHLO shop.example"))
        #expect(server.commands.contains { $0.hasPrefix("AUTH PLAIN") })
    }

    @Test(
        "What the server says decides: for good, for now, or nothing about the letter",
        arguments: [
            (TestMailServer.Stage.recipient, "550 5.1.1 <asha@example.com> unknown", MailError.Kind.refused),
            (.from, "553 not you", .refused), (.data, "554 no", .refused), (.dot, "554 5.7.1 spam", .refused),
            (.recipient, "450 later", .refusedForNow), (.from, "451 later", .refusedForNow),
            (.data, "452 full", .refusedForNow), (.dot, "451 greylisted", .refusedForNow),
            (.dot, "421 closing", .refusedForNow), (.greeting, "554 no service", .notSent),
            (.greeting, "421 busy", .refusedForNow), (.login, "535 wrong", .notSent),
        ])
    func replies(_ stage: TestMailServer.Stage, _ reply: String, _ kind: MailError.Kind) async throws {
        let server = TestMailServer()
        server.usually(.reply(stage, reply))
        let error = try #require(await Self.failure(try Self.client(server.url, user: "shop")))
        #expect(error.kind == kind, "\(error)")
        #expect(server.taken.isEmpty)
        #expect(!error.description.contains("asha"), "the recipient's address stays out of it")
    }

    @Test(
        "A connection that breaks before the letter was handed over took nothing; afterwards nobody knows",
        arguments: [
            (TestMailServer.Stage.greeting, MailError.Kind.notSent), (.hello, .notSent), (.from, .notSent),
            (.recipient, .notSent), (.data, .notSent), (.dot, .maySent), (.taken, .maySent),
        ])
    func drops(_ stage: TestMailServer.Stage, _ kind: MailError.Kind) async throws {
        let server = TestMailServer()
        server.usually(.drop(stage))
        let error = try #require(await Self.failure(try Self.client(server.url)))
        #expect(error.kind == kind, "\(error)")
        #expect(server.connections == 1, "sent once")
        #expect(server.taken.count == (stage == .taken ? 1 : 0))
    }

    @Test("A farewell that never comes does not undo what was taken")
    func noFarewell() async throws {
        let server = TestMailServer()
        server.usually(.drop(.farewell))
        #expect(await Self.failure(try Self.client(server.url)) == nil)
        #expect(server.taken.count == 1)
    }

    @Test("A server that is silent after the dot leaves us not knowing, and before it nothing was sent")
    func silence() async throws {
        for (stage, kind) in [(TestMailServer.Stage.taken, MailError.Kind.maySent), (.hello, .notSent)] {
            let server = TestMailServer()
            server.usually(.hold(stage))
            let error = try #require(await Self.failure(try Self.client(server.url, timeout: .milliseconds(1_500))))
            #expect(error.kind == kind, "\(error)")
            server.release()
        }
    }

    @Test("Nobody listens: nothing was sent")
    func nobody() async throws {
        let error = try #require(await Self.failure(try Self.client("smtp://127.0.0.1:\(RawServer.refusingPort())")))
        #expect(error.kind == .notSent)
    }

    @Test(
        "Away from this machine a letter travels encrypted or not at all",
        .enabled(if: TestMailServer.otherAddress != nil, "This machine has no other address."))
    func encryption() async throws {
        let server = TestMailServer(everywhere: true)
        let address = try #require(TestMailServer.otherAddress)
        let error = try #require(
            await Self.failure(try Self.client("smtp://\(address):\(server.port)", user: "shop")))
        #expect(error.kind == .notSent, "\(error)")
        #expect(!server.commands.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") }, "\(server.commands)")
    }

    @Test(
        "An address that is no mail server's is refused, without its values",
        arguments: [
            "http://mail.example", "mail.example:587", "smtp://", "smtp://user:secret@mail.example", "smtp://mail/path",
            "smtp://mail.example?x=secret", "smtp://mail example", "file:///etc/passwd", "",
        ])
    func addresses(_ text: String) {
        #expect {
            _ = try MailServer(text, greetingAs: "shop.example", user: nil, password: nil)
        } throws: { error in
            !"\(error)".contains("secret")
        }
    }
}

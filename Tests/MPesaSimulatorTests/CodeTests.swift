import Cryptography
import HTTPClient
import MPesaSimulator
import Testing

@Suite struct CodeTests {
    private static func draw(_ house: House, _ changes: [String: JSON?] = [:]) async throws -> OutboundResponse {
        let usual: [(String, JSON)] = [
            ("MerchantName", "A"), ("RefNo", "X"), ("Amount", 1), ("TrxCode", "PB"), ("CPI", "174379"),
            ("Size", "64"),
        ]
        return try await house.post("/mpesa/qrcode/v1/generate", House.object(usual, changes))
    }

    /// `PB|174379|1|X|A` with correction L and mask 0, as the Python package qrcode 8.2 draws it.
    private static let drawing = """
        #######..#..#.#######
        #.....#..###..#.....#
        #.###.#.##.##.#.###.#
        #.###.#..#.#..#.###.#
        #.###.#...#.#.#.###.#
        #.....#.......#.....#
        #######.#.#.#.#######
        ........##.#.........
        ###.########.##...#..
        ....#..#....#...##.#.
        #.###.###.####..#..##
        ..####....##.#..#..#.
        ..###.##.#...#..##..#
        ........##...##.#.#..
        #######.##.####.#.###
        #.....#.##.#...#.#..#
        #.###.#.####.#.###.#.
        #.###.#.....#.#.##.#.
        #.###.#.#..##.#.###.#
        #.....#.##...#..##.#.
        #######.##..##.###.##
        """

    @Test("A code is drawn as another encoder draws it")
    func drawn() async throws {
        try await House.with { house in
            let response = try await Self.draw(house)
            #expect(response.status == 200)
            #expect(try response.json.shape == Fixture.named("qr-response").shape)

            let png = try #require(Base64.decode(try response.json["QRCode"]?.text ?? ""))
            // 64 pixels: rows of a filter byte and 8 bytes, after 8 + 25 + 8 bytes of PNG, 2 of zlib and 5 of a block.
            let rows = png.dropFirst(48)
            func isDark(_ column: Int, _ row: Int) -> Bool {
                rows[rows.startIndex + row * 9 + 1 + column / 8] >> (7 - column % 8) & 1 == 0
            }
            // 21 modules of two pixels in the middle.
            let seen = (0..<21).map { row in
                String((0..<21).map { isDark(11 + 2 * $0, 11 + 2 * row) ? Character("#") : "." })
            }
            #expect(seen.joined(separator: "\n") == Self.drawing)
        }
    }

    @Test(
        "A picture is the very one that a reader of such codes has read",
        arguments: [
            ("A", "X", 1, "64", "efd55f004b565e54b45828f1a6a20994927915ce62f3d1874a3e9e83bdec9154"),
            (
                "EXAMPLE SHOP", "ORDER100042", 1_250, "300",
                "67f80e6ee18d43da477470ecacf957297bac334a2d5e86cbcfd96f52b8e603cb"
            ),
        ])
    func pinned(name: String, reference: String, amount: Int, size: String, hash: String) async throws {
        try await House.with { house in
            let response = try await Self.draw(
                house,
                [
                    "MerchantName": .string(name), "RefNo": .string(reference), "Amount": .string("\(amount)"),
                    "Size": .string(size),
                ])
            let png = try #require(Base64.decode(try response.json["QRCode"]?.text ?? ""))
            #expect(Hex.encode(SHA256.hash(png)) == hash)
        }
    }

    @Test(
        "A wrong field is named",
        arguments: [
            ("MerchantName", ""), ("RefNo", nil), ("Amount", "0"), ("TrxCode", "XX"), ("CPI", "1"), ("Size", "63"),
            ("Size", "1001"),
        ] as [(String, JSON?)])
    func refused(field: String, value: JSON?) async throws {
        try await House.with { house in
            let response = try await Self.draw(house, [field: value])
            #expect(response.status == 400)
            #expect(try response.message == "Bad Request - Invalid \(field)")
        }
    }

    @Test("The longest fields fit, and the largest picture")
    func longest() async throws {
        try await House.with { house in
            let response = try await Self.draw(
                house,
                [
                    "MerchantName": .string(String(repeating: "W", count: 26)),
                    "RefNo": .string(String(repeating: "9", count: 20)), "Amount": 250_000,
                    "CPI": "254708374149", "Size": 1_000,
                ])
            #expect(response.status == 200)
            #expect(Base64.decode(try response.json["QRCode"]?.text ?? "")?.count ?? 0 > 125_000)
        }
    }
}

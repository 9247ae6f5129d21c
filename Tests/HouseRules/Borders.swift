import Testing

@Suite("Borders: who may know whom")
struct Borders {
    /// Ours and others' that a target may import, besides Swift's own. The design's table with what was decided since:
    /// `PluginHost` runs plugins on `Blocking`'s threads, `HTTPServer` compresses, `Checkout` makes and checks address
    /// tokens and holds the client that providers share, `CLI` names files by `SystemPackage`; a simulator reads what
    /// was encrypted for the provider it plays.
    private static let imports: [String: Set<String>] = [
        "CMicrohttpd": [], "CCurl": [], "CMariaDB": [], "CSQLite": [], "COpenSSL": [], "CZlib": [],
        "Blocking": ["Dispatch"],
        "HTTPServer": ["CMicrohttpd", "CZlib"],
        "HTTPClient": ["CCurl", "Blocking"],
        "Database": ["CSQLite", "CMariaDB", "Blocking"],
        "Cryptography": ["COpenSSL", "Blocking"],
        "Processes": ["CChildProcess", "Blocking"],
        "PaymentKit": [],
        "PaymentKitTesting": ["PaymentKit", "Testing"],
        "Commerce": ["PaymentKit"],
        "PluginHost": ["PaymentKit", "HTTPClient", "Cryptography", "Blocking", "Processes", "Logging"],
        "Storage": ["Commerce", "PaymentKit", "Database", "Cryptography"],
        "Checkout": [
            "Commerce", "PaymentKit", "PluginHost", "Storage", "Database", "HTTPClient", "Cryptography", "Logging",
        ],
        "Web": ["Commerce", "PaymentKit", "Checkout", "HTTPServer", "Cryptography", "Mustache", "Logging"],
        "CLI": [
            "Web", "Checkout", "Storage", "Database", "Processes", "PluginHost", "HTTPServer", "HTTPClient",
            "Cryptography",
            "Commerce", "PaymentKit", "PaymentKitTesting", "MPesa", "MPesaSimulator", "Airtel",
            "AirtelSimulator", "BankTransfer", "CashOnDelivery", "ArgumentParser", "Configuration",
            "ServiceLifecycle",
            "Logging", "SystemPackage",
            "Paystack", "PaystackSimulator",
        ],
    ]
    /// Pure targets take the small Foundation, so that plugins stay small.
    private static let swiftsOwn: Set<String> = ["Foundation", "FoundationEssentials", "Synchronization"]

    private static func allowed(_ target: String) -> Set<String>? {
        if let ours = imports[target] {
            let system: Set<String> = Safety.wrappers.contains("Sources/\(target)/") ? ["Glibc"] : []
            return ours.union(swiftsOwn).union(system)
        }
        // A plugin sees PaymentKit and nothing else; its simulator is a small server beside it.
        if target.hasPrefix("plugins/"), target.hasSuffix("/Sources") { return swiftsOwn.union(["PaymentKit"]) }
        if target.hasPrefix("plugins/"), target.hasSuffix("/Simulator") {
            return swiftsOwn.union(["HTTPServer", "HTTPClient", "Cryptography"])
        }
        return nil
    }

    @Test("A target imports what the design allows it, and a new target is entered in the table")
    func importTable() throws {
        let pattern = try Regex(
            #"^\s*(?:@\w+\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?"#
                + #"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"#)
        var findings: [Finding] = []
        for file in Repository.program {
            let target = file.target
            guard let allowed = Self.allowed(target) else {
                findings.append(Finding(path: file.path, line: 1, advice: "\(target) is not in this rule's table."))
                continue
            }
            for (number, line) in file.code.enumerated() {
                guard let match = line.firstMatch(of: pattern), let name = match.output[1].substring else { continue }
                if !allowed.contains(String(name)) {
                    findings.append(
                        Finding(
                            path: file.path, line: number + 1,
                            advice: "\(target) may not import \(name); move the code to the floor that may."))
                }
            }
        }
        report(findings)
    }

    @Test("What is pure neither opens files nor reads the environment")
    func purity() {
        report(
            Repository.swift(in: ["Sources/Commerce/", "Sources/PaymentKit/"]).flatMap {
                $0.findings(
                    #"\bFileManager\b|\bProcessInfo\b|\bgetenv\b|\bURLSession\b|contentsOf:"#,
                    "hand the value in: this target holds values and rules only.")
            })
    }

    /// The two spots of bookkeeping that know a statement of their own.
    private static let bookkeeping = ["Sources/CLI/DoctorCommand.swift"]

    @Test("SQL stands in Storage, Database and the migrations")
    func statements() {
        let files = Repository.program.filter { file in
            !["Sources/Storage/", "Sources/Database/"].contains { file.path.hasPrefix($0) }
                && !Self.bookkeeping.contains(file.path)
        }
        let pattern =
            #"\bSELECT\s+\S|\bINSERT\s+(INTO|IGNORE)\b|\bUPDATE\s+\w+\s+SET\b|\bDELETE\s+FROM\b|\bREPLACE\s+INTO\b"#
        report(
            files.flatMap {
                $0.findings(pattern, in: \.literals, "move the statement to `Storage/<Aggregate>.swift`.")
            })
    }

    @Test("The core knows no provider's name")
    func providerWords() {
        let folders = [
            "Commerce", "Storage", "Checkout", "Database", "HTTPServer", "HTTPClient", "Cryptography", "Blocking",
            "PluginHost", "PaymentKit", "PaymentKitTesting",
        ].map { "Sources/\($0)/" }
        let found = Repository.swift(in: folders).flatMap {
            $0.findings(
                "(?i)mpesa|m-pesa|daraja|safaricom|airtel", in: \.lines,
                "say it for every provider, or move it to the plugin's folder.")
        }
        // Which network a prefix was given to is a fact about Kenya's numbers, not about a provider.
        report(found.filter { $0.path != "Sources/PaymentKit/PhoneNumber.swift" })
    }

    @Test("A `switch` of the domain answers every case by name")
    func defaults() {
        report(
            Repository.swift(in: ["Sources/Commerce/", "Sources/Checkout/"]).flatMap {
                $0.findings(
                    #"^\s*(@unknown\s+)?default\s*:"#,
                    "name the cases: a new one must break the build where thought is due.")
            })
    }
}

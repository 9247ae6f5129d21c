// Fills a shop's database with orders, for measuring: fill-orders DATABASE KEY COUNT
// DATABASE as DUKA_DATABASE names it, KEY the 64 digits of DUKA_SECRET_KEY; after duka migrate.
import Commerce
import Cryptography
import Database
import Foundation
import ManyOrders

let arguments = CommandLine.arguments
guard arguments.count == 4, let key = Hex.decode(arguments[2]), let count = Int(arguments[3]) else {
    print("fill-orders DATABASE KEY COUNT")
    exit(2)
}
let database = try await SQLDatabase.open(DatabaseLocation(arguments[1]))
let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000) - 7_200_000)
let many = try ManyOrders(keys: KeyRing(keys: [(id: 1, key: key)]), end: now, over: 365 * 86_400)
let begun = ContinuousClock.now
try await many.write(count, to: database) { written in
    if written % 50_000 == 0 {
        print("\(written) orders, \((ContinuousClock.now - begun).components.seconds) s")
        fflush(nil)
    }
}
await database.close()

/// The total deadlines: unlike a limit on inactivity they cannot be put off by sending a byte now and then.
extension EventLoop {
    /// How long a handler may take before the client's socket is watched: watching costs two system calls.
    private static let watchAfterMilliseconds: Int64 = 1000

    /// Looks at every connection.
    func sweep() {
        for connection in connections {
            guard let exchange = connection.exchange else {
                connection.checkHead()
                continue
            }
            let age = now - exchange.since
            switch exchange.phase {
            case .head:
                if age >= headMilliseconds { connection.cut() }
            case .body:
                if age >= exchange.bodyMilliseconds { connection.cut() }
            case .handler:
                if age >= Int64(configuration.handlerSeconds) * 1000 {
                    exchange.expire()
                } else if age >= Self.watchAfterMilliseconds {
                    watch(connection)
                }
            case .answer:
                beat(exchange)
            }
        }
    }

    /// Sends a comment on a stream of events now and then.
    private func beat(_ exchange: Exchange) {
        guard let stream = exchange.events,
            now - exchange.lastHeartbeat >= Int64(configuration.heartbeatSeconds) * 1000
        else { return }
        exchange.lastHeartbeat = now
        stream.comment()
    }
}

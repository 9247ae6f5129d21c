internal import Blocking
internal import CCurl
internal import Glibc

/// Hands letters to a mail server, one after the other on a thread of its own: libcurl waits for the server's farewell,
/// and nobody else may wait with it.
package actor MailClient {
    private let executor = BlockingExecutor(label: "duka.mail")
    private let server: MailServer
    private let caFile: String?
    private let timeout: Duration

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - caFile: As in ``ClientConfiguration/caFile``.
    ///   - timeout: For one letter, from the name's resolution to the server's last word.
    package init(_ server: MailServer, caFile: String? = nil, timeout: Duration = .seconds(45)) {
        self.server = server
        self.caFile = ClientConfiguration(caFile: caFile).effectiveCAFile
        self.timeout = timeout
    }

    /// Sends a letter once, on a connection of its own. It returns when the server has taken it: a reply of 250 to the
    /// dot that ends it.
    ///
    /// - Throws: An error whose kind says whether it may have been taken.
    package func send(_ letter: OutboundLetter) throws(MailError) {
        let transfer = MailTransfer(letter)
        try transfer.run(server, caFile: caFile, timeout: timeout)
    }
}

/// One letter's way through libcurl. Only the mail thread touches it.
@safe private final class MailTransfer {
    private let handle: UnsafeMutableRawPointer
    private var recipients: UnsafeMutablePointer<curl_slist>?
    private let letter: OutboundLetter
    private var position = 0
    private var mustStayHere = false
    private var wasAddressRefused = false

    init(_ letter: OutboundLetter) {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let handle = unsafe curl_easy_init() else {
            preconditionFailure("libcurl has no memory.")
        }
        unsafe self.handle = unsafe handle
        self.letter = letter
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(recipients)
    }

    func run(_ server: MailServer, caFile: String?, timeout: Duration) throws(MailError) {
        mustStayHere = server.isThisMachine
        setSafety(server, caFile: caFile, timeout: timeout)
        setLetter()
        setCallbacks()
        let code = withoutBrokenPipes { unsafe curl_easy_perform(handle) }
        guard code != CURLE_OK else { return }
        var reply = 0
        check(unsafe shim_get_long(handle, CURLINFO_RESPONSE_CODE, &reply))
        throw error(code, reply: reply)
    }

    /// What a failure means. Before the whole letter was handed over the final dot cannot have been sent, so the server
    /// cannot have taken it; afterwards only the reply to the dot can tell, and 354 was the one before it.
    private func error(_ code: CURLcode, reply: Int) -> MailError {
        let isHandedOver = position == letter.message.count
        let (kind, words): (MailError.Kind, String) =
            if wasAddressRefused {
                (.notSent, "the mail server's address is not on this machine")
            } else if code == CURLE_LOGIN_DENIED {
                (.notSent, "the mail server does not know our user or password")
            } else if code == CURLE_USE_SSL_FAILED || code == CURLE_PEER_FAILED_VERIFICATION {
                (.notSent, "the connection to the mail server could not be made safe")
            } else if isHandedOver {
                switch reply {
                case 400...499: (.refusedForNow, "the mail server did not take the letter now")
                case 500...599: (.refused, "the mail server refused the letter")
                default: (.maySent, "the mail server's answer to the letter is missing")
                }
            } else if code == CURLE_SEND_ERROR, (500...599).contains(reply) {
                // libcurl's word for a refused sender, recipient or DATA.
                (.refused, "the mail server refused the sender or the recipient")
            } else if (400...499).contains(reply) {
                (.refusedForNow, "the mail server did not take the letter now")
            } else {
                (.notSent, "the mail server could not be reached or did not answer as it should")
            }
        let codes = reply >= 400 ? "reply \(reply)" : "libcurl error \(code.rawValue)"
        return MailError(kind: kind, reply: reply, description: "\(words) (\(codes))")
    }

    private func setSafety(_ server: MailServer, caFile: String?, timeout: Duration) {
        set(CURLOPT_URL, server.url)
        set(CURLOPT_PROTOCOLS_STR, server.scheme)
        set(CURLOPT_USE_SSL, Int((server.isThisMachine ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let caFile { set(CURLOPT_CAINFO, caFile) }
        set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        // An empty name, not none: libcurl would look into the environment.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_FRESH_CONNECT, 1)
        set(CURLOPT_FORBID_REUSE, 1)
        set(CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(10_000, timeout.wholeMilliseconds))
        // Each of the server's words, its farewell included.
        set(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, timeout.wholeMilliseconds / 1_500))
        if let user = server.user {
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, server.password ?? "")
        }
    }

    private func setLetter() {
        set(CURLOPT_UPLOAD, 1)
        check(unsafe shim_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(letter.message.count)))
        set(CURLOPT_MAIL_FROM, "<\(letter.from)>")
        guard let list = unsafe curl_slist_append(nil, "<\(letter.to)>") else {
            preconditionFailure("libcurl has no memory.")
        }
        unsafe recipients = unsafe list
        check(unsafe shim_set_pointer(handle, CURLOPT_MAIL_RCPT, recipients))
    }

    private func setCallbacks() {
        // libcurl calls back only within `curl_easy_perform`, while `run` holds this object.
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        for option in [CURLOPT_READDATA, CURLOPT_WRITEDATA, CURLOPT_OPENSOCKETDATA] {
            check(unsafe shim_set_pointer(handle, option, this))
        }
        check(
            unsafe shim_set_data(handle, CURLOPT_READFUNCTION) { place, size, count, this in
                let room = unsafe UnsafeMutableRawBufferPointer(start: place, count: size * count)
                return unsafe MailTransfer.at(this).read(into: room)
            })
        check(unsafe shim_set_data(handle, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count })
        check(
            unsafe shim_set_open_socket(handle) { this, _, address in
                guard let address = unsafe address else { return shim_no_socket() }
                return unsafe MailTransfer.at(this).openSocket(address)
            })
    }

    private func read(into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(room.count, letter.message.count - position)
        unsafe room.copyBytes(from: letter.message[position..<position + count])
        position += count
        return count
    }

    /// Opens a socket that no child process inherits, if it may be connected to `address`.
    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard let ip = unsafe IPAddress(socketAddress: address), !mustStayHere || ip.isLoopback else {
            wasAddressRefused = true
            return shim_no_socket()
        }
        let type = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return unsafe socket(address.pointee.family, type, address.pointee.protocol)
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> MailTransfer {
        guard let pointer = unsafe pointer else { preconditionFailure("libcurl lost a letter.") }
        return unsafe Unmanaged<MailTransfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// OpenSSL writes to sockets that may be closed; the signal would end the process. libcurl leaves it to us.
    private func withoutBrokenPipes(_ body: () -> CURLcode) -> CURLcode {
        var signals = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        precondition(unsafe pthread_sigmask(SIG_BLOCK, &signals, &before) == 0)
        defer {
            // One that came meanwhile must not come afterwards.
            var none = timespec()
            if !Self.holdsBrokenPipe(before) { _ = unsafe sigtimedwait(&signals, nil, &none) }
            unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        return body()
    }

    private static func holdsBrokenPipe(_ signals: sigset_t) -> Bool {
        var mask = signals
        return unsafe sigismember(&mask, SIGPIPE) == 1
    }

    private func set(_ option: CURLoption, _ value: Int) {
        check(unsafe shim_set_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) {
        check(unsafe shim_set_string(handle, option, value))
    }

    /// An option that libcurl refuses is a mistake in this file, or a libcurl too old to be safe.
    private func check(_ code: CURLcode) {
        precondition(code == CURLE_OK, "libcurl refused an option: error \(code.rawValue).")
    }
}

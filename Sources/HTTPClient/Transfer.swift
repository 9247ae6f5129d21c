internal import CCurl
internal import Glibc

/// One of libcurl's easy handles, used for one call after another. Only the loop's thread touches it.
@safe final class Transfer {
    /// For `Multi` alone.
    let handle: UnsafeMutableRawPointer
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headerList: UnsafeMutablePointer<curl_slist>?

    /// The call that is being made.
    private(set) var call: Call?
    private var reader = ResponseReader(maxBodyBytes: 0)
    private var addresses = ClientConfiguration.Addresses.any
    /// Whether libcurl said that it is about to send the request. Set once and never taken back: it may connect anew.
    private var hasBegun = false
    private var wasAddressRefused = false

    init() {
        guard let handle = unsafe curl_easy_init() else { preconditionFailure("libcurl has no memory.") }
        unsafe self.handle = unsafe handle
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headerList)
        unsafe errorText.deallocate()
    }

    /// Sets everything for `call`; nothing is left from the call before.
    func prepare(_ call: Call, timeoutMilliseconds: Int, caFile: String?, _ configuration: ClientConfiguration) {
        clear()
        self.call = call
        let request = call.checked.request
        reader = ResponseReader(maxBodyBytes: request.maxResponseBytes)
        addresses = configuration.addresses
        setSafety(caFile: caFile, scheme: call.checked.scheme)
        setCallbacks()
        set(CURLOPT_URL, request.url)
        set(CURLOPT_USERAGENT, configuration.userAgent)
        set(CURLOPT_TIMEOUT_MS, timeoutMilliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(timeoutMilliseconds, configuration.connectTimeout.wholeMilliseconds))
        set(CURLOPT_FRESH_CONNECT, call.onFreshConnection ? 1 : 0)
        // A connection made for an act ends with it, so that each act has one of its own.
        set(CURLOPT_FORBID_REUSE, request.effect == .acts ? 1 : 0)
        setMethodAndBody(request)
        for line in call.checked.headerLines {
            guard let longer = unsafe curl_slist_append(headerList, line) else {
                preconditionFailure("libcurl has no memory.")
            }
            unsafe headerList = unsafe longer
        }
        check(unsafe shim_set_pointer(handle, CURLOPT_HTTPHEADER, headerList))
    }

    /// Forgets the call, so that neither its body nor its answer is kept while the handle is idle.
    func clear() {
        unsafe curl_easy_reset(handle)
        unsafe curl_slist_free_all(headerList)
        unsafe headerList = nil
        unsafe errorText.update(repeating: 0, count: Int(CURL_ERROR_SIZE))
        call = nil
        reader = ResponseReader(maxBodyBytes: 0)
        hasBegun = false
        wasAddressRefused = false
    }

    /// What came of the call, when libcurl is done with it.
    func result(_ code: CURLcode) -> Result<OutboundResponse, OutboundError> {
        if code == CURLE_OK && reader.hasHead {
            var status = 0
            check(unsafe shim_get_long(handle, CURLINFO_RESPONSE_CODE, &status))
            return .success(OutboundResponse(status: status, headers: reader.headers, body: reader.body))
        }
        let kind: OutboundError.Kind =
            if reader.isTooLarge { .tooLarge } else if hasBegun { .maySent } else if wasAddressRefused {
                .forbidden
            } else { .notSent }
        return .failure(
            OutboundError(
                kind: kind, timedOut: code == CURLE_OPERATION_TIMEDOUT, code: Int(code.rawValue),
                message: words(for: code)))
    }

    /// What is known about the call when it is cut off because of `reason`.
    func interrupted(_ reason: String) -> OutboundError {
        OutboundError(kind: hasBegun ? .cancelled : .notSent, message: reason)
    }

    private func words(for code: CURLcode) -> String {
        if reader.isTooLarge { return "The answer is longer than allowed." }
        if wasAddressRefused && !hasBegun { return "The host's address is not allowed." }
        if code == CURLE_OK { return "The connection was closed in the middle of an answer." }
        let detail = unsafe String(cString: errorText)
        return unsafe detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    }

    // MARK: Options

    private func setSafety(caFile: String?, scheme: String) {
        set(CURLOPT_PROTOCOLS_STR, scheme)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let caFile { set(CURLOPT_CAINFO, caFile) }
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        // An empty name, not none: libcurl would look into the environment.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NOSIGNAL, 1)
        // A transfer that ends while its name is being resolved must not wait for the resolver and hold up the others.
        set(CURLOPT_QUICK_EXIT, 1)
    }

    private func setMethodAndBody(_ request: OutboundRequest) {
        if request.method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
        } else if request.method == "GET" {
            set(CURLOPT_HTTPGET, 1)
        } else if request.method == "DELETE", request.body.isEmpty {
            set(CURLOPT_CUSTOMREQUEST, request.method)
        } else {
            // libcurl keeps a copy, and needs the length first. Without any body it would read the standard input.
            check(unsafe shim_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)))
            unsafe request.body.withUnsafeBytes { body in
                guard let start = body.baseAddress, body.count > 0 else { return set(CURLOPT_COPYPOSTFIELDS, "") }
                check(unsafe shim_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, start))
            }
            set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func setCallbacks() {
        // libcurl calls back only while the handle is in the loop, which holds the transfer all that time.
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        let dataOptions = [
            CURLOPT_PRIVATE, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_PREREQDATA, CURLOPT_OPENSOCKETDATA,
        ]
        for option in dataOptions { check(unsafe shim_set_pointer(handle, option, this)) }
        check(unsafe shim_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        check(
            unsafe shim_set_data(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, this in
                let bytes = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
                return unsafe Transfer.at(this).reader.read(body: bytes) ? size * count : 0
            })
        check(
            unsafe shim_set_data(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, this in
                let line = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: size * count))
                return unsafe Transfer.at(this).reader.read(headerLine: line) ? size * count : 0
            })
        check(
            unsafe shim_set_before_request(handle) { this, _, _, _, _ in
                unsafe Transfer.at(this).hasBegun = true
                return CURL_PREREQFUNC_OK
            })
        check(
            unsafe shim_set_open_socket(handle) { this, _, address in
                guard let address = unsafe address else { return shim_no_socket() }
                return unsafe Transfer.at(this).openSocket(address)
            })
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> Transfer {
        guard let pointer = unsafe pointer else { preconditionFailure("libcurl lost a transfer.") }
        return unsafe Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Opens a socket that no child process inherits, if it may be connected to `address`.
    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        let ip = unsafe IPAddress(socketAddress: address)
        guard let ip, addresses == .any || ip.isPublic,
            call?.checked.mustStayOnThisMachine == false || ip.isLoopback
        else {
            wasAddressRefused = true
            return shim_no_socket()
        }
        let type = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return unsafe socket(address.pointee.family, type, address.pointee.protocol)
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

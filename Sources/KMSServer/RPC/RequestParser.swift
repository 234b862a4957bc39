internal import KMSCore
internal import NIOCore
internal import NIOHTTP1

/// What the edge has read of a request before it knows who sent it.
struct ParsedRequest {
    let method: String
    let parameters: Parameters
    /// How many of the parameters came in the query.
    let queryCount: Int
    /// The first Host, without white space around it.
    let host: String?
    /// Whether the V3 scheme is used: `Authorization` says so, `x-acs-*` headers do not.
    let usesV3: Bool
    /// Names in lower case; empty for V1, whose signature covers no header.
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The value of a parameter of the query alone, or nil.
    func queryValue(of name: StaticString) -> ArraySlice<UInt8>? {
        guard let index = parameters.index(of: name), index < queryCount else { return nil }
        return parameters.value(parameters.entries[index])
    }
}

/// Turns an HTTP request into parameters, or says what is wrong with it.
enum RequestParser {
    static func parse(_ request: IncomingRequest) throws(KMSError) -> ParsedRequest {
        guard request.method == .GET || request.method == .POST else { throw .methodNotSupported }
        try checkHost(request)
        var target = request.target
        let bodyCount = request.body?.readableBytes ?? 0
        let formBody = try isForm(request) ? request.body : nil
        var queryCount = 0
        let parameters: Parameters
        do {
            var decoder = ParameterDecoder(capacity: target.utf8.count + (formBody == nil ? 0 : bodyCount))
            try target.withUTF8Result { bytes throws(KMSError) in try decoder.append(try query(of: bytes)) }
            queryCount = decoder.entries.count
            if let formBody {
                try formBody.withBytesResult { bytes throws(KMSError) in try decoder.append(bytes) }
            }
            parameters = try decoder.finish()
        }
        let authorization = request.headers.first(name: "authorization").map(trimmed)
        let usesV3 = authorization?.utf8.starts(with: "ACS3-".utf8) ?? false
        return ParsedRequest(
            method: request.method.rawValue,
            parameters: parameters,
            queryCount: queryCount,
            host: request.headers.first(name: "host").map(trimmed),
            usesV3: usesV3,
            headers: usesV3 ? request.headers.map { (lowercased($0.name), trimmed($0.value)) } : [],
            body: request.body.map { Array($0.readableBytesView) } ?? []
        )
    }

    /// RFC 9112 section 3.2: one Host, and in HTTP/1.1 never none.
    private static func checkHost(_ request: IncomingRequest) throws(KMSError) {
        let count = request.headers["host"].count
        guard count == 1 || (count == 0 && request.version == .http1_0) else {
            throw .unreadableRequest("Send the header Host exactly once.")
        }
    }

    /// What follows the `?`; the path before it must be `/`.
    private static func query(
        of target: UnsafeBufferPointer<UInt8>
    ) throws(KMSError) -> UnsafeBufferPointer<UInt8> {
        guard target.first == UInt8(ascii: "/"), target.count == 1 || target[1] == UInt8(ascii: "?") else {
            throw .pathNotFound
        }
        // The codec has replaced bytes that were no UTF-8, so what is not ASCII cannot be told any more.
        guard target.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .unreadableRequest("Percent-encode every byte of the request target that is not printable ASCII.")
        }
        return UnsafeBufferPointer(rebasing: target.dropFirst(2))
    }

    /// Whether the body holds parameters. A body of another kind is refused; an empty one has no kind.
    private static func isForm(_ request: IncomingRequest) throws(KMSError) -> Bool {
        guard let body = request.body, body.readableBytes > 0 else { return false }
        let type = request.headers.first(name: "content-type") ?? ""
        let essence = type.prefix { $0 != ";" }.trimmingSpaces
        guard lowercased(essence) == "application/x-www-form-urlencoded" else {
            throw .unreadableRequest(
                "Send parameters in the query, or in a body of Content-Type application/x-www-form-urlencoded."
            )
        }
        return true
    }

    private static func lowercased(_ name: String) -> String {
        name.utf8.contains { (0x41...0x5A).contains($0) } ? name.lowercased() : name
    }

    private static func trimmed(_ value: String) -> String {
        func isSpace(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 }
        return isSpace(value.utf8.first) || isSpace(value.utf8.last) ? value[...].trimmingSpaces : value
    }
}

extension Substring {
    /// The text without spaces and tabs at its ends.
    fileprivate var trimmingSpaces: String {
        var bytes = utf8
        while bytes.first == 0x20 || bytes.first == 0x09 { bytes.removeFirst() }
        while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
        return String(Substring(bytes))
    }
}

extension String {
    /// The standard library's `withUTF8` rethrows without the error's type.
    fileprivate mutating func withUTF8Result<E: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> Void
    ) throws(E) {
        try withUTF8 { bytes in Result { () throws(E) in try body(bytes) } }.get()
    }
}

extension ByteBuffer {
    fileprivate func withBytesResult<E: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> Void) throws(E) {
        try withUnsafeReadableBytes { bytes in
            bytes.withMemoryRebound(to: UInt8.self) { bytes in Result { () throws(E) in try body(bytes) } }
        }.get()
    }
}

import FoundationEssentials
import KMSAccess
import KMSCore
import KMSTestKit
import NIOCore

@testable import KMSServer

/// Who signs: an account's root identity, or whoever holds the key and, in a session, its token.
struct User: Sendable {
    let account: String
    let accessKeyID: String
    let secret: String
    var token: String?

    static let alice = User(account: "1000000000000001", accessKeyID: "LTAIalice", secret: "AliceSecretSentinel7Qx")
    static let bob = User(account: "1000000000000002", accessKeyID: "LTAIbob", secret: "BobSecretSentinel4Kz")

    var key: SigningKey { SigningKey(secret: SecretBytes(copying: Array(secret.utf8))) }
}

/// Sends signed requests, each over a connection of its own.
struct SigningClient: Sendable {
    enum Scheme: CaseIterable { case v1, v3 }

    var address: SocketAddress
    /// The ports that stand for a region.
    var regionPorts: [SocketAddress] = []
    let clock: ManualClock
    var user = User.alice
    var scheme = Scheme.v1
    var version = "2016-01-20"

    func with(_ user: User) -> SigningClient {
        var client = self
        client.user = user
        return client
    }

    func with(_ scheme: Scheme) -> SigningClient {
        var client = self
        client.scheme = scheme
        return client
    }

    /// The same client at the first port that stands for a region.
    func atRegionPort() throws -> SigningClient {
        var client = self
        client.address = try requireValue(regionPorts.first)
        return client
    }

    /// The answer to a request for `action`.
    func call(_ action: String, _ own: KeyValuePairs<String, String> = [:]) async throws -> HTTPAnswer {
        try await call(action, pairs: own.map { ($0.key, $0.value) })
    }

    func call(_ action: String, pairs: [(String, String)]) async throws -> HTTPAnswer {
        try await send(try request(action, pairs))
    }

    /// As ``call(_:_:)`` on RAM or STS, by the version of theirs.
    func call(_ action: String, version: String, _ own: KeyValuePairs<String, String>) async throws -> HTTPAnswer {
        var client = self
        client.version = version
        return try await client.call(action, own)
    }

    /// A text member of the answer, which must be a success.
    func text(
        _ member: String,
        of action: String,
        _ own: KeyValuePairs<String, String> = [:]
    ) async throws -> String {
        let answer = try await call(action, own)
        guard answer.status == 200 else { throw Refused(answer: answer.text) }
        return try requireValue(try answer.json()[member]?.string)
    }

    struct Refused: Error { let answer: String }

    /// A new key.
    func createKey(_ own: KeyValuePairs<String, String> = [:]) async throws -> String {
        let answer = try await call("CreateKey", own)
        guard answer.status == 200 else { throw Refused(answer: answer.text) }
        return try requireValue(try answer.json()["KeyMetadata"]?["KeyId"]?.string)
    }

    /// The bytes of a signed request.
    func request(
        _ action: String,
        _ own: [(String, String)] = [],
        nonce: String = UUID().uuidString
    ) throws -> [UInt8] {
        switch scheme {
        case .v1: Self.post(try signedPairs(action, own.map { ($0.0, Array($0.1.utf8)) }, nonce: nonce))
        case .v3: try v3(action, own, nonce: nonce).bytes
        }
    }

    /// All parameters of a V1 request, signed.
    func signedPairs(
        _ action: String,
        _ own: [(String, [UInt8])],
        nonce: String = UUID().uuidString
    ) throws -> [(name: String, value: [UInt8])] {
        let common = [("Action", action), ("Version", version), ("Format", "JSON")]
        let signed = try SignatureV1.signed(
            Parameters(pairs: common.map { ($0.0, Array($0.1.utf8)) } + own),
            method: "POST",
            accessKeyID: user.accessKeyID,
            key: user.key,
            securityToken: user.token,
            nonce: nonce,
            at: clock.now()
        )
        return signed.entries.map { (String(decoding: signed.name($0), as: UTF8.self), Array(signed.value($0))) }
    }

    /// A V3 request, taken apart: headers can be left out or given twice.
    struct HeaderRequest {
        var headers: [(name: String, value: String)]
        let body: [UInt8]

        var bytes: [UInt8] {
            let lines = headers.map { "\($0.name): \($0.value)\r\n" }.joined()
            return Array("POST / HTTP/1.1\r\n\(lines)Content-Length: \(body.count)\r\n\r\n".utf8) + body
        }
    }

    func v3(
        _ action: String,
        _ own: [(String, String)],
        nonce: String = UUID().uuidString
    ) throws -> HeaderRequest {
        var outgoing = SignatureV3.Outgoing(host: Self.host, action: action, version: version)
        outgoing.securityToken = user.token
        outgoing.body = Array(Self.form(own.map { ($0.0, Array($0.1.utf8)) }).utf8)
        if !outgoing.body.isEmpty { outgoing.contentType = Self.formType }
        let headers = try SignatureV3.headers(
            for: outgoing,
            accessKeyID: user.accessKeyID,
            key: user.key,
            nonce: nonce,
            at: clock.now()
        )
        return HeaderRequest(headers: headers, body: outgoing.body)
    }

    func send(_ request: [UInt8]) async throws -> HTTPAnswer {
        let client = try await LiveClient(to: address)
        let answer: HTTPAnswer?
        do {
            try await client.send(request)
            answer = try await client.answers(1).first
        } catch {
            await client.close()
            throw error
        }
        await client.close()
        return try requireValue(answer)
    }

    static let host = "127.0.0.1"
    static let formType = "application/x-www-form-urlencoded"

    /// A POST with these parameters as its form.
    static func post(_ pairs: [(name: String, value: [UInt8])]) -> [UInt8] {
        let form = form(pairs.map { ($0.name, $0.value) })
        return Array(
            ("POST / HTTP/1.1\r\nHost: \(host)\r\nContent-Type: \(formType)\r\nContent-Length: \(form.utf8.count)\r\n\r\n"
                + form).utf8
        )
    }

    private static func form(_ pairs: [(String, [UInt8])]) -> String {
        pairs.map { "\(encoded(Array($0.0.utf8)))=\(encoded($0.1))" }.joined(separator: "&")
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        bytes.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }
}

extension Parameters {
    /// Parameters of any bytes.
    init(pairs: [(String, [UInt8])]) {
        var buffer: [UInt8] = []
        var entries: [Entry] = []
        for (name, value) in pairs {
            let (start, middle) = (buffer.count, buffer.count + name.utf8.count)
            buffer += Array(name.utf8) + value
            entries.append(Entry(name: start..<middle, value: middle..<buffer.count))
        }
        self.init(buffer: buffer, entries: entries)
    }
}

internal import AsyncHTTPClient
internal import FoundationEssentials
internal import Glibc
internal import KMSAccess
internal import KMSCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import SystemPackage

/// Asks for an administrative operation: of the server that runs on the data folder, or, where none does, of the data
/// folder itself, which is opened for the one request.
struct AdministrationClient {
    /// The Version of RAM's operations, which the socket serves as well.
    static let ramVersion = "2015-05-01"

    let options: AdministrationOptions

    /// What was answered.
    ///
    /// - Throws: ``StartupError`` with the code and message of a refusal, or why nothing could be asked.
    func call(
        _ action: String,
        version: String = Catalogue.administrationVersion,
        _ parameters: [(name: String, value: String?)] = []
    ) async throws -> StrictJSON {
        let settings = try await options.settings()
        let socket = Node.socket(in: FilePath(settings.dataDirectory))
        let body = Self.form(action, version, parameters)
        do { return try await Self.send(body, to: socket) } catch is NothingListens {
            let node = try await Node.open(settings, logger: try ServeCommand.logger("warning"))
            return try await node.administrate { try await Self.send(body, to: socket) }
        }
    }

    /// Makes an account through a socket that is known to be served.
    static func createAccount(through socket: FilePath) async throws -> StrictJSON {
        try await send(form("CreateAccount", Catalogue.administrationVersion, []), to: socket)
    }

    private static func form(
        _ action: String,
        _ version: String,
        _ parameters: [(name: String, value: String?)]
    ) -> [UInt8] {
        let given = parameters.compactMap { name, value in value.map { (name: name, value: $0) } }
        return PercentEncoding.form(
            [(name: "Action", value: action), (name: "Version", value: version), (name: "Format", value: "JSON")]
                + given
        )
    }

    private struct NothingListens: Error {}

    private static func send(_ body: [UInt8], to socket: FilePath) async throws -> StrictJSON {
        guard FileManager.default.fileExists(atPath: "\(socket)") else { throw NothingListens() }
        var request = HTTPClientRequest(url: "http+unix://\(PercentEncoding.encoded("\(socket)"))/")
        request.method = .POST
        request.headers.add(name: "host", value: "administration")
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(body)
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // A request may have been carried out although its answer was lost.
        configuration.connectionPool.retryConnectionEstablishment = false
        let sent = request
        let (status, bytes): (UInt, [UInt8])
        do {
            (status, bytes) = try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                let response = try await client.execute(sent, timeout: .seconds(60))
                let body = try await response.body.collect(upTo: 16 << 20)
                return (response.status.code, Array(body.readableBytesView))
            }
        } catch let error as IOError where error.errnoCode == ECONNREFUSED || error.errnoCode == ENOENT {
            throw NothingListens()
        }
        let answer = try StrictJSON(reading: bytes)
        guard status == 200 else {
            throw StartupError("\(answer["Code"]?.text ?? "\(status)"): \(answer["Message"]?.text ?? "no message")")
        }
        return answer
    }
}

extension StrictJSON {
    /// The member of that name; nil where there is none.
    subscript(name: String) -> StrictJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.elementsEqual(name.utf8) }?.value
    }

    var text: String? {
        guard case .string(let bytes) = self else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The elements of a list; none of anything else.
    var elements: [StrictJSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The elements of a list in its wrapper: of `Keys.Key`.
    func list(_ name: String, of element: String) -> [StrictJSON] { self[name]?[element]?.elements ?? [] }
}

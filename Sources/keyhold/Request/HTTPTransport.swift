import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends over HTTP/1.1 on a connection of its own, and never twice: an answer that was lost may have followed a change
/// that was made.
struct HTTPTransport: Transport {
    /// No answer of the API comes near it.
    private static let answerLimit = 4 << 20

    func send(_ call: OutgoingCall) async throws(Failure) -> Reply {
        let connection = call.connection
        let configuration = try Self.configuration(for: connection)
        var request = HTTPClientRequest(url: connection.endpoint.url)
        request.method = .POST
        request.headers = HTTPHeaders(call.headers.map { ($0.name, $0.value) })
        request.body = .bytes(ByteBuffer(bytes: call.body))
        do {
            return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                let response = try await client.execute(request, timeout: .seconds(Int64(connection.readTimeout)))
                let body = try await response.body.collect(upTo: Self.answerLimit)
                return Reply(status: Int(response.status.code), body: Array(body.readableBytesView))
            }
        } catch {
            throw .unreachable(Self.explanation(of: error, at: connection))
        }
    }

    private static func configuration(for connection: Connection) throws(Failure) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .seconds(Int64(connection.connectTimeout)),
                read: .seconds(Int64(connection.readTimeout))
            )
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        guard connection.endpoint.scheme == .https else { return configuration }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let path = connection.certificateAuthority {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
            } catch {
                throw .usage("\(path) holds no certificate in PEM.")
            }
        }
        configuration.tlsConfiguration = tls
        return configuration
    }

    private static func explanation(of error: any Error, at connection: Connection) -> String {
        let place = connection.endpoint.url
        switch error {
        case let error as NIOConnectionError:
            let reasons =
                error.connectionErrors.map { "\($0.error)" }
                + [error.dnsAError, error.dnsAAAAError].compactMap {
                    $0.map { "\($0)" }
                }
            return "\(place) cannot be reached: \(reasons.first ?? "no address")."
        case let error as HTTPClientError where error == .connectTimeout:
            return "\(place) cannot be reached: no connection within \(connection.connectTimeout) seconds."
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            return """
                \(place) did not answer within \(connection.readTimeout) seconds. The request was not repeated; whether \
                it was carried out is not known.
                """
        case let error as NIOSSLError:
            let hint =
                connection.certificateAuthority == nil
                ? "give its authority with --ca FILE or KEYHOLD_CA" : "check --ca and KEYHOLD_CA"
            return "\(place) is not trusted, or does not speak TLS (\(reason(of: error))); \(hint)."
        case let error as HTTPClientError:
            return """
                \(place) gave no whole answer: \(error.shortDescription). The request was not repeated; whether it was \
                carried out is not known.
                """
        case let error as IOError:
            return "\(place) cannot be reached: \(String(cString: strerror(error.errnoCode)))."
        default:
            return "\(place) gave no answer: \(error)."
        }
    }

    /// What BoringSSL says, without the place in its source.
    private static func reason(of error: NIOSSLError) -> String {
        guard case .handshakeFailed(.sslError(let errors)) = error, let first = errors.first else { return "\(error)" }
        let words = "\(first)".split(separator: " at ")[0].split(separator: ":").last ?? "handshake failed"
        return words.lowercased().split(separator: "_").joined(separator: " ")
    }
}

import Crypto
import Foundation
import NIOCore

/// Makes signed requests as the Python SDK sends them: a POST with everything in the query, signature V1.
///
/// Keyhold's own signing code is out of reach of another package, so this is a second one, of the client's side alone.
struct RequestSigner: Sendable {
    let accessKeyID: String
    private let key: SymmetricKey

    init(accessKeyID: String, accessKeySecret: String) {
        self.accessKeyID = accessKeyID
        key = SymmetricKey(data: Data((accessKeySecret + "&").utf8))
    }

    /// The bytes of a request that no other has the nonce of.
    func request(_ action: String, _ parameters: [(name: String, value: String)], at date: Date) -> ByteBuffer {
        var all = parameters
        all += [
            ("AccessKeyId", accessKeyID), ("Action", action), ("Format", "JSON"), ("RegionId", "cn-hangzhou"),
            ("SignatureMethod", "HMAC-SHA1"), ("SignatureNonce", Self.hexadecimal(16)), ("SignatureType", ""),
            ("SignatureVersion", "1.0"), ("Timestamp", date.formatted(.iso8601)), ("Version", "2016-01-20"),
        ]
        all.sort { $0.name < $1.name }
        let query = all.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
        let stringToSign = "POST&%2F&" + Self.encode(query)
        let code = HMAC<Insecure.SHA1>.authenticationCode(for: Data(stringToSign.utf8), using: key)
        let signature = Self.encode(Data(code).base64EncodedString())
        return ByteBuffer(
            string: """
                POST /?\(query)&Signature=\(signature) HTTP/1.1\r
                Host: 127.0.0.1\r
                User-Agent: AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/2.16.1\r
                Accept-Encoding: identity\r
                Accept: */*\r
                Connection: keep-alive\r
                x-acs-action: \(action)\r
                x-acs-version: 2016-01-20\r
                x-sdk-client: python/2.0.0\r
                Content-Length: 0\r
                \r

                """
        )
    }

    /// Random digits, two for each byte.
    static func hexadecimal(_ byteCount: Int) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var generator = SystemRandomNumberGenerator()
        return String(
            decoding: (0..<2 * byteCount).map { _ in digits[Int(generator.next() & 15 as UInt64)] },
            as: UTF8.self
        )
    }

    private static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), 0x30...0x39,
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                result.append(byte)
            default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

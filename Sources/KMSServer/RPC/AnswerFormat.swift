internal import KMSCore
internal import NIOCore

/// The format of an answer's body.
enum AnswerFormat: Sendable {
    case json
    case xml

    /// The format that the parameter Format asks for, in any case; JSON where it is absent or blank.
    init(parameter: ArraySlice<UInt8>?) throws(KMSError) {
        guard let parameter, !parameter.isEmpty else {
            self = .json
            return
        }
        switch String(decoding: parameter.prefix(8), as: UTF8.self).lowercased() {
        case "json": self = .json
        case "xml": self = .xml
        default: throw .invalidFormat
        }
    }

    var contentType: StaticString {
        switch self {
        case .json: "application/json;charset=utf-8"
        case .xml: "application/xml;charset=utf-8"
        }
    }

    /// The body of a successful answer: the operation's fields, then RequestId.
    func body(_ response: any Response, of action: String, _ requestID: UUIDBytes) -> ByteBuffer {
        switch self {
        case .json:
            var writer = JSONFieldWriter()
            writer.write(response, requestID)
            return writer.finish()
        case .xml:
            var writer = XMLFieldWriter(root: "\(action)Response")
            writer.write(response, requestID)
            return writer.finish()
        }
    }

    /// The body of an error: what every client reads (spec 1.8), all strings but HttpStatus.
    func body(_ error: KMSError, _ requestID: UUIDBytes, hostID: String) -> ByteBuffer {
        switch self {
        case .json:
            var writer = JSONFieldWriter()
            writer.write(error, requestID, hostID: hostID)
            return writer.finish()
        case .xml:
            var writer = XMLFieldWriter(root: "Error")
            writer.write(error, requestID, hostID: hostID)
            return writer.finish()
        }
    }
}

extension FieldWriter {
    fileprivate mutating func write(_ response: any Response, _ requestID: UUIDBytes) {
        response.write(to: &self)
        id("RequestId", requestID)
    }

    fileprivate mutating func write(_ error: KMSError, _ requestID: UUIDBytes, hostID: String) {
        text("Code", error.code)
        text("Message", error.message)
        id("RequestId", requestID)
        text("HostId", hostID)
        text("Recommend", error.recommendation)
        number("HttpStatus", error.status)
    }
}

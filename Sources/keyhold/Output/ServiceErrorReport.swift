import KMSCore

/// An error that the service answered, in the words of the service.
struct ServiceErrorReport: CustomStringConvertible {
    let description: String

    init(_ reply: Reply, product: Product, operation: String) {
        guard case .object(let members)? = try? StrictJSON(reading: reply.body) else {
            let body = String(decoding: reply.body.prefix(1000), as: UTF8.self).printable
            description = "keyhold: the server answered with HTTP status \(reply.status).\n\(body)\n"
            return
        }
        var fields: [String: String] = [:]
        for case (let key, .string(let value)) in members {
            fields[String(decoding: key, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
        var text = "keyhold: the service refused \(operation) with HTTP status \(reply.status).\n"
        for name in ["Code", "Message", "RequestId", "Recommend"] {
            if let value = fields[name].nonEmpty { text += "\(name): \(value.printable)\n" }
        }
        let isUnknown = fields["Code"]?.hasSuffix(".NotFound") ?? false && !product.operationNames.contains(operation)
        if isUnknown, let name = Suggestion.nearest(to: operation, among: product.operationNames) {
            text += "Did you mean \(name)?\n"
        }
        description = text
    }
}

package import KMSCore

/// Parameters in the one order and spelling that both signature schemes sign: `name=value` joined by `&`, both sides
/// percent-encoded, sorted by the bytes of the names as they were before encoding.
package struct CanonicalQuery: Sendable {
    private let parameters: Parameters
    /// Places in `parameters.entries`, by name.
    private let order: [Int]

    /// - Throws: ``KMSError/unreadableRequest(_:)`` where a name occurs twice, since the order would then be open.
    package init(_ parameters: Parameters) throws(KMSError) {
        let entries = parameters.entries
        var order = Array(entries.indices)
        let repeated = parameters.buffer.withUnsafeBufferPointer { bytes in
            order.sort { bytes[entries[$0].name].lexicographicallyPrecedes(bytes[entries[$1].name]) }
            return zip(order, order.dropFirst()).first { index, next in
                bytes[entries[index].name].elementsEqual(bytes[entries[next].name])
            }
        }
        if let repeated {
            let name = String(decoding: parameters.name(entries[repeated.0]).prefix(128), as: UTF8.self)
            throw .unreadableRequest("The parameter \"\(name)\" is given more than once; give it once.")
        }
        self.init(parameters: parameters, order: order)
    }

    private init(parameters: Parameters, order: [Int]) {
        self.parameters = parameters
        self.order = order
    }

    /// The query without the parameter of that name.
    package func without(_ name: StaticString) -> CanonicalQuery {
        var order = order
        order.reserveCapacity(order.count)
        let index = parameters.index(of: name)
        order.removeAll { $0 == index }
        return CanonicalQuery(parameters: parameters, order: order)
    }

    /// The query of the first `count` parameters as they came: those of the request target.
    package func first(_ count: Int) -> CanonicalQuery {
        guard count < order.count else { return self }
        return CanonicalQuery(parameters: parameters, order: order.filter { $0 < count })
    }

    /// The canonical text, which any server also reads as a query or a form.
    package var text: [UInt8] {
        var text: [UInt8] = []
        append(.once, to: &text)
        return text
    }

    func append(_ depth: PercentEncoding.Depth, to text: inout [UInt8]) {
        text.reserveCapacity(text.count + parameters.buffer.count * 2 + order.count * 6)
        let (equals, ampersand): (StaticString, StaticString) = depth == .once ? ("=", "&") : ("%3D", "%26")
        parameters.buffer.withUnsafeBufferPointer { bytes in
            for (position, index) in order.enumerated() {
                if position > 0 { text.append(literal: ampersand) }
                let entry = parameters.entries[index]
                PercentEncoding.append(UnsafeBufferPointer(rebasing: bytes[entry.name]), depth, to: &text)
                text.append(literal: equals)
                PercentEncoding.append(UnsafeBufferPointer(rebasing: bytes[entry.value]), depth, to: &text)
            }
        }
    }
}

extension [UInt8] {
    /// The bytes in lower-case hexadecimal digits.
    var hexadecimal: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in self {
            for value in [byte >> 4, byte & 0xF] {
                text.append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
            }
        }
        return text
    }
}

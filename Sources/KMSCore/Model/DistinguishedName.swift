/// The name of a certificate's subject (RFC 2253), of the six attributes that the API knows.
package struct DistinguishedName: Sendable, Equatable {
    /// One attribute and its value.
    package struct Attribute: Sendable, Equatable {
        package let type: AttributeType
        /// Not empty, and no longer than X.520 allows.
        package let value: String
    }

    package enum AttributeType: String, Sendable, CaseIterable {
        case commonName = "CN"
        case country = "C"
        case organization = "O"
        case organizationalUnit = "OU"
        case state = "ST"
        case locality = "L"

        /// The type in dotted decimals, which RFC 2253 allows as well.
        var objectIdentifier: String {
            switch self {
            case .commonName: "2.5.4.3"
            case .country: "2.5.4.6"
            case .locality: "2.5.4.7"
            case .state: "2.5.4.8"
            case .organization: "2.5.4.10"
            case .organizationalUnit: "2.5.4.11"
            }
        }

        /// Characters of a value (RFC 5280, appendix A).
        var lengths: ClosedRange<Int> {
            switch self {
            case .country: 2...2
            case .commonName, .organization, .organizationalUnit: 1...64
            case .state, .locality: 1...128
            }
        }

        static let required: [AttributeType] = [.commonName, .country, .organization, .organizationalUnit]
    }

    /// The relative names in the order in which a certificate has them: the text's order from its end. One with
    /// several attributes is multi-valued.
    package let relativeNames: [[Attribute]]

    /// Why a text was refused, in words for the caller.
    package struct Failure: Error, Equatable {
        package let explanation: String
    }

    /// Reads a text such as `CN=www.example.com,OU=IT,O=Example,C=CN`.
    ///
    /// - Parameter decode: the text in a value that is written as `#` and the hexadecimal DER of a string, or nil.
    package init(reading text: String, decoding decode: ([UInt8]) -> String?) throws(Failure) {
        var reader = DistinguishedNameReader(text)
        var names: [[Attribute]] = []
        for written in try reader.relativeNames() {
            var attributes: [Attribute] = []
            for (type, value) in written { attributes.append(try Self.attribute(type, value, decode)) }
            names.append(attributes)
        }
        relativeNames = names.reversed()
        try judge()
    }

    private static func attribute(
        _ name: String,
        _ written: DistinguishedNameReader.Value,
        _ decode: ([UInt8]) -> String?
    ) throws(Failure) -> Attribute {
        guard let type = type(name) else {
            let known = AttributeType.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(explanation: "Its attributes are \(known).")
        }
        let value: String
        switch written {
        case .text(let text): value = text
        case .encoded(let der):
            guard let text = decode(der) else {
                throw Failure(explanation: "The value of \(type.rawValue) is not the DER of a string.")
            }
            value = text
        }
        guard type.lengths.contains(value.unicodeScalars.count) else {
            throw Failure(
                explanation: type == .country
                    ? "C is a country's two letters, such as CN."
                    : "\(type.rawValue) has \(type.lengths.lowerBound) to \(type.lengths.upperBound) characters."
            )
        }
        guard type != .country || value.utf8.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else {
            throw Failure(explanation: "C is a country's two letters, such as CN.")
        }
        guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw Failure(explanation: "\(type.rawValue) contains a control character.")
        }
        return Attribute(type: type, value: value)
    }

    /// An attribute's type by its name, in any case, or by its object identifier.
    private static func type(_ name: String) -> AttributeType? {
        let upper = name.uppercased()
        let number = upper.utf8.starts(with: "OID.".utf8) ? String(upper.dropFirst(4)) : upper
        return AttributeType.allCases.first { $0.rawValue == upper || $0.objectIdentifier == number }
    }

    private func judge() throws(Failure) {
        let types = relativeNames.joined().map(\.type)
        for type in AttributeType.required where !types.contains(type) {
            throw Failure(
                explanation: "\(type.rawValue) is missing: CN, C, O and OU are needed, ST and L may be given."
            )
        }
        for type in AttributeType.allCases where type != .organizationalUnit {
            guard types.count(where: { $0 == type }) <= 1 else {
                throw Failure(explanation: "\(type.rawValue) is given twice.")
            }
        }
    }
}

/// One operation of the API.
///
/// A conforming type is a page of the manual: its stored properties are the request parameters, ``Answer`` is what
/// comes back, ``run(_:in:)`` is what happens.
package protocol Operation: ~Copyable, Sendable {
    associatedtype Answer: Response
    /// The action's name on the wire, and after `kms:` in a policy: a literal.
    static var name: StaticString { get }
    /// With which other operations its requests are counted against a rate; ``RateClass/write`` if it says nothing.
    static var rateClass: RateClass { get }
    /// What a key must be for this operation.
    static var demands: KeyDemands { get }
    /// Reads the parameters and judges their shape; looks nothing up.
    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Self
    consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer
}

extension Operation where Self: ~Copyable {
    package static var rateClass: RateClass { .write }
    package static var demands: KeyDemands { KeyDemands() }
}

/// What an operation demands of the key that it is asked to work with (spec 2.3 and 10).
package struct KeyDemands: Sendable {
    /// The states in which the operation is permitted.
    package var states: KeyStates
    /// How a state that forbids the operation is answered.
    package var refusal: StateRefusal
    /// Whether an alias may stand for the key.
    package var acceptsAlias: Bool
    /// What the operation has to do with the keys of cloud services (design 11, 24).
    package var serviceKeys: ServiceKeys

    package enum ServiceKeys: Sendable {
        /// They are keys like others to it.
        case accepted
        /// Nobody may do this to them.
        case refused
        /// They are keys like others, and a service's first use of its own makes it.
        case made
    }

    package enum StateRefusal: Sendable {
        /// `Rejected.Disabled`, `Rejected.PendingDeletion` or `Rejected.PendingImport`.
        case stateByName
        /// `Rejected.StateModifiedFailed`.
        case notModified
    }

    package init(
        _ states: KeyStates = .all,
        refusal: StateRefusal = .stateByName,
        acceptsAlias: Bool = false,
        serviceKeys: ServiceKeys = .accepted
    ) {
        self.states = states
        self.refusal = refusal
        self.acceptsAlias = acceptsAlias
        self.serviceKeys = serviceKeys
    }
}

/// What an operation answers: fields in the manual's order, whatever the format.
package protocol Response: Sendable {
    func write(to fields: inout some FieldWriter)
}

/// The answer of operations that say nothing but that they were done.
package struct Done: Response {
    package init() {}
    package func write(to fields: inout some FieldWriter) {}
}

/// Writes the fields of an answer in one format. Names are the wire's own, literally.
package protocol FieldWriter {
    mutating func text(_ name: StaticString, _ value: String)
    mutating func id(_ name: StaticString, _ value: UUIDBytes)
    /// Bytes, in base64.
    mutating func base64(_ name: StaticString, _ value: [UInt8])
    /// The UTF-8 text that the secret holds.
    mutating func secret(_ name: StaticString, _ value: SecretBox)
    mutating func number(_ name: StaticString, _ value: Int)
    mutating func boolean(_ name: StaticString, _ value: Bool)
    mutating func object(_ name: StaticString, _ body: (inout Self) -> Void)
    /// A list in its wrapper: `"Keys": {"Key": [ … ]}`, or `<Keys><Key>…</Key></Keys>`.
    mutating func list<Element>(
        _ name: StaticString,
        of elementName: StaticString,
        _ elements: [Element],
        _ each: (inout Self, Element) -> Void
    )
    /// A list of texts: `"Names": ["a", "b"]`, or `<Names><Name>a</Name><Name>b</Name></Names>`.
    mutating func texts(_ name: StaticString, of elementName: StaticString, _ values: [String])
    /// Texts by name: `"Tags": {"a": "b"}`; in XML, where not every text can name an element,
    /// `<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>`.
    mutating func map(_ name: StaticString, of elementName: StaticString, _ pairs: [(key: String, value: String)])
}

extension FieldWriter {
    package mutating func date(_ name: StaticString, _ value: Timestamp) { text(name, value.description) }
}

/// Tells everything about a key but its material (spec 2.2).
package struct DescribeKey: Operation {
    package static let name: StaticString = "DescribeKey"
    package static let rateClass: RateClass = .read
    package static let demands = KeyDemands(.all, acceptsAlias: true, serviceKeys: .made)

    let key: KeyReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DescribeKey {
        DescribeKey(key: try parameters.keyReference())
    }

    package typealias Answer = CreateKey.Answer

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let key = try await service.key(self.key, for: Self.self, call)
        return Answer(metadata: KeyMetadata(key: key, now: call.arrival, tellsProtection: true))
    }
}

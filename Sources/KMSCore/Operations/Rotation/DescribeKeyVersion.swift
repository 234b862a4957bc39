/// Tells when a version of a key was made.
package struct DescribeKeyVersion: Operation {
    package static let name: StaticString = "DescribeKeyVersion"
    package static let rateClass: RateClass = .read
    package static let demands = KeyDemands(.all, acceptsAlias: true)

    let key: KeyReference
    let version: KeyVersionID

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DescribeKeyVersion {
        DescribeKeyVersion(key: try parameters.keyReference(), version: try parameters.keyVersionID())
    }

    package struct Answer: Response {
        let version: KeyVersionSummary

        package func write(to fields: inout some FieldWriter) {
            fields.object("KeyVersion") { version.write(to: &$0) }
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let key = try await service.key(self.key, for: Self.self, call)
        let version = try await service.version(self.version, of: key, call)
        return Answer(version: KeyVersionSummary(key: key.id, id: version.id, createdAt: version.createdAt))
    }
}

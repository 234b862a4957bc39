/// Answers the public key of a version: what others encrypt with and verify with, outside the service (manual 5.1).
package struct GetPublicKey: Operation {
    package static let name: StaticString = "GetPublicKey"
    package static let rateClass: RateClass = .read
    package static let demands = KeyDemands(.all, acceptsAlias: true)

    let key: KeyReference
    let version: KeyVersionID

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> GetPublicKey {
        GetPublicKey(key: try parameters.keyReference(), version: try parameters.keyVersionID())
    }

    package struct Answer: Response {
        let pem: String
        let version: VersionIdentity

        package func write(to fields: inout some FieldWriter) {
            fields.text("PublicKey", pem)
            fields.id("KeyId", version.key.uuid)
            fields.id("KeyVersionId", version.id.uuid)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let version = try await service.asymmetricVersion(self.version, of: key, for: Self.self, call)
        let publicKey = try await service.publicKey(of: version)
        do {
            let pem = try service.publicKeys.pem(of: publicKey, spec: version.identity.spec)
            return Answer(pem: pem, version: version.identity)
        } catch { throw KeyService.failure(error) }
    }
}

/// Makes a random data key and answers it only encrypted: for those who hand it on to where it will be used.
package struct GenerateDataKeyWithoutPlaintext: Operation {
    package static let name: StaticString = "GenerateDataKeyWithoutPlaintext"
    package static let rateClass: RateClass = .symmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true, serviceKeys: .made)

    let request: DataKeyRequest

    package static func reading(
        _ parameters: inout ParameterReader
    ) throws(KMSError) -> GenerateDataKeyWithoutPlaintext {
        GenerateDataKeyWithoutPlaintext(request: try DataKeyRequest.reading(&parameters))
    }

    package typealias Answer = Encrypt.Answer

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let made = try await request.make(for: Self.self, call, in: service)
        return Answer(keyID: made.version.identity.key, keyVersionID: made.version.id, ciphertextBlob: made.blob)
    }
}

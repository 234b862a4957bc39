/// Opens the service for the account; here it is open from the start, which clients take for success.
package struct OpenKmsService: Operation {
    package static let name: StaticString = "OpenKmsService"
    package static let rateClass: RateClass = .account

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> OpenKmsService {
        OpenKmsService()
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try service.permit(Self.name, on: [.everything], call)
        throw .serviceAlreadyOpened
    }
}

/// Tells whether the account may use the service. Every account of this server may.
package struct DescribeAccountKmsStatus: Operation {
    package static let name: StaticString = "DescribeAccountKmsStatus"
    package static let rateClass: RateClass = .account

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DescribeAccountKmsStatus {
        DescribeAccountKmsStatus()
    }

    package struct Answer: Response {
        package func write(to fields: inout some FieldWriter) { fields.text("AccountStatus", "Enabled") }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        try service.permit(Self.name, on: [.everything], call)
        return Answer()
    }
}

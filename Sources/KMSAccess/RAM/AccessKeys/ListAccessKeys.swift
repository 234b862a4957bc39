package import KMSCore

/// Lists the access keys of a user, or of the caller, oldest first and without their secrets.
package struct ListAccessKeys: AccessOperation {
    package static let name: StaticString = "ListAccessKeys"

    /// Nil for the caller.
    let userName: UserName?

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListAccessKeys {
        ListAccessKeys(userName: try parameters.optionalUserName())
    }

    package struct Answer: Response {
        let keys: [AccessKey]

        package func write(to fields: inout some FieldWriter) {
            fields.list("AccessKeys", of: "AccessKey", keys) { $0.accessKey($1) }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        let holder = try await service.keyHolder(userName, permitting: "ram:ListAccessKeys", call)
        let keys = try await service.reading { () async throws(StoreError) in
            try await service.store.accessKeys(of: holder, in: call.caller.account)
        }
        return Answer(keys: keys)
    }
}

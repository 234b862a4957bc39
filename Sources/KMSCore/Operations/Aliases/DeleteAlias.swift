/// Deletes an alias (manual 3.6); its key is not affected. The caller needs the permission on the alias and on the key.
package struct DeleteAlias: Operation {
    package static let name: StaticString = "DeleteAlias"
    package static let rateClass: RateClass = .write

    let alias: AliasName

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DeleteAlias {
        DeleteAlias(alias: try parameters.aliasName())
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.repeating { [alias] () async throws(KMSError) -> ChangeOutcome in
            let target = try await service.target(of: alias, call)
            try service.permit(Self.name, on: [.alias(alias, in: call.namespace), target.resource], call)
            let key = try target.existing()
            guard key.creatorType == .user else { throw .serviceKeyIsFixed }
            call.touch(key.id)
            return try await service.commit([.deleteAlias(alias, in: call.namespace, pointingTo: key.id)], call)
        }
        return Done()
    }
}

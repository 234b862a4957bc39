/// Gives a key one more name (manual 3.2). The caller needs the permission on the alias and on the key.
package struct CreateAlias: Operation {
    package static let name: StaticString = "CreateAlias"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion, refusal: .notModified, serviceKeys: .refused)

    let key: KeyReference
    let alias: AliasName

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CreateAlias {
        CreateAlias(key: try parameters.keyReference(), alias: try parameters.ownAliasName())
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.repeating { [key, alias] () async throws(KMSError) -> ChangeOutcome in
            let resolved = try await service.resolve(key, demanding: Self.demands, call)
            try service.permit(Self.name, on: [.alias(alias, in: call.namespace), resolved.resource], call)
            let key = try resolved.existing()
            try service.judge(key, by: Self.demands, call)
            call.touch(key.id)
            if call.isDryRun { try await service.judgeQuotas([.aliases], call) }
            let made = Alias(name: alias, namespace: call.namespace, key: key.id)
            let steps: [Change.Step] = [.expectKey(key), .insertAlias(made)]
            return try await service.commit(steps + service.keepingWithin([.aliases], call), call)
        }
        return Done()
    }
}

extension ParameterReader {
    /// A name that users may give: not one of those that belong to the keys of cloud services.
    mutating func ownAliasName() throws(KMSError) -> AliasName {
        let name = try aliasName()
        guard !name.isReserved else {
            throw .invalid("AliasName", "Names that begin with alias/acs belong to the keys of cloud services.")
        }
        return name
    }
}

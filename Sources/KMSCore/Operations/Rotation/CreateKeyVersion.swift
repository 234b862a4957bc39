/// Gives an asymmetric key a further version (manual 5.1, "Key version"): rotation by hand, since asymmetric keys have no primary one.
///
/// Earlier versions keep working. Callers name the version in every request, so nothing changes for them until they
/// name the new one.
package struct CreateKeyVersion: Operation {
    package static let name: StaticString = "CreateKeyVersion"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.enabled, acceptsAlias: true, serviceKeys: .refused)

    let key: KeyReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CreateKeyVersion {
        CreateKeyVersion(key: try parameters.keyReference())
    }

    package typealias Answer = DescribeKeyVersion.Answer

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let reference = key
        var made: KeyVersion?
        try await service.repeating { () async throws(KMSError) -> ChangeOutcome in
            let key = try await service.key(reference, for: Self.self, call)
            try await Self.judge(key, call, in: service)
            if call.isDryRun { throw .dryRun }
            let version: KeyVersion
            if let made {
                version = made
            } else {
                let id = KeyVersionID(service.ids.next())
                let identity = VersionIdentity(id: id, of: key, algorithm: nil)
                version = try await service.makeVersion(identity, at: call.arrival)
                made = version
            }
            call.touch(key.id, version: version.id)
            let changed = key.changed { $0.lastRotation = version.createdAt }
            let steps: [Change.Step] = [.updateKey(from: key, to: changed), .insertVersion(version)]
            return try await service.commit(steps + service.keepingWithin(Self.quotas(of: key), call), call)
        }
        guard let made else { throw .internalFailure("A version was committed that was not made.") }
        return Answer(
            version: KeyVersionSummary(key: made.identity.key, id: made.id, createdAt: made.createdAt)
        )
    }

    /// Refuses kinds of keys that have no such versions, and more or more frequent ones than there may be.
    private static func judge(_ key: Key, _ call: Call, in service: KeyService) async throws(KMSError) {
        guard !key.spec.isSymmetric, key.origin == .aliyunKMS, key.creatorType == .user else {
            throw .rejectedUnsupportedOperation("Only asymmetric keys get versions by hand.")
        }
        let next = key.lastRotation.adding(seconds: service.settings.versionInterval)
        guard next <= call.arrival else {
            throw .limitExceeded("The next version of this key may be made at \(next).")
        }
        try await service.judgeQuotas(quotas(of: key), call)
    }

    private static func quotas(of key: Key) -> [Quota.Subject] { [.versionsOfKey(key.id), .versions] }
}

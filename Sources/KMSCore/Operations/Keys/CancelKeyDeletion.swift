/// Takes a scheduled deletion back; the key is Enabled again, or waits for material where it has none.
package struct CancelKeyDeletion: Operation {
    package static let name: StaticString = "CancelKeyDeletion"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.pendingDeletion, refusal: .notModified, serviceKeys: .refused)

    let key: KeyReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CancelKeyDeletion {
        CancelKeyDeletion(key: try parameters.keyReference())
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(key, for: Self.self, call) { key in
            let kept = key.changed {
                $0.deleteAt = nil
                $0.isDisabled = false
            }
            return [.updateKey(from: key, to: kept)]
        }
        return Done()
    }
}

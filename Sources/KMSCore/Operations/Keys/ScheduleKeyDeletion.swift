/// Puts a key out of use and lets it cease to exist at the end of a window (manual 2.3).
package struct ScheduleKeyDeletion: Operation {
    package static let name: StaticString = "ScheduleKeyDeletion"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion, refusal: .notModified, serviceKeys: .refused)

    let key: KeyReference
    let pendingWindowInDays: Int

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ScheduleKeyDeletion {
        ScheduleKeyDeletion(
            key: try parameters.keyReference(),
            pendingWindowInDays: try parameters.integer("PendingWindowInDays", in: Limits.everyPendingWindow)
                ?? Limits.defaultPendingWindow
        )
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        guard pendingWindowInDays <= service.settings.longestPendingWindow else {
            throw .invalid(
                "PendingWindowInDays",
                "Use a whole number from \(Limits.everyPendingWindow.lowerBound) to \(service.settings.longestPendingWindow)."
            )
        }
        let deleteAt = call.arrival.adding(seconds: Int64(pendingWindowInDays) * 86_400)
        try await service.change(key, for: Self.self, call) { key throws(KMSError) in
            guard !key.isDeletionProtected else {
                throw .rejectedUnsupportedOperation(
                    "The key is protected against deletion: call SetDeletionProtection first."
                )
            }
            return [.updateKey(from: key, to: key.changed { $0.deleteAt = deleteAt })]
        }
        return Done()
    }
}

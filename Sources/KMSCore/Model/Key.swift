/// A customer master key: its facts, without its material.
package struct Key: Sendable, Equatable {
    package let id: KeyID
    package let namespace: Namespace
    package let spec: KeySpec
    package let usage: KeyUsage
    package let origin: KeyOrigin
    package let level: ProtectionLevel
    /// Names the holder of the material within its level; the same for all versions of a key.
    package let backend: String
    /// The account's id, or the code of the cloud service that made the key.
    package let creator: String
    package let creatorType: CreatorType
    package let createdAt: Timestamp

    package var description: String
    /// Set by DisableKey, cleared by EnableKey and CancelKeyDeletion.
    package var isDisabled: Bool
    /// When the key ceases to exist; nil while no deletion is scheduled.
    package var deleteAt: Timestamp?
    /// Whether the key has material: always for `Aliyun_KMS`.
    package var hasMaterial: Bool
    /// When imported material expires; nil for never.
    package var materialExpiresAt: Timestamp?
    /// The version that encrypts; nil for asymmetric keys and before the first import.
    package var primaryVersion: KeyVersionID?
    /// When the newest version was made.
    package var lastRotation: Timestamp
    /// Seconds between automatic rotations; nil while automatic rotation is off.
    package var rotationInterval: Int64?
    package var isDeletionProtected: Bool
    package var deletionProtectionDescription: String
    /// Counts the changes of this row; a change names the revision it was made from.
    package var revision: Int64

    package init(
        id: KeyID,
        namespace: Namespace,
        spec: KeySpec,
        usage: KeyUsage,
        origin: KeyOrigin,
        level: ProtectionLevel,
        backend: String,
        creator: String,
        creatorType: CreatorType,
        createdAt: Timestamp,
        description: String,
        isDisabled: Bool = false,
        deleteAt: Timestamp? = nil,
        hasMaterial: Bool = true,
        materialExpiresAt: Timestamp? = nil,
        primaryVersion: KeyVersionID?,
        lastRotation: Timestamp,
        rotationInterval: Int64? = nil,
        isDeletionProtected: Bool = false,
        deletionProtectionDescription: String = "",
        revision: Int64 = 1
    ) {
        self.id = id
        self.namespace = namespace
        self.spec = spec
        self.usage = usage
        self.origin = origin
        self.level = level
        self.backend = backend
        self.creator = creator
        self.creatorType = creatorType
        self.createdAt = createdAt
        self.description = description
        self.isDisabled = isDisabled
        self.deleteAt = deleteAt
        self.hasMaterial = hasMaterial
        self.materialExpiresAt = materialExpiresAt
        self.primaryVersion = primaryVersion
        self.lastRotation = lastRotation
        self.rotationInterval = rotationInterval
        self.isDeletionProtected = isDeletionProtected
        self.deletionProtectionDescription = deletionProtectionDescription
        self.revision = revision
    }

    package var resourceName: ResourceName { .key(id, in: namespace) }

    /// Whether the deletion window has ended: the key no longer exists for anybody, whatever still lies in the store.
    package func isGone(at now: Timestamp) -> Bool {
        deleteAt.map { $0 <= now } ?? false
    }

    /// The state at a moment (spec 10). Storage states the same rule as one SQL predicate.
    package func state(at now: Timestamp) -> KeyState {
        if deleteAt != nil { return .pendingDeletion }
        if !hasMaterial || (materialExpiresAt.map { $0 <= now } ?? false) { return .pendingImport }
        return isDisabled ? .disabled : .enabled
    }

    /// Whether the key may have several versions that follow one another by themselves (manual 7.2, "Limits").
    package var canRotate: Bool { spec.isSymmetric && origin == .aliyunKMS && creatorType == .user }

    /// When the next automatic rotation is due, by manual 7.2: last rotation plus interval; nil while it is off.
    package var nextRotation: Timestamp? {
        rotationInterval.map { lastRotation.adding(seconds: $0) }
    }

    /// The same key, one revision on, with `change` made to it.
    package func changed(_ change: (inout Key) -> Void) -> Key {
        var copy = self
        change(&copy)
        copy.revision = revision + 1
        return copy
    }
}

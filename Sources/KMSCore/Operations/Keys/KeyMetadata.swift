/// What the API tells of a key (spec 2.2), at one moment.
struct KeyMetadata: Sendable {
    let key: Key
    let now: Timestamp
    /// DescribeKey alone tells of the deletion protection.
    let tellsProtection: Bool

    func write(to fields: inout some FieldWriter) {
        fields.id("KeyId", key.id.uuid)
        fields.text("Arn", key.resourceName.description)
        fields.date("CreationDate", key.createdAt)
        fields.text("Creator", key.creator)
        fields.text("Description", key.description)
        fields.text("KeySpec", key.spec.rawValue)
        fields.text("KeyUsage", key.usage.rawValue)
        fields.text("KeyState", key.state(at: now).rawValue)
        fields.text("Origin", key.origin.rawValue)
        fields.text("ProtectionLevel", key.level.rawValue)
        fields.text("DeleteDate", key.deleteAt?.description ?? "")
        fields.text("MaterialExpireTime", key.materialExpiresAt?.description ?? "")
        if let primary = key.primaryVersion { fields.id("PrimaryKeyVersion", primary.uuid) }
        fields.date("LastRotationDate", key.lastRotation)
        fields.text("AutomaticRotation", automaticRotation)
        if let interval = key.rotationInterval, let next = key.nextRotation {
            fields.text("RotationInterval", "\(interval)s")
            fields.date("NextRotationDate", next)
        }
        guard tellsProtection else { return }
        fields.text("DeletionProtection", key.isDeletionProtected ? "Enabled" : "Disabled")
        if !key.deletionProtectionDescription.isEmpty {
            fields.text("DeletionProtectionDescription", key.deletionProtectionDescription)
        }
    }

    /// A policy rests while the key is not Enabled (manual 7.2).
    private var automaticRotation: String {
        guard key.rotationInterval != nil else { return "Disabled" }
        return key.state(at: now) == .enabled ? "Enabled" : "Suspended"
    }
}

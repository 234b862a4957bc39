internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// A certificate's row, to and from its columns.
enum CertificateRow {
    static let columns = """
        id, account, region, spec, level, backend, created_at, public_key, sealed_material, subject, hosts, \
        is_exportable, client_token, request, issued, chain, status, updated_at, revision
        """

    static let byID = SQLStatement(
        "SELECT \(columns) FROM certificates WHERE id = $1 AND account = $2 AND region = $3"
    )
    static let byClientToken = SQLStatement(
        "SELECT \(columns) FROM certificates WHERE account = $1 AND region = $2 AND client_token = $3"
    )
    static let insert = SQLStatement(
        "INSERT INTO certificates (\(columns)) VALUES (\((1...19).map { "$\($0)" }.joined(separator: ", ")))"
    )
    static let update = SQLStatement(
        """
        UPDATE certificates SET issued = $5, chain = $6, status = $7, updated_at = $8, revision = $9
        WHERE id = $1 AND account = $2 AND region = $3 AND revision = $4
        """
    )
    static let delete = SQLStatement(
        "DELETE FROM certificates WHERE id = $1 AND account = $2 AND region = $3 AND revision = $4"
    )

    static let tags = SQLStatement(
        """
        SELECT t.tag_key, t.tag_value FROM certificate_tags t JOIN certificates c ON c.id = t.certificate_id
        WHERE c.id = $1 AND c.account = $2 AND c.region = $3 ORDER BY t.tag_key
        """
    )
    static let setTag = SQLStatement(
        """
        INSERT INTO certificate_tags (certificate_id, tag_key, tag_value) VALUES ($1, $2, $3)
        ON CONFLICT (certificate_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value
        """
    )
    static let countTags = SQLStatement("SELECT count(*) FROM certificate_tags WHERE certificate_id = $1")
    static let deleteTag = SQLStatement("DELETE FROM certificate_tags WHERE certificate_id = $1 AND tag_key = $2")
    static let deleteTags = SQLStatement("DELETE FROM certificate_tags WHERE certificate_id = $1")

    static func insertArguments(_ certificate: Certificate) -> [(any DatabaseValueConvertible)?] {
        [certificate.id.uuid.column] + certificate.namespace.columns + [
            certificate.spec.rawValue, certificate.level.rawValue, certificate.keyPair.identity.backend,
            certificate.createdAt.microseconds, certificate.keyPair.publicKey.map { Data($0) },
            certificate.keyPair.sealedMaterial.map { Data($0) }, certificate.subject,
            certificate.hosts.joined(separator: ","), certificate.isPrivateKeyExportable ? 1 : 0,
            certificate.clientToken, certificate.request, certificate.issued, certificate.chain,
            certificate.status.rawValue, certificate.updatedAt.microseconds, certificate.revision,
        ]
    }

    static func updateArguments(
        from old: Certificate,
        to new: Certificate
    ) -> [(any DatabaseValueConvertible)?] {
        place(old) + [new.issued, new.chain, new.status.rawValue, new.updatedAt.microseconds, new.revision]
    }

    /// What names a certificate of one revision.
    static func place(_ certificate: Certificate) -> [(any DatabaseValueConvertible)?] {
        [certificate.id.uuid.column] + certificate.namespace.columns + [certificate.revision]
    }

    static func certificate(_ row: Row) throws -> Certificate {
        guard let account = AccountID(row[1]), let region = RegionID(row[2]), let spec = KeySpec(rawValue: row[3]),
            let level = ProtectionLevel(rawValue: row[4]), let status = CertificateStatus(rawValue: row[16])
        else { throw DamagedRow() }
        let id = CertificateID(try UUIDBytes(column: row[0]))
        let (publicKey, material): (Data, Data) = (row[7], row[8])
        let hosts: String = row[10]
        let identity = VersionIdentity(
            of: id,
            in: Namespace(account: account, region: region),
            spec: spec,
            holder: row[5],
            level: level
        )
        return Certificate(
            id: id,
            keyPair: KeyVersion(
                identity: identity,
                createdAt: Timestamp(microseconds: row[6]),
                publicKey: Array(publicKey),
                sealedMaterial: Array(material)
            ),
            subject: row[9],
            hosts: hosts.split(separator: ",").map { String($0) },
            isPrivateKeyExportable: row[11],
            clientToken: row[12],
            request: row[13],
            issued: row[14],
            chain: row[15],
            status: status,
            updatedAt: Timestamp(microseconds: row[17]),
            revision: row[18]
        )
    }
}

internal import GRDB
package import KMSCore

extension SQLiteStore {
    package func certificate(_ id: CertificateID, in namespace: Namespace) async throws(StoreError) -> Certificate? {
        try await read { database in
            try CertificateRow.byID.row(database, [id.uuid.column] + namespace.columns).map(CertificateRow.certificate)
        }
    }

    package func certificate(
        clientToken: String,
        in namespace: Namespace
    ) async throws(StoreError) -> Certificate? {
        // SQLite ends a text at U+0000; no token contains it.
        guard !clientToken.utf8.contains(0) else { return nil }
        return try await read { database in
            try CertificateRow.byClientToken.row(database, namespace.columns + [clientToken])
                .map(CertificateRow.certificate)
        }
    }

    package func tags(of certificate: CertificateID, in namespace: Namespace) async throws(StoreError) -> [Tag] {
        try await read { database in
            try CertificateRow.tags.rows(database, [certificate.uuid.column] + namespace.columns)
                .map { Tag(key: $0[0], value: $0[1]) }
        }
    }
}

extension ChangeWriter {
    func write(_ step: CertificateStep) throws {
        switch step {
        case .insert(let certificate):
            if let token = certificate.clientToken {
                let arguments = certificate.namespace.columns + [token]
                guard try CertificateRow.byClientToken.row(database, arguments) == nil else {
                    throw StoreError.conflict
                }
            }
            let pair = certificate.keyPair
            try demandCurrentSeal([pair.sealedMaterial], backend: pair.identity.backend)
            try insertingOnce(.alreadyExists) {
                try CertificateRow.insert.execute(database, CertificateRow.insertArguments(certificate))
            }
        case .update(from: let old, to: let new):
            let arguments = CertificateRow.updateArguments(from: old, to: new)
            guard try CertificateRow.update.count(database, arguments) == 1 else { throw StoreError.conflict }
        case .delete(let certificate):
            try demand(certificate.id, in: certificate.namespace)
            try CertificateRow.deleteTags.execute(database, [certificate.id.uuid.column])
            guard try CertificateRow.delete.count(database, CertificateRow.place(certificate)) == 1 else {
                throw StoreError.conflict
            }
        case .setTags(let id, in: let namespace, let tags, let limit):
            try demand(id, in: namespace)
            for tag in tags { try CertificateRow.setTag.execute(database, [id.uuid.column, tag.key, tag.value]) }
            let count: Int = try CertificateRow.countTags.row(database, [id.uuid.column])?[0] ?? 0
            guard count <= limit else { throw StoreError.tooManyTags }
        case .removeTags(let id, in: let namespace, let tagKeys):
            guard try CertificateRow.byID.row(database, [id.uuid.column] + namespace.columns) != nil else { return }
            // SQLite takes a text for ended at its first NUL; no tag holds one.
            for tagKey in tagKeys where !tagKey.utf8.contains(0) {
                try CertificateRow.deleteTag.execute(database, [id.uuid.column, tagKey])
            }
        }
    }

    private func demand(_ id: CertificateID, in namespace: Namespace) throws {
        guard try CertificateRow.byID.row(database, [id.uuid.column] + namespace.columns) != nil else {
            throw StoreError.conflict
        }
    }
}

internal import FoundationEssentials
internal import KMSCore

/// The steps of imported material and its tokens.
extension ChangeWriter {
    func writeImport(_ step: Change.Step) throws {
        switch step {
        case .setMaterial(let version, of: let key, in: let namespace, let sealed):
            let stored = try demand(key, in: namespace)
            try demandCurrentSeal([sealed], backend: stored.backend)
            let place = [version.uuid.column, key.uuid.column]
            let count =
                if let sealed {
                    try ImportPairRow.setMaterial.count(database, place + [Data(sealed)])
                } else {
                    try ImportPairRow.clearMaterial.count(database, place)
                }
            guard count == 1 else { throw StoreError.conflict }
        case .insertImportPair(let importPair):
            _ = try demand(importPair.identity.key, in: importPair.identity.namespace)
            try demandCurrentSeal([importPair.sealedPrivateKey], backend: importPair.identity.backend)
            try insertingOnce(.alreadyExists) {
                try ImportPairRow.insert.execute(database, ImportPairRow.insertArguments(importPair))
            }
        case .takeImportTry(let id):
            guard try ImportPairRow.takeTry.count(database, [id.uuid.column]) == 0 else { return }
            let isThere = try ImportPairRow.exists.row(database, [id.uuid.column]) != nil
            throw isThere ? StoreError.noTriesLeft : StoreError.conflict
        case .returnImportTry(let id):
            try ImportPairRow.returnTry.execute(database, [id.uuid.column, Limits.importTries])
        case .deleteImportPair(let id): try ImportPairRow.delete.execute(database, [id.uuid.column])
        default: break
        }
    }
}

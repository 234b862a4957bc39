package import KMSCore

/// The steps of imported material and its tokens.
extension InMemoryState {
    mutating func applyToImports(_ step: Change.Step) throws(StoreError) {
        switch step {
        case .setMaterial(let id, of: let key, in: let namespace, let sealed):
            _ = try index(of: key, in: namespace)
            guard let index = versions.firstIndex(where: { $0.id == id && $0.identity.key == key }) else {
                throw .conflict
            }
            let version = versions[index]
            versions[index] = KeyVersion(
                identity: version.identity,
                createdAt: version.createdAt,
                publicKey: version.publicKey,
                sealedMaterial: sealed,
                sealedCheck: version.sealedCheck
            )
        case .insertImportPair(let importPair):
            _ = try index(of: importPair.identity.key, in: importPair.identity.namespace)
            guard !importPairs.contains(where: { $0.id == importPair.id }) else { throw .alreadyExists }
            importPairs.append(importPair)
        case .takeImportTry(let id):
            guard let index = importPairs.firstIndex(where: { $0.id == id }) else { throw .conflict }
            guard importPairs[index].triesLeft > 0 else { throw .noTriesLeft }
            importPairs[index] = importPairs[index].with(triesLeft: importPairs[index].triesLeft - 1)
        case .returnImportTry(let id):
            guard let index = importPairs.firstIndex(where: { $0.id == id }) else { return }
            let tries = min(importPairs[index].triesLeft + 1, Limits.importTries)
            importPairs[index] = importPairs[index].with(triesLeft: tries)
        case .deleteImportPair(let id): importPairs.removeAll { $0.id == id }
        default: break
        }
    }
}

extension ImportPair {
    package func with(triesLeft: Int) -> ImportPair {
        ImportPair(
            identity: identity,
            publicKey: publicKey,
            sealedPrivateKey: sealedPrivateKey,
            triesLeft: triesLeft
        )
    }
}

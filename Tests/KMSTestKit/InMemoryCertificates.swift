internal import KMSCore

/// All certificates and their tags, and what a change does to them.
struct InMemoryCertificates {
    private var rows: [(certificate: Certificate, tags: [Tag])] = []

    var isEmpty: Bool { rows.isEmpty }

    func holds(backend: String) -> Bool { rows.contains { $0.certificate.keyPair.identity.backend == backend } }

    func certificate(_ id: CertificateID, in namespace: Namespace) -> Certificate? {
        rows.first { $0.certificate.id == id && $0.certificate.namespace == namespace }?.certificate
    }

    func certificate(clientToken: String, in namespace: Namespace) -> Certificate? {
        rows.first { row in
            row.certificate.namespace == namespace
                && (row.certificate.clientToken.map { $0.utf8.elementsEqual(clientToken.utf8) } ?? false)
        }?.certificate
    }

    func tags(of id: CertificateID, in namespace: Namespace) -> [Tag] {
        let row = rows.first { $0.certificate.id == id && $0.certificate.namespace == namespace }
        return (row?.tags ?? []).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    mutating func apply(_ step: CertificateStep) throws(StoreError) {
        switch step {
        case .insert(let new):
            if let token = new.clientToken, certificate(clientToken: token, in: new.namespace) != nil {
                throw .conflict
            }
            guard !rows.contains(where: { $0.certificate.id == new.id }) else { throw .alreadyExists }
            rows.append((new, []))
        case .update(from: let old, to: let new): rows[try index(of: old)].certificate = new
        case .delete(let certificate): rows.remove(at: try index(of: certificate))
        case .setTags(let id, in: let namespace, let tags, let limit):
            let index = try index(of: id, in: namespace)
            for tag in tags {
                rows[index].tags.removeAll { $0.key == tag.key }
                rows[index].tags.append(tag)
            }
            guard rows[index].tags.count <= limit else { throw .tooManyTags }
        case .removeTags(let id, in: let namespace, let names):
            guard let index = try? index(of: id, in: namespace) else { return }
            rows[index].tags.removeAll { names.contains($0.key) }
        }
    }

    private func index(of id: CertificateID, in namespace: Namespace) throws(StoreError) -> Int {
        let index = rows.firstIndex { $0.certificate.id == id && $0.certificate.namespace == namespace }
        guard let index else { throw .conflict }
        return index
    }

    private func index(of certificate: Certificate) throws(StoreError) -> Int {
        let index = try index(of: certificate.id, in: certificate.namespace)
        guard rows[index].certificate.revision == certificate.revision else { throw .conflict }
        return index
    }
}

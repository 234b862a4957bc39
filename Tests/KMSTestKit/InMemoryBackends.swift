package import KMSCore
private import Synchronization

/// The holders of wrapped keys, in memory.
package final class InMemoryBackends: BackendStore {
    private let state = Mutex<[Backend]>([])

    package init() {}

    package func backends() async throws(StoreError) -> [Backend] {
        state.withLock { $0.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
    }

    package func insertBackend(_ backend: Backend) async throws(StoreError) {
        try state.withLock { (state) throws(StoreError) in
            guard !state.contains(where: { $0.name == backend.name || $0.wrappingKeyID == backend.wrappingKeyID })
            else { throw .alreadyExists }
            state.append(backend)
        }
    }
}

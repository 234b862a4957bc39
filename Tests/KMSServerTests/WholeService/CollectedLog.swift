import Logging
import Synchronization

/// All that is logged, from trace level on.
final class CollectedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        Logger(label: "whole service") { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: CollectedLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let error = event.error.map { " \($0)" } ?? ""
            log.lines.withLock {
                $0.append("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])\(error)")
            }
        }
    }
}

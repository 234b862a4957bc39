import ArgumentParser
import KMSAccess
import KMSCore

/// `keyhold audit verify`: finds what is not as it was written.
struct AuditVerify: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Finds lines that were changed, removed, moved, inserted or cut off.",
        discussion: """
            Follows the chains of hashes and checks the signatures of checkpoints. Give the
            public key (keyhold-server audit key) and heads (keyhold-server audit head) that
            were kept outside the machine: without the key, the trail's own is believed, and
            without heads, lines that are missing at the end are not missed.

            The exit status is 0 where nothing was found, 1 where something was, and 2 where
            the files could not be read.
            """
    )

    @OptionGroup var files: AuditFilesOption
    @Option(name: .customLong("public-key"), help: "The key that signs checkpoints, as a PEM file.")
    var publicKey: String?
    @Option(help: "Checkpoints that must be in the trail, a file with a line for each.")
    var head: String?
    @Flag(help: "Let the trail begin in the middle: older files were archived.")
    var partial = false

    func run(in program: Program) throws(Failure) {
        var verifier = AuditVerifier(publicKey: try key(), heads: try heads(), isPartial: partial)
        for path in try files.paths() {
            do { try verifier.read(file: path) } catch { throw .usage(error.reason.printable) }
        }
        let report = verifier.finish()
        program.write(report.text.split(separator: "\n").map { String($0).printable + "\n" }.joined())
        guard report.isWhole else { throw .found("the trail is not as it was written") }
    }

    private func key() throws(Failure) -> AuditPublicKey? {
        guard let publicKey else { return nil }
        guard let key = AuditPublicKey(try AuditFilesOption.read(publicKey)) else {
            throw .usage("\(publicKey.printable) holds no P-256 public key.")
        }
        return key
    }

    private func heads() throws(Failure) -> [AuditHead] {
        guard let head else { return [] }
        var heads: [AuditHead] = []
        for line in try AuditFilesOption.read(head).split(separator: UInt8(ascii: "\n")) {
            guard let head = AuditHead(line: Array(line)) else {
                throw .usage("\(self.head?.printable ?? "") has a line that is no checkpoint.")
            }
            heads.append(head)
        }
        guard !heads.isEmpty else { throw .usage("\(head.printable) holds no checkpoint.") }
        return heads
    }
}

internal import Glibc
internal import KMSCore
internal import Logging
internal import SystemPackage

/// The account that the first start of a server makes, so that somebody can sign requests.
enum FirstAccount {
    /// Makes it, and shows its secret this once: on a terminal, else in a file that only its owner may read, since what
    /// goes to standard output may be kept by others.
    static func create(in node: Node, logger: Logger) async throws {
        let socket = Node.socket(in: node.folder)
        let answer = try await node.administrate { try await AdministrationClient.createAccount(through: socket) }
        let account = answer["AccountId"]?.text ?? ""
        let text = "AccountId        \(account)\n\(answer.accessKeyLines)\n"
        if isatty(STDOUT_FILENO) == 1 {
            try FileDescriptor.standardOutput.writeAll(text.utf8)
            return
        }
        let file = node.folder.appending("first-access-key")
        try PrivateFile.write(Array(text.utf8), to: file)
        logger.notice(
            "made the first account: take its access key from the file, then delete the file",
            metadata: ["account": "\(account)", "file": "\(file)"]
        )
    }
}

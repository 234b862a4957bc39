import ArgumentParser
import FoundationEssentials
import KMSAccess
import KMSCore

/// `keyhold audit`: reads audit trails. No server is asked, and no secret needed.
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verifies and searches the files of an audit trail.",
        subcommands: [AuditVerify.self, AuditSearch.self]
    )
}

/// Which files a trail consists of.
struct AuditFilesOption: ParsableArguments {
    @Option(help: ArgumentHelp("The folder with audit.jsonl and the full files beside it.", valueName: "dir"))
    var folder: String?
    @Option(help: ArgumentHelp("A file of the trail; several are given oldest first.", valueName: "path"))
    var file: [String] = []

    func paths() throws(Failure) -> [String] {
        guard folder == nil || file.isEmpty else { throw .usage("Give --folder or --file, not both.") }
        guard file.isEmpty else { return file }
        do throws(AuditError) {
            let paths = try AuditFolder(path: "\(folder ?? ".")/audit.jsonl").oldestFirst()
            guard !paths.isEmpty else { throw AuditError("There is no audit.jsonl in \(folder ?? "this folder").") }
            return paths
        } catch { throw .usage(error.reason.printable) }
    }

    /// A small file that an option names.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        do { return Array(try Data(contentsOf: URL(filePath: path))) } catch {
            throw .usage("\(path.printable) cannot be read.")
        }
    }
}

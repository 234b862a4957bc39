import Foundation
import Glibc
import KMSCore
import Synchronization

@testable import KMSProtection

/// A token of a test's own in SoftHSM2, behind a module whose faults are the test's own as well.
final class SoftHSM: Sendable {
    static let pin = "2468"
    let label: String
    let slot: UInt
    let module: PKCS11Module
    private let set: @convention(c) (UInt32, UInt) -> Void
    private let get: @convention(c) (UInt32) -> UInt

    /// As `FaultyTokenValue` of `CFaultyToken.h` numbers them.
    enum Value: UInt32 {
        case isRemoved, tokenFlags, sessionLimit, cannotLock, hasNoUnwrapTemplate, hidesCopyable, answer, answerCount,
            hideMechanism
        case endSessions, logins, sessions, objects, mostCalls
    }

    static let isPresent = [
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    ].contains { (path: String) in access(path, R_OK) == 0 }

    /// The tokens of this run lie in a folder of their own.
    private static let folder: TemporaryFolder? = {
        guard let folder = try? TemporaryFolder() else { return nil }
        let text = "directories.tokendir = \(folder.path)/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
        guard mkdir("\(folder.path)/tokens", 0o700) == 0,
            (try? text.write(toFile: "\(folder.path)/softhsm2.conf", atomically: false, encoding: .utf8)) != nil
        else { return nil }
        setenv("SOFTHSM2_CONF", "\(folder.path)/softhsm2.conf", 1)
        // What is static is never let go of.
        atexit { SoftHSM.removeFolder() }
        return folder
    }()

    private static func removeFolder() {
        if let folder { try? FileManager.default.removeItem(atPath: folder.path) }
    }

    private static let making = Mutex<Int>(0)

    struct Absent: Error {}

    /// - Parameter before: what is to be set before the module starts.
    init(_ before: [(Value, UInt)] = []) throws {
        guard let folder = Self.folder else { throw Absent() }
        let (slot, label, path, set, get) = try Self.making.withLock { number in
            number += 1
            let label = "test \(number)"
            // A copy has variables of its own.
            let path = "\(folder.path)/token\(number).so"
            try FileManager.default.copyItem(atPath: Self.library, toPath: path)
            guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL), let make = dlsym(library, "FaultyToken_make"),
                let set = dlsym(library, "FaultyToken_set"), let get = dlsym(library, "FaultyToken_get")
            else { throw Absent() }
            typealias Make = @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>) -> UInt
            let slot = unsafeBitCast(make, to: Make.self)(label, "13579", Self.pin)
            guard slot != UInt.max else { throw Absent() }
            return (
                slot, label, path,
                unsafeBitCast(set, to: (@convention(c) (UInt32, UInt) -> Void).self),
                unsafeBitCast(get, to: (@convention(c) (UInt32) -> UInt).self)
            )
        }
        for (value, number) in before { set(value.rawValue, number) }
        self.slot = slot
        self.label = label
        self.set = set
        self.get = get
        module = try PKCS11Module(path: path)
    }

    subscript(_ value: Value) -> UInt {
        get { get(value.rawValue) }
        set { set(value.rawValue, newValue) }
    }

    func set(_ value: Value, _ number: UInt = 1) { set(value.rawValue, number) }

    /// The next `count` answers of C_Encrypt, C_Decrypt, C_Sign and C_UnwrapKey.
    func answer(_ code: UInt, count: UInt = 1) {
        set(.answer, code)
        set(.answerCount, count)
    }

    func token(
        pin: TokenPIN.Source? = nil,
        sessions: Int = 4,
        usesFinalTry: Bool = false
    ) -> PKCS11Token {
        let pin = TokenPIN(pin ?? .entered(SecretBox(SecretBytes(copying: Array(Self.pin.utf8)))))
        return PKCS11Token(module, .label(label), pin: pin, sessions: sessions, usesFinalTry: usesFinalTry)
    }

    /// The library lies beside the tests.
    private static let library: String = {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let arguments = CommandLine.arguments
        let bundle = arguments.firstIndex { $0.hasSuffix(".xctest") }.map { arguments[$0] } ?? program
        return bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/libFaultyToken.so"
    }()
}

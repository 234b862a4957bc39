// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors where the environment asks for it, as `make test` does; daily work is not stopped by them.
let strictness: [SwiftSetting] =
    Context.environment["KEYHOLD_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

/// The house rules that every Swift target of Keyhold is compiled under.
let houseRules: [SwiftSetting] =
    strictness + [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        // An async function runs where its caller runs: a warm request never leaves its event loop.
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]

/// For the targets that touch keys or C: every unsafe expression is marked as such.
let strictlySafe: [SwiftSetting] = houseRules + [.strictMemorySafety()]

let package = Package(
    name: "Keyhold",
    products: [
        .executable(name: "keyhold-server", targets: ["keyhold-server"]),
        .executable(name: "keyhold", targets: ["keyhold"]),
        .executable(name: "keyhold-hsm", targets: ["keyhold-hsm"]),
        // Loaded by tests at run time, as every PKCS#11 module is.
        .library(name: "FaultyToken", type: .dynamic, targets: ["CFaultyToken"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration",
            exact: "1.4.0",
            traits: ["JSON", "CommandLineArguments"]
        ),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird",
            exact: "2.28.1",
            traits: []
        ),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // C, visible by name. No C type leaves the target that imports it.
        .target(name: "CPlatform", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto"), .linkedLibrary("secp256k1")]),
        .target(name: "CPKCS11"),
        .target(name: "CSeccomp", linkerSettings: [.linkedLibrary("seccomp")]),
        .target(name: "CShares", linkerSettings: [.linkedLibrary("crypto"), .linkedLibrary("gfshare")]),
        .target(
            name: "CTPM2",
            linkerSettings: ["tss2-esys", "tss2-mu", "tss2-rc", "tss2-tctildr"].map { .linkedLibrary($0) }
        ),

        // The core: what a key is, what may be asked of it, in which order.
        .target(name: "KMSCore", dependencies: ["CPlatform"], swiftSettings: strictlySafe),

        // The algorithms, and who may ask for them.
        .target(name: "KMSCrypto", dependencies: ["KMSCore", "CCrypto"], swiftSettings: strictlySafe),
        .target(name: "KMSAccess", dependencies: ["KMSCore", "KMSCrypto"], swiftSettings: houseRules),

        // The edges: who holds the material, how it is remembered, how it is asked for.
        .target(
            name: "KMSProtection",
            dependencies: ["KMSCore", "KMSCrypto", "CPKCS11", "CPlatform", "CShares", "CTPM2"],
            swiftSettings: strictlySafe
        ),
        .target(
            name: "KMSStorage",
            dependencies: ["KMSCore", "KMSAccess", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: houseRules
        ),
        .target(
            name: "KMSServer",
            dependencies: [
                "KMSCore", "KMSAccess",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: houseRules
        ),

        // The programs.
        .executableTarget(
            name: "keyhold-server",
            dependencies: [
                "KMSCore", "KMSCrypto", "KMSAccess", "KMSProtection", "KMSStorage", "KMSServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: houseRules
        ),
        .executableTarget(
            name: "keyhold",
            dependencies: [
                "KMSCore", "KMSAccess",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: houseRules
        ),

        .executableTarget(
            name: "keyhold-hsm",
            dependencies: [
                "CPlatform", "CSeccomp", "KMSCore", "KMSCrypto", "KMSProtection",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: houseRules
        ),

        // Tests mirror the targets. KMSTestKit holds in-memory edges, a clock set by hand, the contract suites.
        .target(name: "KMSTestKit", dependencies: ["KMSCore"], path: "Tests/KMSTestKit", swiftSettings: houseRules),
        .testTarget(
            name: "KMSCoreTests",
            dependencies: ["KMSCore", "KMSCrypto", "KMSAccess", "KMSProtection", "KMSTestKit"],
            swiftSettings: houseRules
        ),
        .testTarget(
            name: "KMSCryptoTests",
            dependencies: ["KMSCore", "KMSCrypto", "KMSTestKit"],
            resources: [.copy("Vectors")],
            swiftSettings: houseRules
        ),
        .testTarget(
            name: "KMSAccessTests",
            dependencies: ["KMSCore", "KMSCrypto", "KMSAccess", "KMSProtection", "KMSTestKit"],
            swiftSettings: houseRules
        ),
        .testTarget(
            name: "KMSProtectionTests",
            dependencies: ["KMSCore", "KMSCrypto", "KMSProtection", "KMSTestKit"],
            swiftSettings: houseRules
        ),
        // A token that is pulled out, locked, short of sessions or of mechanisms, over SoftHSM2.
        .target(name: "CFaultyToken", path: "Tests/CFaultyToken"),
        // A power cut for SQLite: keeps what was synced and nothing else.
        .target(name: "CSyncVFS", path: "Tests/CSyncVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
        .testTarget(
            name: "KMSStorageTests",
            dependencies: [
                "KMSCore", "KMSAccess", "KMSStorage", "KMSTestKit", "CSyncVFS",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: houseRules
        ),
        .testTarget(
            name: "KMSServerTests",
            dependencies: [
                "KMSCore", "KMSCrypto", "KMSAccess", "KMSProtection", "KMSStorage", "KMSServer", "KMSTestKit",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: houseRules
        ),
        .testTarget(
            name: "KeyholdCommandTests",
            dependencies: ["keyhold", "KMSCore", "KMSAccess"],
            swiftSettings: houseRules
        ),
        .testTarget(
            name: "KeyholdHSMTests",
            dependencies: ["keyhold-hsm", "KMSCore", "KMSCrypto", "KMSProtection", "KMSTestKit"],
            swiftSettings: houseRules
        ),
        .testTarget(
            name: "KeyholdServerTests",
            dependencies: [
                "keyhold-server", "KMSCore", "KMSProtection",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: houseRules
        ),
    ]
)

// Not built unless they are asked for: `package` visibility does not cross packages, so these benchmarks belong here.
if Context.environment["KEYHOLD_BENCHMARKS"] != nil {
    package.targets += [
        .executableTarget(
            name: "keyhold-crypto-benchmark",
            dependencies: ["KMSCore", "KMSCrypto", "KMSProtection", "CPKCS11"],
            swiftSettings: houseRules
        ),
        .executableTarget(
            name: "keyhold-nonce-benchmark",
            dependencies: ["KMSCore", "KMSAccess"],
            swiftSettings: houseRules
        ),
    ]
}

// swift-tools-version: 6.2
import PackageDescription

/// The house rules that every Swift target of Keyhold is compiled under.
let houseRules: [SwiftSetting] = [
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
    targets: [
        // The core: what a key is, what may be asked of it, in which order.
        .target(name: "CSystem"),
        .target(name: "KMSCore", dependencies: ["CSystem"], swiftSettings: strictlySafe),
    ]
)

import KMSCore
import KMSTestKit
import Testing

@testable import KMSAccess

@Suite("The operator's operations on the root key")
struct RootKeyOperationTests {
    @Test("tell the generation, and of a rotation what is left of it")
    func states() async throws {
        let bench = try await RAMBench()
        #expect(
            try await bench.call("DescribeRootKey")
                == .object(["Generation": .number(1), "IsRotating": .boolean(false)])
        )
        let rotated = try await bench.call("RotateRootKey")
        #expect(rotated["Generation"] == .number(2) && rotated["IsRotating"] == .boolean(true))
        #expect(
            rotated["Rotation"]
                == .object([
                    "PreviousGeneration": .number(1), "BeginDate": .text("2026-01-01T00:00:00Z"),
                    "RecordsLeft": .number(5), "TokensAcceptedUntil": .text("2026-01-01T00:01:00Z"),
                ])
        )
        #expect(try await bench.call("DescribeRootKey") == rotated)
        let atOnce = try await bench.call("RotateRootKey", ["AtOnce": "true"])
        #expect(atOnce["Generation"] == .number(3) && atOnce["Rotation"]?["TokensAcceptedUntil"] == nil)
    }

    @Test("refuse a dry run before anything is done, and what is no boolean")
    func refusals() async throws {
        let bench = try await RAMBench()
        #expect(await bench.refusal("RotateRootKey", isDryRun: true)?.code == "DryRunOperationError")
        #expect(await bench.refusal("RotateRootKey", ["AtOnce": "perhaps"])?.code == "InvalidParameter.AtOnce")
        #expect(try await bench.call("DescribeRootKey")["Generation"] == .number(1))
    }

    @Test("say why a root key is not rotated")
    func failures() async throws {
        let bench = try await RAMBench()
        for (failure, status, code) in [
            (RootRotationError.underWay, 409, "Rejected.RotationUnderWay"),
            (.refused("no slot"), 409, "Rejected.RootKey"), (.unavailable("no disk"), 500, "InternalError"),
        ] {
            bench.rootKey.fail(with: failure)
            for action in ["RotateRootKey", "DescribeRootKey"] {
                let error = await bench.refusal(action)
                #expect(error?.code == code && error?.status == status)
                #expect(error?.message.contains("no disk") != true)
            }
        }
    }
}

import KMSCore
import KMSProtection
import Testing

@testable import keyhold_server

@Suite("The settings of a PKCS#11 token")
struct TokenSettingsTests {
    private static let module = "--hsm-pkcs11-module=/lib/module.so"

    @Test("without a module there is no token")
    func none() throws {
        let settings = try SettingsTests.settings().token
        #expect(settings.choice.module == nil && settings.name == "pkcs11" && settings.sessions == 8)
        #expect(try settings.token() == nil)
    }

    @Test("a token is named by slot or label, and its PIN comes from one place")
    func oneOfTwo() throws {
        let slot = try SettingsTests.settings(Self.module, "--hsm-pkcs11-slot=3", "--hsm-pkcs11-pin-file=/pin").token
            .choice
        #expect(slot.slot == 3 && slot.label == nil && slot.pinFile == "/pin" && !slot.usesFinalTry)
        let label = try SettingsTests.settings(
            Self.module,
            "--hsm-pkcs11-label=a b",
            "--hsm-pkcs11-pin-environment=PIN",
            "--hsm-pkcs11-pin-final=true"
        ).token.choice
        #expect(label.label == "a b" && label.pinVariable == "PIN" && label.usesFinalTry)
        for flags in [
            ["--hsm-pkcs11-pin-file=/pin"], ["--hsm-pkcs11-slot=1"],
            ["--hsm-pkcs11-slot=1", "--hsm-pkcs11-label=a", "--hsm-pkcs11-pin-file=/pin"],
        ] {
            #expect(Self.refusal(flags)?.contains("hsm.pkcs11.") == true, "\(flags)")
        }
    }

    @Test("the token of the root key is named apart from that of HSM keys")
    func rootToken() throws {
        let settings = try SettingsTests.settings(
            "--root-pkcs11-module=/lib/other.so",
            "--root-pkcs11-label=root",
            "--root-pkcs11-pin-file=/pin"
        )
        #expect(settings.root.token.module == "/lib/other.so" && settings.root.token.label == "root")
        #expect(settings.token.choice.module == nil)
        #expect(SettingsTests.refusal("--root-pkcs11-module=/lib/other.so")?.contains("root.pkcs11.slot") == true)
        #expect(throws: StartupError.self) { try SettingsTests.settings().root.tokenGuard() }
    }

    @Test("numbers of a vendor are hexadecimal or decimal, and come all together or not at all")
    func vendors() throws {
        let settings = try SettingsTests.settings(
            "--hsm-pkcs11-sm4-keytype=0x80000103",
            "--hsm-pkcs11-sm4-keygen=2147483905",
            "--hsm-pkcs11-sm4-gcm=0x80000102"
        ).token
        let numbers = VendorMechanisms.SM4(keyType: 0x8000_0103, keyGenerator: 0x8000_0101, cipher: 0x8000_0102)
        #expect(settings.vendor.sm4 == numbers && settings.vendor.sm2 == nil)
        #expect(SettingsTests.refusal("--hsm-pkcs11-sm2-sign=0x80000001")?.contains("sm2.keygen") == true)
        for text in ["x", "0x", "0x100000000", "-1"] {
            #expect(SettingsTests.refusal("--hsm-pkcs11-sm4-gcm=\(text)")?.contains("is no number") == true)
        }
    }

    @Test("a backend's name is not another holder's")
    func names() throws {
        #expect(try SettingsTests.settings("--hsm-pkcs11-name=hsm-2").token.name == "hsm-2")
        for name in ["software", "software-development", "keyhold-hsm", "", "A", "1a", "a_b"] {
            #expect(SettingsTests.refusal("--hsm-pkcs11-name=\(name)")?.contains("hsm.pkcs11.name") == true, "\(name)")
        }
    }

    private static func refusal(_ flags: [String]) -> String? {
        switch flags.count {
        case 1: SettingsTests.refusal(module, flags[0])
        default: SettingsTests.refusal(module, flags[0], flags[1], flags[2])
        }
    }
}

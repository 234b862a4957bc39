import Testing

@testable import keyhold

@Suite("The argument reader")
struct InvocationTests {
    private func read(_ line: String...) throws -> Invocation {
        try #require(try Invocation(reading: line))
    }

    private func values(_ invocation: Invocation) -> [String] {
        invocation.parameters.map { "\($0.name)=\($0.value)" }
    }

    @Test("both forms of a parameter are read, in the order given")
    func bothForms() throws {
        let invocation = try read("kms", "CreateKey", "--KeySpec", "RSA_2048", "--KeyUsage=ENCRYPT/DECRYPT")
        #expect(invocation.product == .kms)
        #expect(invocation.operation == "CreateKey")
        #expect(values(invocation) == ["KeySpec=RSA_2048", "KeyUsage=ENCRYPT/DECRYPT"])
    }

    @Test(
        "a value may be empty, begin with a hyphen, or hold equals signs",
        arguments: ["", "-", "--", "-1", "-x", "-----BEGIN CERTIFICATE-----", "a=b==", "--=", "名前"]
    )
    func unusualValues(value: String) throws {
        #expect(values(try read("kms", "X", "--Description", value)) == ["Description=\(value)"])
        #expect(values(try read("kms", "X", "--Description=\(value)")) == ["Description=\(value)"])
    }

    @Test("a value that looks like an option must be joined to its name")
    func optionLikeValue() throws {
        #expect(throws: Failure.self) { try read("kms", "X", "--Description", "--Other") }
        #expect(throws: Failure.self) { try read("kms", "X", "--Description") }
        #expect(values(try read("kms", "X", "--Description=--Other")) == ["Description=--Other"])
    }

    @Test("lists keep their numbered names")
    func lists() throws {
        let invocation = try read("kms", "TagResources", "--ResourceId.1", "a", "--Tag.1.Key=k", "--ResourceId.2", "b")
        #expect(values(invocation) == ["ResourceId.1=a", "Tag.1.Key=k", "ResourceId.2=b"])
    }

    @Test(
        "options of the program stand anywhere",
        arguments: [
            ["--profile", "p", "--insecure", "kms", "ListKeys", "--PageSize", "5"],
            ["kms", "--profile=p", "ListKeys", "--insecure", "--PageSize", "5"],
            ["kms", "ListKeys", "--PageSize", "5", "--insecure", "--profile", "p"],
        ]
    )
    func optionsAnywhere(line: [String]) throws {
        let invocation = try #require(try Invocation(reading: line))
        #expect(invocation.operation == "ListKeys")
        #expect(values(invocation) == ["PageSize=5"])
        #expect(invocation.options[.profile] == "p")
        #expect(invocation.options.isSet(.insecure))
    }

    @Test("a value that is the name of a product is still a value")
    func valueNamedLikeProduct() throws {
        let invocation = try read("--profile", "kms", "sts", "GetCallerIdentity")
        #expect(invocation.product == .sts)
        #expect(invocation.options[.profile] == "kms")
    }

    @Test("what names no product is no operation", arguments: [[], ["configure", "list"], ["--help"], ["--version"]])
    func noProduct(line: [String]) throws {
        #expect(try Invocation(reading: line) == nil)
    }

    @Test(
        "what cannot be meant is refused before anything is sent",
        arguments: [
            ["--KeyId", "a", "--KeyId", "b"], ["--KeyId=a", "--KeyId=a"], ["stray"], ["--no-such-option", "x"],
            ["--insecure=yes"], ["--profile", "a", "--profile", "b"], ["--Action", "Encrypt"], ["--Signature=x"],
        ]
    )
    func refusals(rest: [String]) async {
        let server = FixedServer()
        let run = await run(["kms", "CreateKey"] + rest, server: server)
        #expect(run.status == .usage)
        #expect(server.calls.isEmpty)
        #expect(run.complaint.hasPrefix("keyhold: "))
    }

    @Test("a misspelt option is answered with the one that was meant")
    func suggestedOption() {
        #expect(
            throws: Failure.usage(
                "There is no option --endpont. Did you mean --endpoint? Parameters of an operation begin with a capital letter."
            )
        ) { try Invocation(reading: ["kms", "ListKeys", "--endpont", "x"]) }
    }

    @Test("names that are one text to Swift, but differ in bytes, are two parameters")
    func canonicallyEqualNames() throws {
        let invocation = try read("kms", "X", "--EncryptionContext.\u{E9}=1", "--EncryptionContext.e\u{301}=2")
        #expect(invocation.parameters.count == 2)
    }
}

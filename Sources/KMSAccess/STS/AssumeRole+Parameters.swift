internal import KMSCore

/// A role of whatever account, as RoleArn names it: `acs:ram::<account>:role/<name>`.
struct RoleAddress: Sendable {
    let account: AccountID
    let name: RoleName

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "acs", parts[1] == "ram", parts[2].isEmpty,
            parts[4].utf8.starts(with: "role/".utf8),
            let account = AccountID(String(parts[3])),
            let name = String(parts[4].utf8.dropFirst(5)).flatMap({ RoleName($0) })
        else { return nil }
        self.account = account
        self.name = name
    }

    var resourceName: ResourceName { .ram("role/\(name)", of: account) }
}

extension AccessParameters {
    mutating func roleAddress() throws(KMSError) -> RoleAddress {
        guard let address = RoleAddress(try needed("RoleArn", "Write acs:ram::<account>:role/<name>.")) else {
            throw .incorrect("RoleArn", "Write acs:ram::<account>:role/<name>.")
        }
        return address
    }

    mutating func sessionName() throws(KMSError) -> SessionName {
        let explanation = "Use 2 to 64 letters, digits, full stops, at signs, underscores and hyphens."
        guard let name = SessionName(try needed("RoleSessionName", explanation)) else {
            throw .incorrect("RoleSessionName", explanation)
        }
        return name
    }

    /// A policy that compiles: what is not understood to its last value is refused. So is an empty one, which would
    /// otherwise leave the session all that the role may.
    mutating func sessionPolicy(limit: Int) throws(KMSError) -> String? {
        let text: String?
        do { text = try optionalText("Policy", limit: limit) } catch {
            throw error.code.hasSuffix(".Length") ? .policySize : .policyGrammar("It is not UTF-8.")
        }
        guard let text else {
            guard !isGiven("Policy") else { throw .policyGrammar("It is empty: leave it out, or give a policy.") }
            return nil
        }
        do { _ = try PolicyDocument(text) } catch { throw .policyGrammar(error.description) }
        return text
    }

    mutating func externalID() throws(KMSError) -> String? {
        let explanation = "Use 2 to 1224 letters, digits and characters of =,.@:/_-."
        let text: String?
        do { text = try optionalText("ExternalId", limit: 1_224) { $0.isMade(ofLettersDigitsAnd: "=,.@:/_-") } } catch {
            throw .incorrect("ExternalId", explanation)
        }
        guard let text else { return nil }
        guard text.utf8.count >= 2 else { throw .incorrect("ExternalId", explanation) }
        return text
    }

    /// A text of whatever form; one that is none is `InvalidParameter.<name>`.
    private mutating func needed(_ name: StaticString, _ explanation: String) throws(KMSError) -> String {
        let text: String?
        do { text = try optionalText(name, limit: 1_024) } catch { throw .incorrect("\(name)", explanation) }
        guard let text else { throw .missingCommon("\(name)") }
        return text
    }
}

import FoundationEssentials
import KMSCore
import KMSProtection
import KMSTestKit
import Testing

@testable import KMSAccess
@testable import KMSServer

/// Whatever is done to a trail's lines is found, and where.
@Suite struct AuditTamperingTests {
    private let bench: AuditBench
    private let lines: [String]
    private let heads: [AuditHead]
    /// The verifier before each line, with the root key and without: what is done to a line changes nothing before it.
    private let before: [Bool: [AuditVerifier]]

    /// Two starts of some 150 lines each, in three lanes, with checkpoints among them.
    init() async throws {
        bench = try AuditBench()
        for start in 0..<2 {
            let log = try await bench.open(AuditOptions(eventLoops: 2))
            for number in 0..<120 {
                let lane = log.lanes[number * 7 % 3]
                try log.with(lane) { [bench] lane throws(AuditError) in
                    let record = bench.record(UInt64(start * 1_000 + number))
                    try lane.append(.request, at: record.time) { record.appendMembers(to: &$0) }
                }
                if number % 25 == 24 { _ = await log.tend() }
            }
            _ = await log.tend(isLast: true)
        }
        lines = try bench.lines()
        heads = bench.heads.heads
        let seal = try await bench.seal()
        let publicKey: AuditPublicKey = try #require(AuditPublicKey(seal.publicKey))
        var before: [Bool: [AuditVerifier]] = [:]
        for hasRoot in [true, false] {
            var verifier = AuditVerifier(
                publicKey: publicKey,
                heads: heads,
                laneKeys: hasRoot ? { place, _ in try? seal.laneKey(place) } : nil
            )
            var states = [verifier]
            for (index, line) in lines.enumerated() {
                verifier.read(Array(line.utf8)[...], of: "t", number: index + 1)
                states.append(verifier)
            }
            before[hasRoot] = states
        }
        self.before = before
    }

    /// What the first finding is when, from the line of that index on, the trail goes on with `rest`; and those that
    /// follow while `patience` lines are read. The end of the trail is looked at where nothing was found before it.
    private func findings(
        from index: Int,
        _ rest: some Sequence<String>,
        hasRoot: Bool,
        patience: Int = 0,
        endsTorn: Bool = false
    ) throws -> [AuditReport.Finding] {
        var verifier = try #require(before[hasRoot])[index]
        var patience = patience
        var number = index
        let rest = Array(rest)
        for (offset, line) in rest.enumerated() {
            number += 1
            let isWhole = !endsTorn || offset < rest.count - 1
            verifier.read(Array(line.utf8)[...], isWhole: isWhole, of: "t", number: number)
            if verifier.report.findingCount > 0 {
                if patience == 0 { return verifier.report.findings }
                patience -= 1
            }
        }
        return verifier.finish().findings
    }

    private func report(_ lines: [String], hasRoot: Bool) throws -> AuditReport {
        var verifier = try #require(before[hasRoot])[0]
        for (index, line) in lines.enumerated() { verifier.read(Array(line.utf8)[...], of: "t", number: index + 1) }
        return verifier.finish()
    }

    /// The next line of the same lane.
    private func successor(of index: Int) throws -> Int? {
        let place = try #require(AuditLine(lines[index])).place
        return lines.indices.dropFirst(index + 1).first { AuditLine(lines[$0])?.place == place }
    }

    @Test("a whole trail is whole, with the root key and without")
    func whole() throws {
        #expect(lines.count > 250)
        for hasRoot in [true, false] {
            let report = try report(lines, hasRoot: hasRoot)
            #expect(report.findings == [] && report.notes == [] && report.lines == lines.count)
        }
    }

    @Test("every line that is removed is missed, at the line that should follow it", arguments: [true, false])
    func removal(hasRoot: Bool) throws {
        for index in lines.indices {
            let findings = try findings(from: index, lines[(index + 1)...], hasRoot: hasRoot)
            let removed = try #require(AuditLine(lines[index]))
            if removed.kind == .start {
                #expect(findings.first?.line == index + 1, "line \(index + 1): \(findings)")
            } else if let next = try successor(of: index) {
                #expect(findings.map(\.line) == [next], "line \(index + 1): \(findings)")
                #expect(findings.first?.what.contains("missing") == true)
                #expect(findings.first?.place == removed.place && findings.first?.sequence == removed.sequence + 1)
            } else {
                // The last of its lane is missed by the next start, or by the head that was kept.
                #expect(findings.contains { "\($0)".contains("\(removed.place)") }, "line \(index + 1): \(findings)")
            }
        }
    }

    @Test("every two neighbours of a lane that change places are found", arguments: [true, false])
    func swap(hasRoot: Bool) throws {
        for index in lines.indices {
            guard let next = try successor(of: index) else { continue }
            var changed = lines
            changed.swapAt(index, next)
            let findings = try findings(from: index, changed[index...], hasRoot: hasRoot)
            #expect(findings.first?.line == index + 1, "line \(index + 1): \(findings)")
        }
    }

    @Test("lines of different lanes that change places are in their chains' order, and that is all that is promised")
    func swapAcrossLanes() throws {
        let index = try #require(
            lines.indices.dropFirst(20).first {
                AuditLine(lines[$0])?.kind == .request && AuditLine(lines[$0 + 1])?.kind == .request
                    && AuditLine(lines[$0])?.place != AuditLine(lines[$0 + 1])?.place
            }
        )
        var changed = lines
        changed.swapAt(index, index + 1)
        #expect(try findings(from: index, changed[index...], hasRoot: true) == [])
    }

    @Test("a changed byte anywhere is found, at its line", arguments: [true, false])
    func byteChange(hasRoot: Bool) throws {
        var generator = SeededGenerator(seed: 20_160_120)
        for index in lines.indices {
            var bytes = Array(lines[index].utf8)
            let position = Int.random(in: bytes.indices, using: &generator)
            // Stays text, and never becomes a newline.
            bytes[position] ^= position.isMultiple(of: 2) ? 1 : 2
            let changed = String(decoding: bytes, as: UTF8.self)
            let findings = try findings(from: index, [changed] + lines[(index + 1)...], hasRoot: hasRoot)
            let line = try #require(AuditLine(lines[index]))
            let place = line.place
            // All lanes follow the first line of a start.
            if line.kind == .start, findings.first?.line == index + 2 { continue }
            let next = try successor(of: index).map { $0 + 1 }
            let isLocated = findings.contains {
                $0.line == index + 1 || ($0.line != nil && $0.line == next) || "\($0)".contains("\(place)")
            }
            #expect(isLocated, "line \(index + 1) byte \(position): \(changed) \(findings)")
        }
    }

    @Test("with the root key, a change is found at the very line, be it in its text, its number or its chain")
    func exactLocation() throws {
        let index = try #require(lines.indices.dropFirst(30).first { AuditLine(lines[$0])?.kind == .request })
        let line = try #require(AuditLine(lines[index]))
        let changes = [
            (#""action":"Encrypt""#, #""action":"Decrypt""#), (#""seq":\#(line.sequence),"#, #""seq":9999,"#),
            (#""duration":1"#, #""duration":2"#), (#""outcome":"success""#, #""outcome":"refused""#),
        ]
        for (old, new) in changes {
            var changed = lines
            changed[index] = lines[index].replacing(old, with: new)
            try #require(changed[index] != lines[index])
            let report = try report(changed, hasRoot: true)
            #expect(report.findings.first?.line == index + 1, "\(new): \(report.findings)")
            // One change is no reason to doubt all that follows.
            #expect(report.findingCount <= 2, "\(new): \(report.findings)")
        }
    }

    @Test("a line that is inserted is found: a copy, one of another trail, and what is no line at all")
    func insertion() async throws {
        let other = try AuditBench()
        // Another node's name.
        _ = other.ids.next()
        let log = try await other.open()
        try log.write(other.record(5))
        let foreign = try #require(try other.lines().last)
        for index in stride(from: 1, to: lines.count, by: 5) {
            for inserted in [lines[index], lines[index / 2], foreign, "{}", "x", #"{"v":1,"time":"2"}"#] {
                // A piece of which no line tells is known for one at the end only.
                let isLine = AuditLine(inserted) != nil || AuditLine.isOfFirstFormat(Array(inserted.utf8)[...])
                let rest = [inserted] + (isLine ? Array(lines[index...]) : [])
                let findings = try findings(from: index, rest, hasRoot: false)
                #expect(
                    findings.contains { $0.line == index + 1 || $0.line == index + 2 },
                    "line \(index + 1) \(inserted): \(findings)"
                )
            }
        }
        let report = try report(Array(lines[..<50]) + ["{}"] + lines[50...], hasRoot: true)
        #expect(report.findings.map(\.line) == [51])
    }

    @Test(
        "a trail that ends after any line, or within one, is found by the heads that were kept",
        arguments: [true, false]
    )
    func truncation(hasRoot: Bool) throws {
        for count in lines.indices {
            let kept = try findings(from: count, [], hasRoot: hasRoot)
            #expect(kept.contains { $0.what.contains("cut off") }, "\(count) lines")
            let piece = String(lines[count].prefix(lines[count].utf8.count / 2))
            let torn = try findings(from: count, [piece], hasRoot: hasRoot, patience: 1, endsTorn: true)
            #expect(torn.contains { $0.line == count + 1 && $0.what.contains("middle") })
            #expect(torn.contains { $0.what.contains("cut off") })
        }
    }

    @Test("lines missing at the begin are found, unless the reader asked for a part")
    func beginning() async throws {
        let second = try #require(lines.indices.dropFirst().first { AuditLine(lines[$0])?.kind == .start })
        let report = try report(Array(lines[second...]), hasRoot: true)
        #expect(report.findings.map(\.line) == [1])
        try bench.write(lines[second...])
        #expect(try await bench.verify(isPartial: true).findings == [])
    }

    @Test("who has neither the root key nor the signing key cannot write a chain that passes, though it be whole")
    func forgery() async throws {
        let forger = try AuditBench()
        for start in 0..<2 {
            let log = try await forger.open(AuditOptions(eventLoops: 2))
            for number in 0..<9 { try log.write(forger.record(UInt64(start * 1_000 + number))) }
            _ = await log.tend(isLast: true)
        }
        #expect(try await forger.verify().isWhole)
        let report = try report(try forger.lines(), hasRoot: false)
        #expect(report.findings.contains { $0.what.contains("another public key") })
        #expect(report.findings.contains { $0.what.contains("signature is wrong") })
    }

    @Test("a trail that was cut off while no server ran is recorded by the next start, and verifying tells")
    func cutOffBeforeStart() async throws {
        for count in [0, 1, 4, 100, lines.count - 3, lines.count - 1] {
            bench.heads.replace(heads)
            try bench.write(lines.prefix(count))
            let log = try await bench.open(AuditOptions(eventLoops: 2))
            #expect(log.loss != nil, "\(count) lines")
            let report = try await bench.verify()
            #expect(report.findings.contains { $0.what.contains("had been cut off") }, "\(count): \(report.findings)")
        }
    }

    @Test("a head that was made up is refused, and one of another line is missed")
    func heads() async throws {
        var changed = heads
        let text = String(decoding: heads[0].line, as: UTF8.self).replacing(#""number":"#, with: #""number":1"#)
        changed[0] = AuditHead(place: heads[0].place, sequence: heads[0].sequence, line: Array(text.utf8))
        let report = try await bench.verify(changed)
        #expect(report.findings.contains { $0.what.contains("not signed") })
        #expect(report.findings.contains { $0.what.contains("another line than the head") })
    }
}

import GRDB
import Testing

@testable import KMSStorage

@Suite("positional arguments")
struct NumberedArgumentsTests {
    @Test(
        "only parameters are rewritten, and those by their number",
        arguments: [
            ("SELECT $1, $12 FROM t", "SELECT ?1, ?12 FROM t"),
            ("'$1' || $1", "'$1' || ?1"),
            ("'it''s $1' || $2", "'it''s $1' || ?2"),
            ("\"a$1\".\"b\"\"$2\" = $3", "\"a$1\".\"b\"\"$2\" = ?3"),
            ("$a $ $", "$a $ $"),
            ("a-$1/$2*$3", "a-?1/?2*?3"),
            ("'日本 $1' = $1", "'日本 $1' = ?1"),
            ("", ""),
        ]
    )
    func rewriting(text: String, expected: String) {
        #expect(NumberedArguments.rewritten(text) == expected)
    }

    @Test("arguments out of order and repeated arrive where their number says")
    func binding() throws {
        let database = try DatabaseQueue()
        try database.write { database in
            let letters = try SQLStatement("SELECT $3 || $1 || $2 || $1 || $3").row(database, ["a", "b", "c"])
            #expect(letters?[0] as String? == "cabac")
            let difference = try SQLStatement("SELECT $2 - $1, $2").row(database, [1, 10])
            #expect(difference?[0] as Int? == 9)
        }
    }
}

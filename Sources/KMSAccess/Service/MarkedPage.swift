package import KMSCore

/// One page of a listing that goes on after a marker.
package struct MarkedPage<Row: Sendable>: Sendable {
    package let rows: [Row]
    /// Where the next page begins; nil on the last.
    package let next: String?

    /// - Parameters:
    ///   - found: the rows from the page's first on, one more than `limit` where there are that many.
    ///   - marker: what names a row, so that the next page begins after it.
    package init(_ found: [Row], limit: Int, marker: (Row) -> String) {
        rows = Array(found.prefix(limit))
        next = found.count > limit ? rows.last.map(marker) : nil
    }
}

extension FieldWriter {
    /// Whether there are more rows, and where they begin.
    package mutating func paging<Row>(_ page: MarkedPage<Row>) {
        boolean("IsTruncated", page.next != nil)
        if let next = page.next { text("Marker", next) }
    }
}

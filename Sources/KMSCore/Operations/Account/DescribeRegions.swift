/// Lists the regions that this server answers for. Whoever can sign a request may ask.
package struct DescribeRegions: Operation {
    package static let name: StaticString = "DescribeRegions"
    package static let rateClass: RateClass = .read

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DescribeRegions {
        DescribeRegions()
    }

    package struct Answer: Response {
        let regions: [RegionID]

        package func write(to fields: inout some FieldWriter) {
            fields.list("Regions", of: "Region", regions) { fields, region in
                fields.text("RegionId", region.description)
            }
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        Answer(regions: service.settings.regions)
    }
}

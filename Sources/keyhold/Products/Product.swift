/// A product of the API: the word after `keyhold`, with the version that its requests name.
enum Product: String, CaseIterable {
    case kms
    case ram
    case sts

    var version: String {
        switch self {
        case .kms: "2016-01-20"
        case .ram: "2015-05-01"
        case .sts: "2015-04-01"
        }
    }

    var title: String {
        switch self {
        case .kms: "Key Management Service"
        case .ram: "Resource Access Management"
        case .sts: "Security Token Service"
        }
    }

    /// The names of the operations that this program knows, grouped for reading. Others are sent all the same: a
    /// newer server may know them.
    var operations: [(group: String, names: [String])] {
        switch self {
        case .kms: OperationNames.kms
        case .ram: OperationNames.ram
        case .sts: OperationNames.sts
        }
    }

    var operationNames: [String] { operations.flatMap(\.names) }
}

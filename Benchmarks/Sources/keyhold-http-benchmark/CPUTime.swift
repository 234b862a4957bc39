import Foundation

/// The processor time that a process has used, user and system together.
struct CPUTime {
    let seconds: Double

    static var own: CPUTime { CPUTime(ofProcess: getpid()) }

    /// Read from `/proc`, in steps of a hundredth of a second; 0 where the process is gone.
    init(ofProcess id: Int32) {
        // The name, field 2, may hold anything; the fields after its bracket are numbers.
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let bracket = text.lastIndex(of: ")")
        else {
            seconds = 0
            return
        }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
        seconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

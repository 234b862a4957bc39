internal import ArgumentParser
internal import Configuration
internal import FoundationEssentials
internal import SystemPackage

/// Which server is administered.
struct AdministrationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
    var data: String?
    @Option(help: ArgumentHelp("The server's file of settings.", valueName: "file"))
    var config: String?

    /// The settings that the server has, or would have if it ran.
    func settings() async throws -> Settings { try await Self.settings(data: data, config: config) }

    static func settings(data: String?, config: String?) async throws -> Settings {
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider().prefixKeys(with: "keyhold")]
        if let config { providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(config))) }
        var settings = try Settings(ConfigReader(providers: providers), isServing: false)
        if let data { settings.dataDirectory = data }
        return settings
    }
}

using EReferrals.Local.FunctionsHost;

namespace EReferrals.Local.Tests.Host;

public sealed class HostJsonTests
{
    [Theory]
    [InlineData("""{ "version": "2.0", "extensions": { "http": { "routPrefix": "" } } }""", "routPrefix")]
    [InlineData("""{ "version": "2.0", "extensions": { "serviceBus": { "messageHandlerOptions": { "autoComplete": false } } } }""", "messageHandlerOptions")]
    [InlineData("""{ "version": "1.0" }""", "version")]
    [InlineData("""{ "extensions": { } }""", "version")]
    [InlineData("""{ "version": "2.0", "functionTimeout": "5 minutes" }""", "functionTimeout")]
    [InlineData("""{ "version": "2.0", "extensions": { "serviceBus": { "maxConcurrentCalls": 0 } } }""", "maxConcurrentCalls")]
    [InlineData("""{ "version": "2.0", "extensions": { "serviceBus": { "minMessageBatchSize": 2 } } }""", "minMessageBatchSize")]
    [InlineData("""{ "version": "2.0", "extensions": { "serviceBus": { "maxBatchWaitTime": "00:00:03" } } }""", "maxBatchWaitTime")]
    [InlineData("""{ "version": "2.0", "logging": { "logLevel": { "default": "Loud" } } }""", "logLevel")]
    [InlineData("""{ "version": "2.0", "version": "2.0" }""", "version")]
    [InlineData("""{ "version": "2.0" """, "cannot be read")]
    public void A_key_unknown_to_the_Functions_host_is_rejected(string json, string named) =>
        Assert.Contains(named, Assert.Throws<FunctionsHostStartException>(() => HostJson.Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_defaults_are_those_of_the_Functions_host()
    {
        var json = HostJson.Parse("""{ "version": "2.0" }""");

        Assert.Equal(("api", -1, -1), (json.Http.RoutePrefix, json.Http.MaxConcurrentRequests, json.Http.MaxOutstandingRequests));
        Assert.Equal((true, 0, 1000), (json.ServiceBus.AutoCompleteMessages, json.ServiceBus.PrefetchCount, json.ServiceBus.MaxMessageBatchSize));
        Assert.Equal(TimeSpan.FromMinutes(30), json.FunctionTimeout);
    }

    [Fact]
    public void An_app_setting_overrides_a_key()
    {
        var settings = new AppSettings(new Dictionary<string, string> { ["AzureFunctionsJobHost__extensions__http__routePrefix"] = "v2" });

        Assert.Equal("v2", HostJson.Parse("""{ "version": "2.0" }""", settings.Under("AzureFunctionsJobHost")).Http.RoutePrefix);
    }

    [Fact]
    public void The_host_json_of_the_product_is_accepted() => HostJson.Parse(File.ReadAllText(Path.Combine(Repository(), "host.json")));

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "EReferrals.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}

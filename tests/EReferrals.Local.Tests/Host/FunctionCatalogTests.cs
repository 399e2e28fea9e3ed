using EReferrals.Local.FunctionsHost;
using EReferrals.Local.FunctionsHost.Protocol;

namespace EReferrals.Local.Tests.Host;

public sealed class FunctionCatalogTests
{
    private const string Whole = """
        "properties":{"supportsDeferredBinding":"True"}
        """;

    private static readonly AppSettings Settings = new(
        new Dictionary<string, string> { ["Bus"] = "Endpoint=sb://x", ["Queue"] = "referrals", ["AzureWebJobs.Off.Disabled"] = "1" });

    [Theory]
    [InlineData("""{"name":"m","type":"serviceBusTrigger","queueName":"q","connection":"Bus","isSessionsEnabled":true}""", "sessions")]
    [InlineData("""{"name":"m","type":"serviceBusTrigger","queueName":"q","connection":"Bus","dataType":"Binary"}""", "whole message")]
    [InlineData("""{"name":"m","type":"serviceBusTrigger","queueName":"q","connection":"Absent",""" + Whole + "}", "Absent")]
    [InlineData("""{"name":"m","type":"serviceBusTrigger","queueName":"%Missing%","connection":"Bus",""" + Whole + "}", "Missing")]
    [InlineData("""{"name":"t","type":"timerTrigger","schedule":"0 0 * * *"}""", "six")]
    [InlineData("""{"name":"b","type":"blobTrigger"}""", "blobTrigger")]
    [InlineData("""{"name":"r","type":"httpTrigger","route":"admin/x"}""", "admin")]
    [InlineData("""{"name":"r","type":"http"}""", "no trigger")]
    public void A_function_that_cannot_run_here_is_rejected(string binding, string named) =>
        Assert.Contains(named, Assert.Throws<FunctionsHostStartException>(() => Read(("One", binding))).Message, StringComparison.Ordinal);

    [Fact]
    public void Two_functions_with_the_same_route_are_rejected()
    {
        var failure = Assert.Throws<FunctionsHostStartException>(() => Read(
            ("One", """{"name":"r","type":"httpTrigger","route":"things/{id}","methods":["get","post"]}"""),
            ("Two", """{"name":"r","type":"httpTrigger","route":"Things/{other}","methods":["post"]}""")));

        Assert.Contains("'One' and 'Two'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Routes_that_differ_in_method_or_constraint_are_distinct() => Assert.Equal(3, Read(
        ("One", """{"name":"r","type":"httpTrigger","route":"things/{id}","methods":["get"]}"""),
        ("Two", """{"name":"r","type":"httpTrigger","route":"things/{id}","methods":["post"]}"""),
        ("Three", """{"name":"r","type":"httpTrigger","route":"things/{id:int}","methods":["get"]}""")).Count);

    [Fact]
    public void Functions_are_ordered_by_name() => Assert.Equal(
        ["one", "Two"],
        Read(("Two", """{"name":"r","type":"httpTrigger","route":"things/one"}"""), ("one", """{"name":"r","type":"httpTrigger","route":"things/{id}"}"""))
            .Select(function => function.Name));

    [Fact]
    public void A_queue_trigger_is_read_regardless_of_letter_case()
    {
        var function = Read(("One", """
            {"name":"m","direction":"In","type":"serviceBusTrigger","queueName":"%Queue%","connection":"Bus","cardinality":"Many",
             "autoCompleteMessages":false,"properties":{"SupportsDeferredBinding":"True"}}
            """)).Single();

        Assert.Equal(new QueueFunctionTrigger("m", "referrals", "Endpoint=sb://x", true, false), function.Trigger);
    }

    [Fact]
    public void A_disabled_function_is_left_out() => Assert.Empty(Read(("Off", """{"name":"b","type":"blobTrigger"}""")));

    private static IReadOnlyList<HostedFunction> Read(params IEnumerable<(string Name, string Binding)> functions) => FunctionCatalog.Read(
        functions.Select(function => new RpcFunctionMetadata { FunctionId = function.Name, Name = function.Name, RawBindings = { function.Binding } }),
        Settings);
}

using System.Diagnostics;
using System.Text.Json;
using StreamJsonRpc;

namespace EReferrals.Tests.Policy;

/// <summary>
/// The compiler as a server, one for all tests: it evaluates a set of parameters in half a second, while each run of the command takes five. It ends when
/// this process ends, because its input ends then.
/// </summary>
internal static class BicepServer
{
    private static readonly Lazy<JsonRpc> Server = new(Start);

    /// <summary>Returns what <c>bicep snapshot</c> writes.</summary>
    /// <exception cref="InvalidOperationException">The file does not compile, or with a warning, or a rule of the template refuses the parameters.</exception>
    public static string Snapshot(string parameterFile, string subscription, string tenant)
    {
        var compiled = Call("bicep/compileParams", new { path = parameterFile, parameterOverrides = new Dictionary<string, JsonElement>() });
        var complaints = compiled.GetProperty("diagnostics");
        if (!compiled.GetProperty("success").GetBoolean() || complaints.EnumerateArray().Any(each => !IsAge(each)))
        {
            throw new InvalidOperationException(complaints.GetRawText());
        }

        var metadata = new { tenantId = tenant, subscriptionId = subscription, location = "uksouth" };
        return Call("bicep/getSnapshot", new { path = parameterFile, metadata }).GetProperty("snapshot").GetString()!;
    }

    // The age of an API version, which the templates of a commit must not fail for on a later day.
    private static bool IsAge(JsonElement diagnostic) => diagnostic.GetProperty("code").GetString() == "use-recent-api-versions";

    private static JsonElement Call(string method, object request)
    {
        try
        {
            return Server.Value.InvokeWithCancellationAsync<JsonElement>(method, [request]).GetAwaiter().GetResult();
        }
        catch (RemoteInvocationException refusal)
        {
            throw new InvalidOperationException(refusal.Message, refusal);
        }
    }

    private static JsonRpc Start()
    {
        var start = Bicep.Command("jsonrpc", "--stdio");
        start.RedirectStandardInput = true;
        var bicep = Process.Start(start)!;
        var formatter = new SystemTextJsonFormatter { JsonSerializerOptions = new(JsonSerializerDefaults.Web) };
        var server = new JsonRpc(new HeaderDelimitedMessageHandler(bicep.StandardInput.BaseStream, bicep.StandardOutput.BaseStream, formatter));
        server.StartListening();
        return server;
    }
}

using System.Text.Json;
using EReferrals.Local.FunctionsHost.Http;
using EReferrals.Local.FunctionsHost.Timers;
using NCrontab;

namespace EReferrals.Local.FunctionsHost;

/// <summary>Reads the functions that the worker declares and rejects those that this host cannot run.</summary>
internal static class FunctionCatalog
{
    private static readonly JsonSerializerOptions AnyCase = new(JsonSerializerDefaults.Web);

    /// <returns>
    /// The functions, ordered by name. As in the cloud, the first function whose route matches gets a request, even if another route is more specific.
    /// </returns>
    /// <exception cref="FunctionsHostStartException">A function cannot run here, or two functions have the same route.</exception>
    public static IReadOnlyList<HostedFunction> Read(IEnumerable<RpcFunctionMetadata> functions, AppSettings settings)
    {
        HostedFunction[] all = [.. functions.Where(function => !settings.IsDisabled(function.Name))
            .OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)
            .Select(function => Read(function, settings))];
        return RouteClashes.Find(all).FirstOrDefault() is { } clash ? throw new FunctionsHostStartException(clash) : all;
    }

    private static HostedFunction Read(RpcFunctionMetadata function, AppSettings settings)
    {
        foreach (var raw in function.RawBindings)
        {
            var binding = JsonSerializer.Deserialize<RawBinding>(raw, AnyCase)!;
            if (!binding.Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase)) continue;
            return new(function.FunctionId, function.Name, binding.Type.ToUpperInvariant() switch
            {
                "HTTPTRIGGER" => HttpTrigger(function.Name, binding),
                "SERVICEBUSTRIGGER" => QueueTrigger(function.Name, binding, settings),
                "TIMERTRIGGER" => TimerTrigger(function.Name, binding, settings),
                _ => throw new FunctionsHostStartException($"The function '{function.Name}' has a {binding.Type}, which is not supported locally."),
            });
        }

        throw new FunctionsHostStartException($"The function '{function.Name}' has no trigger.");
    }

    private static HttpFunctionTrigger HttpTrigger(string function, RawBinding binding) => new(
        binding.Name,
        (binding.Route ?? function).Trim('/'),
        [.. (binding.Methods ?? []).Select(method => method.ToUpperInvariant())],
        "anonymous".Equals(binding.AuthLevel, StringComparison.OrdinalIgnoreCase));

    private static QueueFunctionTrigger QueueTrigger(string function, RawBinding binding, AppSettings settings)
    {
        if (binding.IsSessionsEnabled)
            throw new FunctionsHostStartException($"The function '{function}' has a trigger with sessions, which is not supported locally.");
        if (binding.Properties?.Any(IsDeferred) != true)
            throw new FunctionsHostStartException($"The function '{function}' takes less than a whole message, which is not supported locally.");
        var entity = binding.QueueName ?? $"{binding.TopicName}/Subscriptions/{binding.SubscriptionName}";
        return new QueueFunctionTrigger(
            binding.Name,
            settings.Resolve(entity),
            settings.ServiceBusConnection(binding.Connection),
            "many".Equals(binding.Cardinality, StringComparison.OrdinalIgnoreCase),
            binding.AutoCompleteMessages);

        static bool IsDeferred(KeyValuePair<string, JsonElement> property) =>
            property.Key.Equals("supportsDeferredBinding", StringComparison.OrdinalIgnoreCase)
            && property.Value.ToString().Equals("true", StringComparison.OrdinalIgnoreCase);
    }

    private static TimerFunctionTrigger TimerTrigger(string function, RawBinding binding, AppSettings settings)
    {
        try
        {
            return new(binding.Name, NcrontabSchedule.Parse(settings.Resolve(binding.Schedule ?? "")), binding.RunOnStartup, binding.UseMonitor);
        }
        catch (CrontabException ex)
        {
            throw new FunctionsHostStartException($"The function '{function}' has an invalid schedule. {ex.Message}", ex);
        }
    }

    private sealed record RawBinding(
        string Name = "",
        string Type = "",
        string? AuthLevel = null,
        string? Route = null,
        string[]? Methods = null,
        string? QueueName = null,
        string? TopicName = null,
        string? SubscriptionName = null,
        string? Connection = null,
        string? Cardinality = null,
        bool IsSessionsEnabled = false,
        bool? AutoCompleteMessages = null,
        string? Schedule = null,
        bool RunOnStartup = false,
        bool UseMonitor = true,
        Dictionary<string, JsonElement>? Properties = null);
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;

namespace EReferrals.Local.FunctionsHost.Http;

/// <summary>The routes of the HTTP functions, which are known only when the worker has named them.</summary>
internal sealed class FunctionEndpoints : EndpointDataSource, IDisposable
{
    private CancellationTokenSource _change = new();
    private IReadOnlyList<Endpoint> _endpoints = [];

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken() => new CancellationChangeToken(_change.Token);

    /// <exception cref="FunctionsHostStartException">A route cannot be read.</exception>
    public void Set(IEnumerable<HostedFunction> functions, string prefix, RequestDelegate respond)
    {
        // As in the cloud the first function by name that matches has the request, however much better another's route fits.
        _endpoints = [.. functions.Where(function => function.Trigger is HttpFunctionTrigger)
            .OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)
            .Select((function, order) => Create(function, prefix, order, respond))];
        using var previous = Interlocked.Exchange(ref _change, new CancellationTokenSource());
        previous.Cancel();
    }

    public void Dispose() => _change.Dispose();

    private static RouteEndpoint Create(HostedFunction function, string prefix, int order, RequestDelegate respond)
    {
        var trigger = (HttpFunctionTrigger)function.Trigger;
        var path = prefix.Length == 0 ? trigger.Route : $"{prefix}/{trigger.Route}";
        try
        {
            var metadata = new EndpointMetadataCollection(
                trigger.Methods.Count == 0 ? [function] : [function, new HttpMethodMetadata(trigger.Methods)]);
            return new RouteEndpoint(respond, RoutePatternFactory.Parse(path), order, metadata, function.Name);
        }
        catch (RoutePatternException ex)
        {
            throw new FunctionsHostStartException($"The function '{function.Name}' has a bad route '{path}': {ex.Message}", ex);
        }
    }
}

using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Http;

/// <summary>The addresses of this service and the methods of each, as the functions declare them.</summary>
internal static class Routes
{
    /// <summary>The route template that matches every address.</summary>
    public const string Rest = "{*path}";

    private static readonly (string[] Segments, string[] Methods)[] All =
    [
        .. from type in typeof(Routes).Assembly.GetTypes()
           from function in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
           where function.IsDefined(typeof(FunctionAttribute))
           from trigger in function.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>()
           where trigger.Route != Rest
           select (SegmentsOf(trigger.Route ?? ""), (trigger.Methods ?? []).Select(method => method.ToUpperInvariant()).ToArray()),
    ];

    /// <summary>The methods that an address supports, in alphabetical order, with OPTIONS; empty when the address does not exist.</summary>
    /// <param name="path">The path as the request has it, percent-encoded.</param>
    public static IReadOnlyList<string> MethodsAt(string path)
    {
        // The host does not match an address with an empty segment.
        if (path.Contains("//", StringComparison.Ordinal)) return [];
        var segments = SegmentsOf(path).Select(Uri.UnescapeDataString).ToArray();
        var methods = All.Where(route => IsAt(route.Segments, segments)).SelectMany(route => route.Methods).Distinct().ToList();
        if (methods.Count > 0) methods.Add("OPTIONS");
        return [.. methods.Order(StringComparer.Ordinal)];
    }

    private static string[] SegmentsOf(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    // A last segment such as {*view} matches any number of segments, also none.
    private static bool IsAt(string[] template, string[] segments) =>
        (template is [.. var start, var last] && last.StartsWith("{*", StringComparison.Ordinal)
            ? segments.Length >= start.Length
            : template.Length == segments.Length)
        && template.Zip(segments).All(pair => pair.First.StartsWith('{') || string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase));
}

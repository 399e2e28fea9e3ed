using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Http;

/// <summary>The addresses of this service and the methods that each takes, as the functions declare them.</summary>
internal static class Routes
{
    /// <summary>Takes whatever no other function takes.</summary>
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

    /// <summary>In the order of the alphabet; none when there is no such address.</summary>
    /// <param name="path">As the request has it, percent-encoded.</param>
    public static IReadOnlyList<string> MethodsAt(string path)
    {
        // The host takes no address with an empty segment.
        if (path.Contains("//", StringComparison.Ordinal)) return [];
        var asked = SegmentsOf(path).Select(Uri.UnescapeDataString).ToArray();
        var methods = All.Where(route => IsAt(route.Segments, asked)).SelectMany(route => route.Methods).Distinct().ToList();
        if (methods.Count > 0) methods.Add("OPTIONS");
        return [.. methods.Order(StringComparer.Ordinal)];
    }

    private static string[] SegmentsOf(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsAt(string[] template, string[] asked) => template.Length == asked.Length
        && template.Zip(asked).All(pair => pair.First.StartsWith('{') || string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase));
}

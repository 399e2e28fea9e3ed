using System.Text.RegularExpressions;

namespace EReferrals.Local.FunctionsHost.Http;

/// <summary>Finds routes that no request can distinguish, and routes that are reserved for the Functions host.</summary>
internal static partial class RouteClashes
{
    public static IEnumerable<string> Find(IEnumerable<HostedFunction> functions)
    {
        var routes = functions.Where(function => function.Trigger is HttpFunctionTrigger)
            .Select(function => (function.Name, Trigger: (HttpFunctionTrigger)function.Trigger)).ToArray();
        foreach (var (index, (name, trigger)) in routes.Index())
        {
            if (trigger.Route.Split('/')[0].ToUpperInvariant() is "ADMIN" or "RUNTIME")
                yield return $"The function '{name}' has a route that is reserved for the Functions host: {trigger.Route}";
            foreach (var other in routes.Skip(index + 1).Where(other => IsSame(trigger, other.Trigger)))
                yield return $"The functions '{name}' and '{other.Name}' have the same route: {trigger.Route}";
        }
    }

    private static bool IsSame(HttpFunctionTrigger one, HttpFunctionTrigger other) =>
        Nameless(one.Route).Equals(Nameless(other.Route), StringComparison.OrdinalIgnoreCase)
        && (one.Methods.Count == 0 || other.Methods.Count == 0 || one.Methods.Intersect(other.Methods).Any());

    private static string Nameless(string route) => ParameterName().Replace(route, "{");

    [GeneratedRegex(@"(?<!\{)\{\*{0,2}[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex ParameterName();
}

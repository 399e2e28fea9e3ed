using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Http;

/// <summary>Finds a function by the entry point that the platform reports.</summary>
internal static class EntryPoint
{
    /// <summary>The method of the function; null when there is none.</summary>
    /// <param name="entryPoint"><c>Namespace.Type.Method</c>.</param>
    public static MethodInfo? MethodOf(string entryPoint)
    {
        var dot = entryPoint.LastIndexOf('.');
        return dot <= 0 ? null : typeof(EntryPoint).Assembly.GetType(entryPoint[..dot])?
            .GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public)
            .FirstOrDefault(method => method.Name == entryPoint[(dot + 1)..] && method.IsDefined(typeof(FunctionAttribute)));
    }
}

using System.Collections.Concurrent;
using System.Reflection;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Security;

/// <summary>The access rule that a function declares. A function without a declaration rejects every caller.</summary>
internal sealed record DeclaredAccess(bool IsOpen, IReadOnlyList<Role> Roles, CallerHeaders Headers = CallerHeaders.Plain)
{
    private static readonly ConcurrentDictionary<string, DeclaredAccess> Cache = new(StringComparer.Ordinal);

    public static DeclaredAccess NoCaller { get; } = new(false, []);

    /// <param name="entryPoint"><c>Namespace.Type.Method</c>.</param>
    public static DeclaredAccess From(string entryPoint) => Cache.GetOrAdd(entryPoint, Read);

    public static DeclaredAccess From(MethodInfo function)
    {
        if (function.GetCustomAttribute<RequiresAttribute>() is { } requires) return new DeclaredAccess(false, requires.Roles, requires.Headers);
        return function.IsDefined(typeof(AnonymousAttribute)) ? new DeclaredAccess(true, []) : NoCaller;
    }

    private static DeclaredAccess Read(string entryPoint) => EntryPoint.MethodOf(entryPoint) is { } function ? From(function) : NoCaller;
}

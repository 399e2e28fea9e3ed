using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.LocalRuntime.Host;

internal static class MultipleOutputs
{
    /// <summary>The property that carries the HTTP response, when the function returns a class of its own; null for a single result.</summary>
    public static PropertyInfo? HttpPropertyOf(Type returned)
    {
        var type = Unwrap(returned);
        if (type == typeof(void) || typeof(HttpResponseData).IsAssignableFrom(type)) return null;
        var marked = type.GetProperties().Where(property => property.IsDefined(typeof(HttpResultAttribute))).ToArray();
        return marked is [var one] && typeof(HttpResponseData).IsAssignableFrom(one.PropertyType) ? one : null;
    }

    public static Type Unwrap(Type returned) => returned == typeof(Task) ? typeof(void)
        : returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(Task<>) ? returned.GetGenericArguments()[0]
        : returned;
}

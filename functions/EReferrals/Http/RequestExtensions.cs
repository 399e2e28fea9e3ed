using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

public static class RequestExtensions
{
    private const string CorrelationItem = "ereferrals:correlation";

    /// <summary>The value of a header; several values joined with a comma; null when it was not sent.</summary>
    public static string? Header(this HttpRequestData request, string name) =>
        request.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    public static string CorrelationId(this FunctionContext context) =>
        context.Items.TryGetValue(CorrelationItem, out var id) ? (string)id : context.InvocationId;

    internal static void SetCorrelationId(this FunctionContext context, string id) => context.Items[CorrelationItem] = id;
}

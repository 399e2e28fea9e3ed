using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

public static class RequestExtensions
{
    private const string CorrelationItem = "ereferrals:correlation";
    private const string RequestItem = "ereferrals:request";

    /// <summary>The value of a header, several values joined with commas; null when the header was not sent.</summary>
    public static string? Header(this HttpRequestData request, string name) =>
        // The unparsed value: parsing every header would cost more than the rest of a poll that returns 304.
        request.Headers.NonValidated.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    public static string CorrelationId(this FunctionContext context) =>
        context.Items.TryGetValue(CorrelationItem, out var id) ? (string)id : context.InvocationId;

    /// <summary>The id that this service gives to the request, for the audit trail and the response. Never the caller's value.</summary>
    public static string RequestId(this FunctionContext context) =>
        context.Items.TryGetValue(RequestItem, out var id) ? (string)id : context.InvocationId;

    internal static void SetCorrelationId(this FunctionContext context, string id) => context.Items[CorrelationItem] = id;

    internal static void SetRequestId(this FunctionContext context, string id) => context.Items[RequestItem] = id;
}

using System.Diagnostics;

namespace EReferrals.Local.FunctionsHost;

/// <summary>The trace of an invocation: the caller's, or a new one.</summary>
internal static class TraceContexts
{
    public static RpcTraceContext Continue(string? traceParent, string? traceState)
    {
        if (!string.IsNullOrEmpty(traceParent) && ActivityContext.TryParse(traceParent, traceState, out _))
            return new() { TraceParent = traceParent, TraceState = traceState ?? "" };
        return new() { TraceParent = $"00-{ActivityTraceId.CreateRandom().ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-01" };
    }
}

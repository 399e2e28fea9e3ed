using System.Globalization;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists.Reading;

/// <summary>How a response says that a list is a copy, or that it cannot be read.</summary>
internal static class StaleList
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    public static Problem Nowhere { get; } = Problem.Unavailable(
        "Neither the worklist nor a copy of it can be read at the moment. Retry the request.", RetryAfter);

    public static Problem NoFeed { get; } = Problem.Unavailable(
        "The change feed cannot be read at the moment. Read the list itself, which has copies, and continue from its cursor. Your cursor remains valid too.",
        RetryAfter);

    public static string Word(ListSource source) => source switch
    {
        ListSource.Live => "live",
        ListSource.Snapshot => "snapshot",
        _ => "memory",
    };

    public static HttpResponseData WithAge(this HttpResponseData response, TimeSpan age) => response
        .WithHeader("Warning", "110 - \"Response is Stale\"")
        .WithHeader("Age", Math.Max(0, Math.Floor(age.TotalSeconds)).ToString(CultureInfo.InvariantCulture));
}

using System.Globalization;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists.Reading;

/// <summary>How readers are told that a list is a copy, or that there is none.</summary>
internal static class StaleList
{
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    public static Problem Nowhere { get; } = Problem.Unavailable("The worklist cannot be read just now, and no copy of it can be reached. Ask again.", ComeBackAfter);

    public static Problem NoFeed { get; } = Problem.Unavailable(
        "What changed cannot be read just now. Read the list itself, which can always be read, and go on from the cursor that it gives; yours stays good too.", ComeBackAfter);

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

using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Journeys;

/// <summary>Steps that the tests of possible duplicates share.</summary>
internal static class DuplicateSteps
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static JsonObject Referring(string patient, string service)
    {
        var submission = JourneySteps.Submission(service: service);
        submission["patient"]!["nhsNumber"] = patient;
        submission["letter"] = "NOT_INTENDING_TO_ADD";
        return submission;
    }

    /// <summary>Returns the duplicates that the referral names, in order. Repeats a read that timed out and therefore left them out.</summary>
    public static async Task<string> NamedAsync(this RunningApp app, Actor reader, string ubrn)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            using var read = await app.ReadPatientlyAsync(reader, $"/v1/referrals/{ubrn}");
            Assert.Equal(200, (int)read.StatusCode);
            if ((await read.JsonAsync())["possibleDuplicates"] is JsonArray named) return Text(named);
        }
    }

    /// <summary>Returns the duplicates that the list entry names, in order.</summary>
    public static async Task<string> ListedNamesAsync(this RunningApp app, Actor reader, Worklist list, string ubrn) =>
        Names((await app.EntriesAsync(reader, list)).Single(entry => (string)entry["ubrn"]! == ubrn));

    public static string Names(JsonObject entry) => Text(entry["possibleDuplicates"]?.AsArray() ?? []);

    private static string Text(JsonArray named) => string.Join(' ', named.Select(other => (string)other!));
}

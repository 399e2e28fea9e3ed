using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace EReferrals.Tests.Policy;

public sealed partial class LogEventTests
{
    private const int RangeSize = 100;

    /// <summary>The first event id of each folder.</summary>
    private static readonly Dictionary<string, int> Ranges = new()
    {
        ["Intake"] = 1000,
        ["Processing"] = 1100,
        ["Lifecycle"] = 1200,
        ["Worklists"] = 1300,
        ["Attachments"] = 1400,
        ["Services"] = 1500,
        ["Transfers"] = 1600,
        ["Contingency"] = 1700,
        ["DeadLetters"] = 1800,
        ["Reconciliation"] = 1900,
        ["Operations"] = 2000,
        ["Overload"] = 2100,
        ["Status"] = 2200,
        ["Http"] = 2300,
        ["Security"] = 2400,
        ["Audit"] = 2500,
        ["Telemetry"] = 2600,
        ["Resilience"] = 2700,
        ["Messaging"] = 2800,
        ["Storage"] = 2900,
        ["Slots"] = 3100,
        ["Confirmations"] = 3200,
        ["Retention"] = 3300,
        ["Ers"] = 3400,
    };

    private static readonly IReadOnlyList<LogEvent> Events =
    [
        .. from type in typeof(Settings).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           select new LogEvent(message.EventId, message.Level, type.Namespace!.Split('.')[1], $"{type.DeclaringType?.Name}.{method.Name}"),
    ];

    [Fact]
    public void The_app_has_log_events() => Assert.True(Events.Count > 40, $"{Events.Count} events were found.");

    [Fact]
    public void No_two_log_events_have_the_same_id() =>
        Assert.All(Events.GroupBy(one => one.Id), same => Assert.True(same.Count() == 1, $"{same.Key}: {string.Join(", ", same.Select(one => one.Name))}"));

    [Fact]
    public void Every_log_event_has_an_id_in_the_range_of_its_folder() => Assert.All(Events, one =>
    {
        Assert.True(Ranges.TryGetValue(one.Folder, out var first), $"The folder {one.Folder} of {one.Name} has no range.");
        Assert.True(one.Id >= first && one.Id < first + RangeSize, $"{one.Name} has the id {one.Id}, which is not from {first} to {first + RangeSize - 1}.");
    });

    [Fact]
    public void The_runbook_lists_exactly_the_events_of_level_warning_and_above()
    {
        var runbook = File.ReadAllText(Path.Combine(Repository.Root, "infra", "RUNBOOK.md"));
        var listed = Rows().Matches(runbook).Select(row => (Id: int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), Level: row.Groups[2].Value));

        Assert.Equal(
            Events.Where(one => one.Level >= LogLevel.Warning).Select(one => (one.Id, Level: one.Level.ToString())).Order(),
            listed.Order());
    }

    // | 1001 | Warning | what happened | what to do |
    [GeneratedRegex(@"^\| (\d{4}) \| (Warning|Error|Critical) \| [^|\r\n]*\w[^|\r\n]* \| [^|\r\n]*\w[^|\r\n]* \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Rows();

    private sealed record LogEvent(int Id, LogLevel Level, string Folder, string Name);
}

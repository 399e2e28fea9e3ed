using System.Text.Json;
using System.Text.RegularExpressions;
using EReferrals.Messaging;

namespace EReferrals.Tests.Policy;

public sealed partial class ArchitectureTests
{
    private static readonly string Root = Repository.Root;

    [Fact]
    public void The_referral_rules_use_the_base_library_only()
    {
        foreach (var (file, text) in Sources("Referrals"))
        {
            Assert.All(
                Usings().Matches(text).Select(match => match.Groups[1].Value),
                name =>
                    Assert.True(
                        name.StartsWith("System", StringComparison.Ordinal) || name.StartsWith("EReferrals.Referrals.", StringComparison.Ordinal),
                        $"{file} uses {name}."));
            Assert.False(text.Contains("Azure.", StringComparison.Ordinal), $"{file} names Azure.");
        }
    }

    [Fact]
    public void Only_Storage_uses_the_table_and_blob_clients()
    {
        foreach (var (file, text) in Sources().Where(source => !IsIn(source.File, "Storage")))
        {
            Assert.False(StorageNames().IsMatch(text), $"{file} names {StorageNames().Match(text).Value}.");
        }
    }

    [Fact]
    public void Only_Messaging_uses_the_Service_Bus_client()
    {
        foreach (var (file, text) in Sources().Where(source => !IsIn(source.File, "Messaging") && Path.GetFileName(source.File) != "Transient.cs"))
        {
            Assert.False(ServiceBusNames().IsMatch(text), $"{file} names {ServiceBusNames().Match(text).Value}.");
        }
    }

    /// <summary>Which slices a slice may use, besides the layers. A new entry is a decision.</summary>
    private static readonly Dictionary<string, string[]> SlicesUsedBy = new()
    {
        ["Attachments"] = ["Lifecycle", "Services"],
        ["Confirmations"] = [],
        ["Contingency"] = ["Intake", "Lifecycle"],
        ["DeadLetters"] = ["Confirmations"],
        ["Ers"] = ["Attachments", "Lifecycle", "Services", "Slots", "Status", "Worklists"],
        ["Intake"] = ["Services"],
        ["Lifecycle"] = ["Intake", "Services", "Slots"],
        ["Operations"] = ["Confirmations"],
        ["Processing"] = ["Lifecycle", "Services", "Slots"],
        ["Reconciliation"] = ["Lifecycle", "Slots", "Transfers"],
        ["Retention"] = [],
        ["Services"] = [],
        ["Slots"] = ["Services"],
        ["Status"] = ["Intake", "Operations", "Reconciliation", "Worklists"],
        ["Transfers"] = ["Lifecycle", "Services"],
        ["Web"] = [],
        ["Worklists"] = ["Attachments", "Contingency", "Lifecycle", "Retention", "Services"],
    };

    [Fact]
    public void A_slice_uses_exactly_the_slices_that_the_table_allows() => Assert.All(SlicesUsedBy, slice =>
    {
        var used = Sources(slice.Key).SelectMany(source => SlicesIn(source.Text)).Where(name => name != slice.Key).Distinct();

        Assert.Equal(slice.Value.Order(), used.Order());
    });

    [Fact]
    public void No_two_slices_use_each_other_even_through_others()
    {
        var remaining = SlicesUsedBy.ToDictionary();
        while (remaining.Keys.FirstOrDefault(slice => !remaining[slice].Any(remaining.ContainsKey)) is { } independent) remaining.Remove(independent);

        Assert.Empty(remaining.Keys);
    }

    [Fact]
    public void No_folder_of_the_product_has_more_than_fifteen_files() => Assert.All(
        Sources().GroupBy(source => Path.GetDirectoryName(source.File)),
        folder => Assert.True(folder.Count() <= 15, $"{folder.Key} has {folder.Count()} files."));

    [Fact]
    public void One_function_decides_which_version_of_a_referral_a_reader_sees() => Assert.Equal(
        [Path.Combine("Lifecycle", "Reading", "ReferralAccess.cs"), Path.Combine("Referrals", "Organisations", "Relationships.cs")],
        Sources().Where(source => source.Text.Contains("ReadableVersion(", StringComparison.Ordinal)).Select(source => source.File).Order());

    [Fact]
    public void One_class_of_the_e_RS_API_finds_referrals_for_readers_and_records_what_it_refuses() => Assert.Equal(
        [Path.Combine("Ers", "Reading", "ErsReferrals.cs")],
        Sources("Ers").Where(source => source.Text.Contains("ReferralAccess", StringComparison.Ordinal)).Select(source => source.File));

    [Fact]
    public void The_product_has_no_conditional_compilation() =>
        Assert.All(Sources(), source => Assert.False(Conditional().IsMatch(source.Text), source.File));

    [Fact]
    public void The_queue_names_match_messaging_json()
    {
        using var messaging = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "infra", "messaging.json")));
        var declared = messaging.RootElement.GetProperty("queues").EnumerateArray().Select(queue => queue.GetProperty("name").GetString());

        Assert.Equal(declared.Order(), Queues.All.Order());
    }

    private static IEnumerable<string> SlicesIn(string text) =>
        Namespaces().Matches(text).Select(match => match.Groups[1].Value).Where(SlicesUsedBy.ContainsKey);

    private static bool IsIn(string file, string folder) => file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static IEnumerable<(string File, string Text)> Sources(string folder = "")
    {
        var product = Path.Combine(Root, "functions", "EReferrals");
        return System.IO.Directory.EnumerateFiles(Path.Combine(product, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => (File: Path.GetRelativePath(product, path), Path: path))
            .Where(source => !IsIn(source.File, "obj") && !IsIn(source.File, "bin"))
            .Select(source => (source.File, File.ReadAllText(source.Path)));
    }

    [GeneratedRegex(@"^\s*(?:global\s+)?using\s+(?:static\s+)?([\w.]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex Usings();

    [GeneratedRegex(@"\bEReferrals\.(\w+)")]
    private static partial Regex Namespaces();

    [GeneratedRegex(
        @"\bAzure\.(Data\.Tables|Storage)\b"
        + @"|\b(Table(Client|ServiceClient|Entity)|Blob(Client|ContainerClient|ServiceClient)|(Append|Block)BlobClient)\b")]
    private static partial Regex StorageNames();

    // The trigger parameters of a queue function (ServiceBusReceivedMessage, Service Bus...Actions) may appear anywhere.
    [GeneratedRegex(
        @"\bServiceBus(Client|Sender|Receiver|SessionReceiver|Message|MessageBatch|Exception|FailureReason|AdministrationClient|Retry|Processor)"
        + @"(Options|Client)?\b")]
    private static partial Regex ServiceBusNames();

    [GeneratedRegex(@"^\s*#(if|else|elif)\b", RegexOptions.Multiline)]
    private static partial Regex Conditional();
}

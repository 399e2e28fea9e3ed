using System.Globalization;
using System.Text.Json;
using EReferrals.Referrals.Retention;
using EReferrals.Storage.Lists;
using EReferrals.Tests.Policy;

namespace EReferrals.Tests.Retention;

/// <summary>Checks that the runbook, the settings, the template and the code agree with the one table of what is kept for how long.</summary>
public sealed class RetentionTableTests
{
    private const string Policies = "Microsoft.Storage/storageAccounts/managementPolicies";

    private static readonly string[] Accounts = ["host", "records", "contingency"];

    [Fact]
    public void Every_kind_of_data_has_one_row() =>
        Assert.Equal(Enum.GetValues<RetentionKind>().Order(), RetentionTable.All.Select(row => row.Kind).Order());

    [Fact]
    public void The_runbook_has_exactly_this_table()
    {
        var runbook = File.ReadAllLines(Path.Combine(Repository.Root, "infra", "RUNBOOK.md"));
        var written = runbook.SkipWhile(line => line != "| data | days | counted, or kept | setting | deleted by | legal ground |").Skip(2)
            .TakeWhile(line => line.StartsWith('|'));

        Assert.Equal(RetentionTable.All.Select(Line), written);
    }

    [Fact]
    public void No_setting_is_shorter_than_its_legal_ground_or_senselessly_long()
    {
        Assert.All(RetentionTable.All.Where(row => row.Setting is not null), row =>
        {
            Assert.InRange(row.Days!.Value, row.Least, row.Most);
            if (row.LegalGround is not null) Assert.Equal(row.Days, row.Least);
            foreach (var days in new[] { row.Least - 1, row.Most + 1 }) Assert.Single(ProblemsOf(row, days));
            foreach (var days in new[] { row.Least, row.Most }) Assert.Empty(ProblemsOf(row, days));
        });
        Assert.Equal(TimeSpan.FromDays(40), RetentionPeriods.From(name => name == "OrphanedUploads" ? "40" : null, [])[RetentionKind.OrphanedUploads]);
    }

    [Fact]
    public void The_feed_is_kept_for_a_day_longer_than_a_reader_may_be_behind() =>
        Assert.Equal(FeedRetention.Kept + TimeSpan.FromDays(1), RetentionPeriods.Default[RetentionKind.ChangeFeeds]);

    [BicepFact]
    public void The_template_has_the_default_days_of_every_setting()
    {
        var declared = CompiledTemplate.Main.Parameter("retentionDays").Declared.GetProperty("defaultValue");

        Assert.Equal(
            RetentionTable.All.Where(row => row.Setting is not null).Select(row => (row.Setting!, row.Days!.Value)).Order(),
            declared.EnumerateObject().Select(kind => (kind.Name, kind.Value.GetInt32())).Order());
        Assert.Equal(
            $"{RetentionPeriods.Default[RetentionKind.AuditTrail].TotalDays}", CompiledTemplate.Main.Parameter("auditRetentionDays").Default("production"));
    }

    [BicepFact]
    public void Every_container_of_the_template_is_in_the_table()
    {
        var containers = Deployment.Production.Every("Microsoft.Storage/storageAccounts/blobServices/containers").Select(each => each.Name.Split('/')[^1]);

        Assert.Equal(containers.Distinct().Order(), RetentionTable.All.Select(row => row.Container).OfType<string>().Distinct().Order());
    }

    [BicepFact]
    public void The_lifecycle_rules_delete_exactly_what_the_table_says()
    {
        var ruled = RetentionTable.All.Where(row => row.Deleter == RetentionDeleter.LifecycleRule);

        Assert.Equal(
            ruled.Select(row => (AccountOf(row), PrefixOf(row), row.Part, row.Days!.Value)).Order(),
            Accounts.SelectMany(DeletionsOf).Order());
    }

    private static string AccountOf(RetentionRow row) => row.Kind switch
    {
        RetentionKind.OldPackages => "host",
        RetentionKind.OldBlobsOfRecords => "records",
        _ => "contingency",
    };

    private static string PrefixOf(RetentionRow row) => row.Container is "deployments" or null ? "" : $"{row.Container}/";

    private static IEnumerable<(string, string, BlobPart, int)> DeletionsOf(string holds) =>
        from rule in Deployment.Production.Within(holds, Policies).Single().List("properties.policy.rules")
        let definition = rule.GetProperty("definition")
        from prefix in definition.GetProperty("filters").TryGetProperty("prefixMatch", out var prefixes)
            ? prefixes.EnumerateArray().Select(each => each.GetString()!).ToArray()
            : [""]
        // The page of a static website replaces the one in the container.
        where prefix != "$web/"
        from part in new[]
        {
            ("baseBlob", "daysAfterModificationGreaterThan", BlobPart.BaseBlob), ("version", "daysAfterCreationGreaterThan", BlobPart.Version),
            ("snapshot", "daysAfterCreationGreaterThan", BlobPart.Snapshot),
        }
        where definition.GetProperty("actions").TryGetProperty(part.Item1, out var action) && action.TryGetProperty("delete", out _)
        select (holds, prefix, part.Item3, DaysOf(definition, part.Item1, part.Item2));

    private static int DaysOf(JsonElement definition, string part, string condition) =>
        definition.GetProperty("actions").GetProperty(part).GetProperty("delete").GetProperty(condition).GetInt32();

    private static List<string> ProblemsOf(RetentionRow row, int days)
    {
        var problems = new List<string>();
        RetentionPeriods.From(name => name == row.Setting ? days.ToString(CultureInfo.InvariantCulture) : null, problems);
        return problems;
    }

    private static string Line(RetentionRow row)
    {
        var deleter = row.Deleter switch
        {
            RetentionDeleter.LifecycleRule => "lifecycle rule",
            var other => other.ToString().ToLowerInvariant(),
        };
        var setting = row.Setting is null ? "" : $" `{row.Setting}`, {row.Least} to {row.Most}";
        var container = row.Container is null ? "" : $" (`{row.Container}`)";
        var days = row.Days is { } count ? $" {count.ToString(CultureInfo.InvariantCulture)}" : "";
        var ground = row.LegalGround is null ? "" : $" {row.LegalGround}";
        return $"| `{row.Kind}`{container} |{days} | {row.Meaning} |{setting} | {deleter} |{ground} |";
    }
}

using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>
/// Checks when the alerts on the service's own instruments fire. The tests compare the query texts, because queries run in Azure only. infra/RUNBOOK.md has a
/// worked example of each.
/// </summary>
public sealed partial class AlertTests
{
    private const string Rules = "Microsoft.Insights/scheduledQueryRules";

    /// <summary>Alert, end of its query, threshold, number of consecutive windows, length of a window, and dimension.</summary>
    public static TheoryData<string, string, string, string, string, string?> Cases => new()
    {
        {
            "intake-refused",
            "\"ereferrals.requests.failed\" and customDimensions.kind == \"Submitting\" | summarize refused = sum(valueSum)",
            "0",
            "1",
            "PT5M",
            null
        },
        {
            "dead-lettered",
            "\"ereferrals.messages.dead_lettered\" | extend queue = tostring(customDimensions.queue) | summarize given_up = sum(valueSum) by queue",
            "0",
            "1",
            "PT5M",
            "queue"
        },
        {
            "canary-late",
            "\"ereferrals.canary.age\" | summarize age = min(valueMin), reports = count() | project age = iff(reports == 0, 86400.0, age)",
            "300",
            "1",
            "PT5M",
            null
        },
        { "mode-changed", "\"ereferrals.mode.changes\" | summarize changes = sum(valueSum)", "0", "1", "PT5M", null },
        { "emergency-override", "\"ereferrals.operations.overrides\" | summarize overrides = sum(valueSum)", "0", "1", "PT5M", null },
        { "slow-path", "\"ereferrals.accept_to_visible\" | summarize oldest = max(valueMax)", "60", "2", "PT5M", null },
        { "reconciler-differences", "\"ereferrals.reconciler.differences\" | summarize differences = min(valueMax)", "0", "2", "PT15M", null },
        { "shedding", "\"ereferrals.requests.shed\" | summarize turned_away = sum(valueSum)", "100", "1", "PT10M", null },
        {
            "access-refused",
            "\"ereferrals.storage.refusals\" | extend store = tostring(customDimensions.store) | summarize refused = sum(valueSum) by store",
            "0",
            "2",
            "PT5M",
            "store"
        },
        {
            "failed-work",
            "\"ereferrals.work.failed\" | extend function = tostring(customDimensions.function) | summarize failures = sum(valueSum) by function",
            "0",
            "1",
            "PT15M",
            "function"
        },
        {
            "no-verdicts",
            "extend at = iff(name endswith \"scanned\", timestamp + 2m, timestamp) | order by at desc "
                + "| extend verdicts_since = row_cumsum(iff(name endswith \"scanned\", valueSum, 0.0)) "
                + "| where name endswith \"uploaded\" and verdicts_since == 0.0 and at < ago(30m) | summarize waiting = sum(valueSum)",
            "0",
            "1",
            "PT1H",
            null
        },
    };

    [BicepTheory]
    [MemberData(nameof(Cases))]
    public void An_alert_fires_under_the_conditions_in_the_runbook(
        string name, string query, string threshold, string windows, string window, string? dimension)
    {
        var rule = Deployment.Production.Every(Rules).Single(each => each.PlainName == name);
        var criterion = Assert.Single(rule.List("properties.criteria.allOf"));

        Assert.EndsWith(query, criterion.GetProperty("query").GetString(), StringComparison.Ordinal);
        Assert.Equal((threshold, "GreaterThan"), (criterion.GetProperty("threshold").GetRawText(), criterion.GetProperty("operator").GetString()));
        Assert.Equal(windows, criterion.GetProperty("failingPeriods").GetProperty("minFailingPeriodsToAlert").GetRawText());
        Assert.Equal(window, rule["properties.windowSize"]);
        Assert.Equal(
            dimension is null ? [] : [dimension], criterion.GetProperty("dimensions").EnumerateArray().Select(each => each.GetProperty("name").GetString()!));
    }

    [BicepFact]
    public void Every_alert_on_our_own_instruments_has_a_test_case_and_a_row_in_the_runbook()
    {
        var deployed = Deployment.Production.Every(Rules).Select(rule => rule.PlainName).Order(StringComparer.Ordinal).ToList();
        var rows = Rows().Matches(File.ReadAllText(Path.Combine(Bicep.Infra, "RUNBOOK.md"))).Select(row => row.Groups[1].Value);

        Assert.Equal(deployed, Cases.Select(row => (string)row[0]).Order(StringComparer.Ordinal));
        Assert.Equal(deployed, rows.Order(StringComparer.Ordinal));
    }

    [BicepFact]
    public void No_alert_counts_sampled_requests() =>
        Assert.All(
            Deployment.Production.Every(Rules),
            rule =>
                Assert.StartsWith(
                    "customMetrics | where name ", rule.List("properties.criteria.allOf").Single().GetProperty("query").GetString(), StringComparison.Ordinal));

    [BicepFact]
    public void The_sampling_rate_is_set_and_not_left_to_the_exporter_default() =>
        Assert.Contains(
            "'OTEL_TRACES_SAMPLER', 'microsoft.fixed_percentage', 'OTEL_TRACES_SAMPLER_ARG', '0.1'",
            Deployment.Production.Every("Microsoft.Web/sites/config").Single()["properties"], StringComparison.Ordinal);

    [BicepFact]
    public void A_deployment_without_scanning_has_no_alert_on_missing_verdicts() =>
        Assert.DoesNotContain(
            Deployment.Bare.Every(Rules).Concat(Deployment.Bare.Every("Microsoft.Insights/metricAlerts")),
            alert => alert.PlainName.EndsWith("-verdicts", StringComparison.Ordinal));

    [GeneratedRegex(@"^\| `([\w-]+)` \| [^|`]+ \| [^|]+ \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Rows();
}

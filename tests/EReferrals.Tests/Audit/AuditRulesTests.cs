using EReferrals.Audit;
using EReferrals.Audit.Contents;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Audit;

[Collection(Journey.Name)]
public sealed class AuditRulesTests(SharedApp shared)
{
    public static TheoryData<AuditedAction> Actions => [.. Enum.GetValues<AuditedAction>()];

    [Theory]
    [MemberData(nameof(Actions))]
    public void Every_audited_action_demands_something_of_its_entry(AuditedAction action)
    {
        var missing = AuditRules.Missing(Entry(action));

        Assert.NotEmpty(missing);
        Assert.DoesNotContain("a rule for this action", missing);
    }

    [Fact]
    public async Task An_entry_that_says_too_little_is_not_written_so_that_its_request_is_not_answered()
    {
        var trail = shared.App.Services.GetRequiredService<AuditTrail>();

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => trail.WriteAsync(Entry(AuditedAction.WorklistRead), CancellationToken.None));

        Assert.Contains("lacks user, organisation, role, worklist, version, shown", refused.Message, StringComparison.Ordinal);
    }

    private static AuditEntry Entry(AuditedAction what) => new() { What = what, Function = "Test", CorrelationId = "test", RequestId = "test" };
}

using System.Globalization;
using EReferrals.Local.FunctionsHost.Timers;
using NCrontab;

namespace EReferrals.Local.Tests.Host;

public sealed class NcrontabScheduleTests
{
    [Theory]
    [InlineData("0 */5 * * * *", "2026-11-02T09:00:00Z", "2026-11-02T09:05:00Z")]
    [InlineData("*/15 * * * * *", "2026-11-02T09:00:07Z", "2026-11-02T09:00:15Z")]
    [InlineData("0 30 9 * * *", "2026-11-02T09:30:00Z", "2026-11-03T09:30:00Z")]
    [InlineData("0 0 0 29 2 *", "2026-11-02T09:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 6 * * MON-FRI", "2026-11-06T07:00:00Z", "2026-11-09T06:00:00Z")]
    [InlineData("0 5/20 * * * *", "2026-11-02T09:26:00Z", "2026-11-02T09:45:00Z")]
    [InlineData("0 0 8 * * 1-5", "2026-11-06T09:00:00Z", "2026-11-09T08:00:00Z")]
    [InlineData("0 0 5-3 * * *", "2026-11-02T03:30:00Z", "2026-11-02T04:00:00Z")]
    [InlineData("0 0 6 * * Friday", "2026-11-02T09:00:00Z", "2026-11-06T06:00:00Z")]
    [InlineData("59 59 23 31 DEC *", "2026-11-02T09:00:00Z", "2026-12-31T23:59:59Z")]
    public void The_next_occurrence_is_found(string expression, string after, string next) =>
        Assert.Equal(Instant(next), NcrontabSchedule.Parse(expression).Next(Instant(after)));

    [Fact]
    public void A_date_that_does_not_exist_has_no_occurrence() => Assert.Null(NcrontabSchedule.Parse("0 0 0 30 2 *").Next(Instant("2026-11-02T09:00:00Z")));

    [Theory]
    [InlineData("*/5 * * * *")]
    [InlineData("60 * * * * *")]
    [InlineData("0 0 0 0 * *")]
    [InlineData("0 0 0 * * 7")]
    [InlineData("0 0 0 * * someday")]
    [InlineData("")]
    public void An_invalid_expression_is_rejected(string expression) => Assert.Throws<CrontabException>(() => NcrontabSchedule.Parse(expression));

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}

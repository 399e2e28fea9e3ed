using EReferrals.Attachments;
using EReferrals.Http.Paging;
using EReferrals.Security.Keys;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Attachments;

public sealed class DownloadTicketTests
{
    private const string File = "6c1f1f7e-3c0c-4d5e-9a55-7b6c1d2e3f40";

    private static readonly DatedKey Old = new(new DateOnly(2026, 1, 1), [.. Enumerable.Repeat((byte)1, DatedKey.MinSecret)]);
    private static readonly DatedKey New = new(new DateOnly(2026, 2, 1), [.. Enumerable.Repeat((byte)2, DatedKey.MinSecret)]);

    private readonly FakeTimeProvider _clock = new(Sample.Now);

    [Fact]
    public void A_ticket_is_good_for_its_file_only_and_for_two_minutes()
    {
        var tickets = With(Old);
        var ticket = tickets.Issue(File);

        Assert.True(tickets.IsGood(File, ticket));
        Assert.False(tickets.IsGood("7c1f1f7e-3c0c-4d5e-9a55-7b6c1d2e3f40", ticket));
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.True(tickets.IsGood(File, ticket));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(tickets.IsGood(File, ticket));
    }

    [Fact]
    public void A_ticket_of_an_older_key_is_good_while_the_key_is_listed()
    {
        var ticket = With(Old).Issue(File);

        Assert.True(With(New, Old).IsGood(File, ticket));
        Assert.False(With(New).IsGood(File, ticket));
    }

    private DownloadTickets With(params DatedKey[] newestFirst) => new(new CursorKeys(newestFirst, _clock), _clock);
}

using System.Globalization;
using EReferrals.Http.Paging;

namespace EReferrals.Attachments;

/// <summary>
/// Issues and checks the tickets of short-lived download addresses: a file id and an end, signed as cursors are, with the same keys. A ticket is issued only
/// to a caller who may read the file, and only after that was audited.
/// </summary>
public sealed class DownloadTickets(CursorKeys keys, TimeProvider clock)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(2);

    public string Issue(string attachment)
    {
        var end = (clock.GetUtcNow() + GoodFor).ToUnixTimeSeconds();
        return Signed(attachment).Encode(end.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Whether the ticket is for this file and has not ended.</summary>
    public bool IsGood(string attachment, string ticket) =>
        Signed(attachment).Decode(ticket) is [var end]
        && long.Parse(end, CultureInfo.InvariantCulture) >= clock.GetUtcNow().ToUnixTimeSeconds();

    private Cursor Signed(string attachment) => Cursor.Create(keys, "download", attachment);
}

using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Storage;

namespace EReferrals.Attachments;

/// <summary>
/// Issues and checks the tickets of short-lived download addresses: a file id and an end, signed with a key that all instances share. A ticket is issued
/// only to a caller who may read the file, and only after that was audited.
/// </summary>
public sealed class DownloadTickets(DownloadKeyTable keys, TimeProvider clock)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(2);

    private byte[]? _key;

    public async Task<string> IssueAsync(string attachment, CancellationToken cancellationToken)
    {
        var end = (clock.GetUtcNow() + GoodFor).ToUnixTimeSeconds();
        var signature = Sign(await KeyAsync(cancellationToken), attachment, end);
        return string.Create(CultureInfo.InvariantCulture, $"{end}.{Base64Url.EncodeToString(signature)}");
    }

    /// <summary>Whether the ticket is for this file and has not ended.</summary>
    public async Task<bool> IsGoodAsync(string attachment, string ticket, CancellationToken cancellationToken)
    {
        var dot = ticket.IndexOf('.', StringComparison.Ordinal);
        if (dot < 1 || !long.TryParse(ticket.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var end)) return false;
        if (end < clock.GetUtcNow().ToUnixTimeSeconds() || !Base64Url.IsValid(ticket.AsSpan(dot + 1))) return false;
        var signature = Base64Url.DecodeFromChars(ticket.AsSpan(dot + 1));
        var expected = Sign(await KeyAsync(cancellationToken), attachment, end);
        return CryptographicOperations.FixedTimeEquals(signature, expected);
    }

    private static byte[] Sign(byte[] key, string attachment, long end) =>
        HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{attachment}\n{end}")));

    private async Task<byte[]> KeyAsync(CancellationToken cancellationToken) => _key ??= await keys.ReadOrCreateAsync(cancellationToken);
}

using System.Security.Cryptography;
using System.Text;

namespace EReferrals.Storage.Chains;

/// <summary>
/// The blobs that other processes wrote to one account. A process names them in its own chain, so that it is noticed when everything that another process
/// wrote is removed.
/// </summary>
/// <param name="instance">What the names of this process's own blobs contain.</param>
internal sealed class Neighbours(AuditReader reader, string account, string instance)
{
    /// <summary>How many blobs of an account a process names at once. With 200 processes and 400 blobs, some 50 processes name each blob.</summary>
    internal const int Most = 100;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan FarthestBack = TimeSpan.FromDays(1);

    private DateTimeOffset? _named;
    private DateTimeOffset _looked;

    /// <summary>
    /// The blobs of the hours that this process has not named yet, up to the hour before this one. A new process takes the last hour that has any, because
    /// the service may have been down. No hour is more than a day back.
    /// </summary>
    /// <param name="now">The time in UTC.</param>
    /// <param name="isEnd">Whether the process stops, so that it names the blobs of this hour too.</param>
    public async Task<IReadOnlyList<ListedLine.Blob>> LookAsync(DateTimeOffset now, bool isEnd, CancellationToken cancellationToken)
    {
        var thisHour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        var found = new List<ListedLine.Blob>();
        foreach (var hour in await HoursAsync(thisHour, cancellationToken))
        {
            found.AddRange(await OthersAsync(hour, cancellationToken));
            if (_named is null && found.Count > 0) break;
        }

        if (isEnd) found.AddRange(await OthersAsync(thisHour, cancellationToken));
        _looked = thisHour - Hour;
        return Choose(found, instance);
    }

    /// <summary>What <see cref="LookAsync"/> returned last is stored, so that it need not be named again.</summary>
    public void AreNamed() => _named = _looked;

    /// <summary>At most <see cref="Most"/> of the blobs. Each process chooses others, so that of very many blobs each is named by several processes.</summary>
    internal static IReadOnlyList<ListedLine.Blob> Choose(IReadOnlyList<ListedLine.Blob> blobs, string instance) => blobs.Count <= Most
        ? blobs
        : [.. blobs.OrderBy(blob => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(instance + blob.Name))), StringComparer.Ordinal).Take(Most)];

    // The newest first.
    private async Task<IEnumerable<DateTimeOffset>> HoursAsync(DateTimeOffset thisHour, CancellationToken cancellationToken)
    {
        if (_named >= thisHour - Hour) return [];
        // A process that writes in every hour needs no list of the hours.
        if (_named == thisHour - (2 * Hour)) return [thisHour - Hour];
        var first = thisHour - FarthestBack;
        var hours = await reader.HoursAsync(account, DateOnly.FromDateTime(first.UtcDateTime), cancellationToken);
        hours = [.. hours, .. await reader.HoursAsync(account, DateOnly.FromDateTime(thisHour.UtcDateTime), cancellationToken)];
        return hours.Where(hour => hour >= first && hour < thisHour && (_named is null || hour > _named)).OrderDescending();
    }

    private async Task<IEnumerable<ListedLine.Blob>> OthersAsync(DateTimeOffset hour, CancellationToken cancellationToken)
    {
        var lengths = await reader.LengthsAsync(account, hour, cancellationToken);
        return lengths.Where(blob => !blob.Key.Contains(instance, StringComparison.Ordinal)).Select(blob => new ListedLine.Blob(account, blob.Key, blob.Value));
    }
}

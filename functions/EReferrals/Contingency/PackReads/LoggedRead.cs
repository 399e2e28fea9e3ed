using System.Globalization;
using System.Net;
using System.Web;
using EReferrals.Storage;
using EReferrals.Storage.Blobs;

namespace EReferrals.Contingency.PackReads;

/// <summary>One successful read by a link in the container of packs, as the log of the storage account has it. Pure.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Link">The text by which the entry of the link's issue has it too: the name of the pack, <c>@</c> and the snapshot.</param>
/// <param name="Pack">Null when what was read has not the name of a pack.</param>
/// <param name="Snapshot">The generation that was read; null when the address names none.</param>
/// <param name="Source">The address of the caller, without its port; null when the log has none.</param>
internal sealed record LoggedRead(ReadLogPlace Place, DateTimeOffset At, string Link, PackName? Pack, string? Snapshot, string? Source)
{
    private const string Folder = $"/{Containers.Packs}/";
    private const string SnapshotForm = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    // The longest name of a blob has 1,024 characters. An entry must fit into its batch.
    private const int LongestLink = 200;

    /// <returns>Null for a read of another container.</returns>
    public static LoggedRead? From(ReadLogPlace place, DateTimeOffset at, Uri address, string? caller)
    {
        // As the account reads it: the caller wrote it.
        var path = Uri.UnescapeDataString(address.AbsolutePath);
        if (!path.StartsWith(Folder, StringComparison.Ordinal)) return null;
        var name = path[Folder.Length..];
        var snapshot = HttpUtility.ParseQueryString(address.Query)["snapshot"];
        var link = snapshot is null ? name : $"{name}@{snapshot}";
        return new LoggedRead(
            place, at, link.Length <= LongestLink ? link : link[..LongestLink], PackName.Parse(name), IsSnapshot(snapshot) ? snapshot : null, SourceOf(caller));
    }

    private static bool IsSnapshot(string? text) =>
        DateTimeOffset.TryParseExact(text, SnapshotForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);

    private static string? SourceOf(string? caller) => IPEndPoint.TryParse(caller ?? "", out var from) ? from.Address.ToString() : null;
}

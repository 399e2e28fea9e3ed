namespace EReferrals.Storage.Blobs;

/// <param name="LastWritten">Null when there is none.</param>
public sealed record SnapshotCount(int? Lists, DateTimeOffset? LastWritten)
{
    public static SnapshotCount Unknown { get; } = new(null, null);
}

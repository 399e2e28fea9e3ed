using System.Globalization;

namespace EReferrals.Benchmarks;

/// <summary>One request of the app to a storage account.</summary>
/// <param name="Work">The function that made the request, by the name of its activity; empty for background work.</param>
/// <param name="Run">The invocation of the function.</param>
/// <param name="Subject">The partition of a table, or a container and a blob; empty when the address does not contain it.</param>
internal sealed record StorageCall(string Work, string Run, StorageCallKind Kind, string Subject, long Sent, long Received)
{
    public const string SubmissionWork = "process referral-submitted";
    public const string ListWork = "process worklist-changes";
    public const string PollWork = "GetWorklistFunction";
    public const string SnapshotWork = "process worklist-snapshots";

    public long Bytes => Sent + Received;

    /// <summary>Whether the call is part of bringing a referral onto its lists.</summary>
    public bool IsOfFlow => Work is SubmissionWork or ListWork;

    public bool IsAudit => Subject.StartsWith("audit/", StringComparison.Ordinal);

    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{Work}\t{Run}\t{Kind}\t{Subject}\t{Sent}\t{Received}\n");

    public static StorageCall Parse(string line)
    {
        var parts = line.Split('\t');
        return new StorageCall(
            parts[0], parts[1], Enum.Parse<StorageCallKind>(parts[2]), parts[3],
            long.Parse(parts[4], CultureInfo.InvariantCulture), long.Parse(parts[5], CultureInfo.InvariantCulture));
    }
}

internal enum StorageCallKind
{
    PointRead,
    Query,
    Write,
    Transaction,
    BlobAppend,
    BlobRead,
    BlobWrite,
}

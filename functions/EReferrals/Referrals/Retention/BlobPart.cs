namespace EReferrals.Referrals.Retention;

public enum BlobPart
{
    /// <summary>The blob as it is now.</summary>
    BaseBlob,

    /// <summary>Previous versions of the blob.</summary>
    Version,

    /// <summary>Snapshots of the blob.</summary>
    Snapshot,
}

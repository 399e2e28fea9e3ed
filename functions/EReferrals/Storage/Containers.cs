namespace EReferrals.Storage;

/// <summary>The names of the blob containers.</summary>
public static class Containers
{
    /// <summary>Records account: one blob an attachment, named by its id.</summary>
    public const string Attachments = "attachments";

    /// <summary>The audit account and its reserve: append blobs of the audit trail.</summary>
    public const string Audit = "audit";

    /// <summary>Contingency account: the bodies of dead letters.</summary>
    public const string Quarantine = "quarantine";

    /// <summary>Contingency account: the small documents that all instances share.</summary>
    public const string Operations = "operations";

    /// <summary>Contingency account: snapshots of every worklist as JSON, CSV and a printable page.</summary>
    public const string Snapshots = "snapshots";

    /// <summary>Contingency account: the contingency packs for use during an outage, one zip for each side of an organisation.</summary>
    public const string Packs = "packs";

    /// <summary>Contingency account: the UBRNs that the reconciler has yet to check.</summary>
    public const string Ledger = "ledger";
}

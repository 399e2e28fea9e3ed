namespace EReferrals.Contingency.PackReads;

/// <summary>
/// A place in the log of the storage account: its rows in the order in which Azure Monitor stored them, and those stored at one instant by their reference.
/// They arrive late and not in the order of the reads.
/// </summary>
/// <param name="Ingested">When Azure Monitor stored the row.</param>
/// <param name="Reference">The request id that the storage account gave to the read. Empty before the first row of an instant.</param>
internal sealed record ReadLogPlace(DateTimeOffset Ingested, Guid Reference)
{
    public bool IsAfter(ReadLogPlace other) =>
        Ingested > other.Ingested
        || (Ingested == other.Ingested && string.CompareOrdinal(Reference.ToString("D"), other.Reference.ToString("D")) > 0);
}

namespace EReferrals.Storage.Chains;

/// <summary>A line of a blob of the audit trail.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Bytes">UTF-8, without the line feed.</param>
/// <param name="IsComplete">False for the last line of a blob that does not end with a line feed.</param>
public readonly record struct AuditLine(int Number, ReadOnlyMemory<byte> Bytes, bool IsComplete)
{
    /// <summary>Whether the line is an audit entry, rather than a line of the chain.</summary>
    public bool IsEntry => !Chain.IsOfChain(Bytes.Span);
}

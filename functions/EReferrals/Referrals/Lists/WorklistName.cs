using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>The name of one organisation's worklist. Its text, such as <c>R69:REFERRALS_FOR_REVIEW</c>, is the partition key of the worklist.</summary>
public readonly record struct WorklistName(string Organisation, Worklist List)
{
    public override string ToString() => $"{Organisation}:{Code.From(List)}";

    /// <exception cref="FormatException">The text is not an organisation, a colon and a worklist code.</exception>
    public static WorklistName Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && Code.TryParse<Worklist>(text[(colon + 1)..], out var list)
            ? new WorklistName(text[..colon], list)
            : throw new FormatException("The name of a worklist must be ORGANISATION:LIST.");
    }
}

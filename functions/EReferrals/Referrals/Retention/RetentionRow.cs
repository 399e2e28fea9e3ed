namespace EReferrals.Referrals.Retention;

/// <summary>One kind of data: how long it is kept, why, and what deletes it.</summary>
/// <param name="Days">The default; null when the kind has no period of its own, which <see cref="Meaning"/> explains.</param>
/// <param name="Meaning">From when the days count, or what the kind depends on.</param>
public sealed record RetentionRow(RetentionKind Kind, int? Days, RetentionDeleter Deleter, string Meaning)
{
    /// <summary>The setting that overrides the days, below <c>Retention__</c>; null when no setting does.</summary>
    public string? Setting { get; init; }

    /// <summary>The shortest period that the setting may give.</summary>
    public int Least { get; init; }

    /// <summary>The longest period that the setting may give.</summary>
    public int Most { get; init; }

    /// <summary>The rule that demands the period; null when there is none. The setting can then not shorten it.</summary>
    public string? LegalGround { get; init; }

    /// <summary>The blob container that holds the data, or a part of it; null when it is in tables only.</summary>
    public string? Container { get; init; }

    /// <summary>What of a blob the period is for.</summary>
    public BlobPart Part { get; init; }
}

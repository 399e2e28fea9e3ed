using EReferrals.Referrals.Retention;

namespace EReferrals.Retention.Sweeping;

/// <summary>How far the present pass of the sweeper is, and what the last one found.</summary>
/// <param name="Worker">The run that works on it; null when none does.</param>
/// <param name="Until">Until when no other run may take over.</param>
public sealed record SweepProgress(string? Worker, DateTimeOffset Until, SweepPass? Pass, SweepPass? Last)
{
    /// <summary>The value before the first run.</summary>
    public static SweepProgress None { get; } = new(null, default, null, null);
}

/// <summary>One pass over everything.</summary>
/// <param name="Part">Null when the pass is finished.</param>
/// <param name="Place">Where the part goes on; null at its start.</param>
public sealed record SweepPass(
    int Number, SweepMode Mode, DateTimeOffset Started, DateTimeOffset? Finished, SweepPart? Part, string? Place, IReadOnlyList<SweptKind> Kinds)
{
    private const int Examples = 10;

    internal SweepPass With(SweepPart? part, string? place, IEnumerable<SweepFinding> found, DateTimeOffset? finished = null)
    {
        var kinds = Kinds.ToDictionary(kind => kind.Kind);
        foreach (var finding in found)
        {
            var kind = kinds.GetValueOrDefault(finding.Kind) ?? new SweptKind(finding.Kind, 0, 0, []);
            kinds[finding.Kind] = kind with
            {
                Due = kind.Due + 1,
                Deleted = kind.Deleted + (finding.IsDeleted ? 1 : 0),
                Examples = kind.Examples.Count < Examples ? [.. kind.Examples, finding.Example] : kind.Examples,
            };
        }

        return this with { Part = part, Place = place, Kinds = [.. kinds.Values.OrderBy(kind => kind.Kind)], Finished = finished };
    }
}

/// <param name="Due">How many were due.</param>
/// <param name="Deleted">How many of them were deleted.</param>
/// <param name="Examples">Identifiers of some of them.</param>
public sealed record SweptKind(RetentionKind Kind, long Due, long Deleted, IReadOnlyList<string> Examples);

using System.Text.Json.Serialization;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Retention;

/// <summary>
/// What stays in the place of a deleted referral, so that its number is never used again and a half-done deletion can be finished. It has no patient data.
/// </summary>
public sealed record Tombstone
{
    public required Ubrn Ubrn { get; init; }

    public required Removal Why { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The last version of the referral.</summary>
    public required int Version { get; init; }

    /// <summary>The present and the past organisations of the referral: they may know that it existed.</summary>
    public IReadOnlyList<string> Referrers { get; init; } = [];

    public IReadOnlyList<string> Providers { get; init; } = [];

    /// <summary>Who changed the referral, and so saw the patient. Empty for a deletion by a release that did not keep it.</summary>
    public IReadOnlyList<PastChange> Changes { get; init; } = [];

    /// <summary>The referral of which this number became a part; null for a referral's own number.</summary>
    public Ubrn? First { get; init; }

    /// <summary>The operator who erased the referral; null when the sweeper deleted it.</summary>
    public string? By { get; init; }

    public string? Reason { get; init; }

    /// <summary>The files to delete. Empty when the deletion is finished.</summary>
    public IReadOnlyList<string> Attachments { get; init; } = [];

    /// <summary>
    /// Every file that the referral had, so that the audit trail can be searched for reads before the file was linked. Empty for a deletion by a release that
    /// did not keep it.
    /// </summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The rows in the index of possible duplicates to clean. Empty when the deletion is finished.</summary>
    public IReadOnlyList<PatientAtService> Places { get; init; } = [];

    /// <summary>
    /// The version of each list when the referral was off it, by the name of the list: a copy of an earlier version may show an erased referral. Null before.
    /// </summary>
    public IReadOnlyDictionary<string, long>? ListVersions { get; init; }

    /// <summary>Nothing of the referral is left, except traces on worklists that recognise late changes of an erased one.</summary>
    public bool IsFinished { get; init; }

    /// <summary>Every list that the referral can ever have been on.</summary>
    [JsonIgnore]
    public IEnumerable<WorklistName> Lists =>
        Referrers.SelectMany(WorklistRules.ListsOfReferrer).Concat(Providers.SelectMany(WorklistRules.ListsOfProvider)).Distinct();

    public bool IsKnownTo(string organisation) => Referrers.Contains(organisation) || Providers.Contains(organisation);

    /// <summary>The ids of the files that the versions have, or had as letters before.</summary>
    public static IReadOnlyList<string> FilesOf(IReadOnlyList<Referral> versions) =>
        [.. versions.SelectMany(version => version.Attachments.Select(file => file.Id).Concat(version.FormerLetters)).Distinct()];

    /// <param name="versions">The present referral first, then every former version that is stored.</param>
    public static Tombstone From(IReadOnlyList<Referral> versions, Removal why, DateTimeOffset at)
    {
        var (referral, files) = (versions[0], FilesOf(versions));
        return new Tombstone
        {
            Ubrn = referral.Ubrn,
            Why = why,
            At = at,
            Version = referral.Version,
            Referrers = [.. referral.PastReferrers.Append(referral.Referrer.Organisation).Distinct()],
            Providers = [.. referral.PastProviders.Append(referral.Service.Provider).OfType<string>().Distinct()],
            Attachments = files,
            Files = files,
            Places = [.. versions.Select(PatientAtService.From).Distinct()],
        };
    }
}

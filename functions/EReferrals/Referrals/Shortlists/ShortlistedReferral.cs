using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Shortlists;

/// <summary>A new referral with a shortlist, of which no service is used yet. The referrer books with one of them, or sends it to one, later.</summary>
public sealed record ShortlistedReferral
{
    public required Patient Patient { get; init; }

    public required SearchCriteria Criteria { get; init; }

    public required IReadOnlyList<NamedService> Services { get; init; }

    public required LetterIntention LetterIntention { get; init; }

    /// <summary>After how many days the patient is reminded; 0 for never.</summary>
    public required int ReminderDays { get; init; }

    public DateTimeOffset? PathwayStart { get; init; }

    public required Referrer Referrer { get; init; }

    public required Actor By { get; init; }

    public required string CorrelationId { get; init; }
}

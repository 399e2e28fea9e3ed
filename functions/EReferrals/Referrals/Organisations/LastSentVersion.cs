namespace EReferrals.Referrals.Organisations;

/// <summary>The last version of a referral that an organisation was sent: the version that it had when the referral left the organisation.</summary>
public sealed record LastSentVersion(string Organisation, int Version)
{
    /// <summary>Returns the list with the newer of the stored and the given version of an organisation. The order of the others does not change.</summary>
    public static IReadOnlyList<LastSentVersion> Noted(IReadOnlyList<LastSentVersion> noted, string organisation, int version) =>
        Of(noted, organisation) is not { } known ? [.. noted, new LastSentVersion(organisation, version)]
        : known >= version ? noted
        : [.. noted.Select(one => one.Organisation == organisation ? one with { Version = version } : one)];

    /// <summary>Returns the version of an organisation; null when none is known.</summary>
    public static int? Of(IReadOnlyList<LastSentVersion> noted, string organisation) =>
        noted.FirstOrDefault(one => one.Organisation == organisation)?.Version;
}

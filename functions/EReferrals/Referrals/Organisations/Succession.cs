namespace EReferrals.Referrals.Organisations;

/// <summary>A permanent transfer of an organisation, or of some of its services, to another organisation.</summary>
/// <param name="Id">The id of the transfer.</param>
/// <param name="Services">The transferred services; null for the whole organisation, as provider and as referrer.</param>
/// <param name="Why">The operator's reason, as free text.</param>
/// <param name="By">The operator.</param>
/// <param name="At">When the operator requested it.</param>
/// <param name="IsRunning">True while the transfer is in progress.</param>
public sealed record Succession(
    string Id, string From, string To, IReadOnlyList<string>? Services, string Why, Actor By, DateTimeOffset At, bool IsRunning)
{
    /// <summary>Whether a request asks for this same transfer, whoever sends it and for whatever reason.</summary>
    public bool IsSame(string from, string to, IReadOnlyList<string>? services) =>
        (From, To) == (from, to) && (Services is null ? services is null : services is not null && Services.ToHashSet().SetEquals(services));

    /// <summary>Whether a request transfers something of the same predecessor that this transfer includes.</summary>
    public bool Overlaps(string from, IReadOnlyList<string>? services) =>
        From == from && (Services is null || services is null || Services.Intersect(services).Any());

    /// <summary>Whether this transfer includes the referral, or included it when the predecessor had it.</summary>
    public bool Concerns(Referral referral)
    {
        var isProviders = referral.Service.Provider == From || referral.PastProviders.Contains(From);
        return Services is null
            ? isProviders || referral.Referrer.Organisation == From || referral.PastReferrers.Contains(From)
            : isProviders && Services.Contains(referral.Service.Id);
    }
}

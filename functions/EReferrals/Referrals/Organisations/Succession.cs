namespace EReferrals.Referrals.Organisations;

/// <summary>An organisation, or some of its services, were handed over to another for good.</summary>
/// <param name="Id">Of the transfer.</param>
/// <param name="Services">The services that were handed over; null for everything that the predecessor had, as provider and as referrer.</param>
/// <param name="Why">Free text of the operator.</param>
/// <param name="By">The operator.</param>
/// <param name="At">When it was ordered.</param>
/// <param name="IsRunning">Not everything has moved yet.</param>
public sealed record Succession(
    string Id, string From, string To, IReadOnlyList<string>? Services, string Why, Actor By, DateTimeOffset At, bool IsRunning)
{
    /// <summary>Whether another order is the same, whoever gives it and why.</summary>
    public bool IsSame(string from, string to, IReadOnlyList<string>? services) =>
        (From, To) == (from, to) && (Services is null ? services is null : services is not null && Services.ToHashSet().SetEquals(services));

    /// <summary>Whether both hand over the same thing of one predecessor.</summary>
    public bool Overlaps(string from, IReadOnlyList<string>? services) =>
        From == from && (Services is null || services is null || Services.Intersect(services).Any());

    /// <summary>Whether the referral is, or was, the predecessor's, as far as this hands it over.</summary>
    public bool Concerns(Referral referral)
    {
        var isProviders = referral.Service.Provider == From || referral.PastProviders.Contains(From);
        return Services is null
            ? isProviders || referral.Referrer.Organisation == From || referral.PastReferrers.Contains(From)
            : isProviders && Services.Contains(referral.Service.Id);
    }
}

using System.Diagnostics.CodeAnalysis;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;

namespace EReferrals.Referrals.Organisations;

/// <summary>
/// All transfers that operators requested, oldest first, and what follows from them. A transfer is permanent: whatever still names a predecessor
/// belongs to its successor, however late it arrives. Transfers of whole organisations never form a cycle (<see cref="WhyNot"/> prevents it).
/// </summary>
public sealed class Successions(IReadOnlyList<Succession> all)
{
    private readonly Dictionary<string, Succession> _wholeByFrom =
        all.Where(succession => succession.Services is null).DistinctBy(succession => succession.From).ToDictionary(succession => succession.From);

    public static Successions None { get; } = new([]);

    public IReadOnlyList<Succession> All => all;

    /// <summary>The present successor of an organisation; the organisation itself when it was not transferred as a whole.</summary>
    public string CurrentOf(string organisation)
    {
        while (_wholeByFrom.TryGetValue(organisation, out var next)) organisation = next.To;
        return organisation;
    }

    /// <summary>The present provider of a service whose provider was <paramref name="provider"/>.</summary>
    public string ProviderOf(string provider, string service)
    {
        var present = CurrentOf(provider);
        var ofService = all.Where(one => one.Services?.Contains(service) == true).ToArray();
        return ofService.Any(one => one.From == provider || one.From == present || one.To == present) ? CurrentOf(ofService[^1].To) : present;
    }

    public Service Apply(Service service) =>
        ProviderOf(service.Provider, service.Id) is var provider && provider == service.Provider ? service : service with { Provider = provider };

    /// <summary>
    /// The attachment with its present owner: the successor of the organisation that uploaded it, or that organisation. Null when
    /// <paramref name="attachment"/> is null.
    /// </summary>
    [return: NotNullIfNotNull(nameof(attachment))]
    public Attachment? Apply(Attachment? attachment)
    {
        if (attachment is null) return null;
        var owner = CurrentOf(attachment.UploadedBy.Organisation);
        return owner == attachment.UploadedBy.Organisation
            ? attachment
            : attachment with { UploadedBy = attachment.UploadedBy with { Organisation = owner } };
    }

    /// <summary>All transfers, with <see cref="Succession.IsRunning"/> of one of them changed; null when it already has that value.</summary>
    public IReadOnlyList<Succession>? With(string id, bool isRunning) => all.Any(one => one.Id == id && one.IsRunning != isRunning)
        ? [.. all.Select(one => one.Id == id ? one with { IsRunning = isRunning } : one)]
        : null;

    /// <summary>The organisations that this one has succeeded.</summary>
    public IReadOnlyList<string> Before(string organisation) =>
        [.. all
            .Where(succession => succession.Services is null && succession.From != organisation && CurrentOf(succession.From) == organisation)
            .Select(succession => succession.From)
            .Distinct()];

    /// <summary>Whether an entry of this worklist now belongs to another organisation.</summary>
    public bool IsHandedOver(WorklistName worklist, WorklistEntry entry) => worklist.Organisation != (WorklistRules.ProviderLists.Contains(worklist.List)
        ? ProviderOf(worklist.Organisation, entry.Service.Id)
        : CurrentOf(worklist.Organisation));

    /// <summary>
    /// Returns the referral with the successors of its organisations, the transfer that caused the change, and the organisations concerned; null
    /// when none of its organisations was succeeded. The predecessors may still read it, and so may the successors of former providers.
    /// </summary>
    public (Referral After, Succession Of, HandedOver What)? Move(Referral referral)
    {
        var referrer = CurrentOf(referral.Referrer.Organisation);
        var provider = referral.Service.Provider is { } named ? ProviderOf(named, referral.Service.Id) : null;
        var after = referral with
        {
            Referrer = referral.Referrer with { Organisation = referrer },
            PastReferrers = Succeeded(referral.PastReferrers, referral.Referrer.Organisation, referrer),
            Service = referral.Service with { Provider = provider },
            PastProviders = Succeeded(referral.PastProviders, referral.Service.Provider, provider),
            LastSent = SentToSuccessors(referral, provider),
            PatientUnseenBy = [.. referral.PatientUnseenBy
                .SelectMany(one => one == referral.Service.Provider ? [one, provider!] : new[] { one, CurrentOf(one) })
                .Distinct()],
        };
        if (referral.Referrer.Organisation is var oldReferrer && referrer != oldReferrer)
        {
            return (after, _wholeByFrom[oldReferrer], new HandedOver(oldReferrer, referrer));
        }

        if (referral.Service.Provider is { } oldProvider && provider != oldProvider)
        {
            return (after, FirstOf(oldProvider, referral.Service.Id), new HandedOver(oldProvider, provider!));
        }
        var past = NotSucceeded(referral.PastProviders, provider)
            ?? NotSucceeded(referral.LastSent, provider)
            ?? NotSucceeded(referral.PastReferrers, referrer);
        return past is null ? null : (after, _wholeByFrom[past], new HandedOver(past, CurrentOf(past)));
    }

    /// <summary>Returns why an organisation cannot be transferred to another; null when it can. Considers only earlier transfers.</summary>
    public SuccessionConflict? WhyNot(string from, string to, IReadOnlyList<string>? services)
    {
        if (CurrentOf(from) != from) return new SuccessionConflict($"{from} has already been transferred to {_wholeByFrom[from].To} as a whole.");
        if (CurrentOf(to) != to) return new SuccessionConflict($"{to} has already been transferred to {_wholeByFrom[to].To} as a whole.");
        if (all.FirstOrDefault(one => one.IsRunning && one.Overlaps(from, services)) is { } other)
        {
            return new SuccessionConflict($"A transfer of {from} to {other.To} is running ({other.Id}).");
        }

        return all.FirstOrDefault(one => one.IsRunning && (one.To == from || one.From == to)) is { } near
            ? new SuccessionConflict($"A transfer of {near.From} to {near.To} is running ({near.Id}). Request this transfer again when that one has finished.")
            : null;
    }

    /// <summary>The earlier transfer that a new request repeats; null when there is none, or when a later transfer has replaced it.</summary>
    public Succession? Same(string from, string to, IReadOnlyList<string>? services)
    {
        var latest = all.LastOrDefault(one => one.IsSame(from, to, services));
        if (latest?.Services is not { } latestServices) return latest;
        var isReplaced = all.SkipWhile(one => one != latest).Skip(1).Any(later => later.Services?.Intersect(latestServices).Any() == true);
        return isReplaced ? null : latest;
    }

    private Succession FirstOf(string provider, string service) =>
        _wholeByFrom.TryGetValue(provider, out var whole) && ProviderOf(provider, service) == CurrentOf(provider)
        ? whole
        : all.LastOrDefault(one => one.From == provider && one.Services?.Contains(service) == true)
            ?? all.Last(one => one.Services?.Contains(service) == true);

    // Keeps the order, so that applying it again changes nothing.
    private string[] Succeeded(IReadOnlyList<string> past, string? before, string? present)
    {
        var now = new List<string>(past);
        if (before is not null && before != present) now.Add(before);
        now.AddRange(now.Select(CurrentOf).Where(one => one != present).ToArray());
        return [.. now.Distinct()];
    }

    // A successor reads what its predecessor was sent, and a predecessor keeps what it had at the transfer.
    private IReadOnlyList<LastSentVersion> SentToSuccessors(Referral referral, string? present)
    {
        var noted = referral.Service.Provider is { } before && before != present
            ? LastSentVersion.Noted(referral.LastSent, before, referral.Version)
            : referral.LastSent;
        foreach (var one in noted.ToArray())
        {
            var successor = CurrentOf(one.Organisation);
            if (successor != one.Organisation && successor != present) noted = LastSentVersion.Noted(noted, successor, one.Version);
        }

        return noted;
    }

    private string? NotSucceeded(IReadOnlyList<LastSentVersion> noted, string? present) => noted.FirstOrDefault(one =>
        CurrentOf(one.Organisation) is var successor
        && successor != one.Organisation
        && successor != present
        && (LastSentVersion.Of(noted, successor) ?? 0) < one.Version)?.Organisation;

    private string? NotSucceeded(IReadOnlyList<string> past, string? present) =>
        past.FirstOrDefault(one => CurrentOf(one) is var successor && successor != one && successor != present && !past.Contains(successor));
}

/// <summary>Why a transfer is refused.</summary>
/// <param name="Text">Text for the operator.</param>
public sealed record SuccessionConflict(string Text);

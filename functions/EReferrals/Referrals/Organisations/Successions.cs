using System.Diagnostics.CodeAnalysis;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;

namespace EReferrals.Referrals.Organisations;

/// <summary>
/// All handing-over that operators ordered, oldest first, and what follows of it. It holds for good: what still names a predecessor, whenever it
/// comes, is the successor's. Whole organisations never stand in a circle (<see cref="WhyNot"/>).
/// </summary>
public sealed class Successions(IReadOnlyList<Succession> all)
{
    private readonly Dictionary<string, Succession> _whole =
        all.Where(one => one.Services is null).DistinctBy(one => one.From).ToDictionary(one => one.From);

    public static Successions None { get; } = new([]);

    public IReadOnlyList<Succession> All => all;

    /// <summary>Who stands in the place of an organisation now: itself, unless all that it had was handed over.</summary>
    public string CurrentOf(string organisation)
    {
        while (_whole.TryGetValue(organisation, out var next)) organisation = next.To;
        return organisation;
    }

    /// <summary>Who provides a service that somebody knows as this provider's.</summary>
    public string ProviderOf(string provider, string service)
    {
        var present = CurrentOf(provider);
        var ofService = all.Where(one => one.Services?.Contains(service) == true).ToArray();
        return ofService.Any(one => one.From == provider || one.From == present || one.To == present) ? CurrentOf(ofService[^1].To) : present;
    }

    public Service Apply(Service service) =>
        ProviderOf(service.Provider, service.Id) is var provider && provider == service.Provider ? service : service with { Provider = provider };

    /// <summary>The same file as its owner's, which may have succeeded the one that uploaded it.</summary>
    [return: NotNullIfNotNull(nameof(attachment))]
    public Attachment? Apply(Attachment? attachment) => attachment is null || (CurrentOf(attachment.UploadedBy.Organisation) is var owner && owner == attachment.UploadedBy.Organisation)
        ? attachment
        : attachment with { UploadedBy = attachment.UploadedBy with { Organisation = owner } };

    /// <summary>All of them, with one that runs or runs no more; null when that is no news.</summary>
    public IReadOnlyList<Succession>? With(string id, bool isRunning) => all.Any(one => one.Id == id && one.IsRunning != isRunning)
        ? [.. all.Select(one => one.Id == id ? one with { IsRunning = isRunning } : one)]
        : null;

    /// <summary>The organisations in whose place this one stands.</summary>
    public IReadOnlyList<string> Before(string organisation) =>
        [.. all.Where(one => one.Services is null && one.From != organisation && CurrentOf(one.From) == organisation).Select(one => one.From).Distinct()];

    /// <summary>Whether an entry of this list belongs on the list of another organisation.</summary>
    public bool IsHandedOver(WorklistName worklist, WorklistEntry entry) => worklist.Organisation != (WorklistRules.ProviderLists.Contains(worklist.List)
        ? ProviderOf(worklist.Organisation, entry.Service.Id)
        : CurrentOf(worklist.Organisation));

    /// <summary>
    /// The referral as its successors have it, and what made the change; null when it names nobody who was succeeded. The predecessors go on reading it,
    /// and whoever could read it as its former provider is succeeded in that too.
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
        };
        if (referrer != referral.Referrer.Organisation) return (after, _whole[referral.Referrer.Organisation], new HandedOver(referral.Referrer.Organisation, referrer));
        if (referral.Service.Provider is { } before && provider != before) return (after, FirstOf(before, referral.Service.Id), new HandedOver(before, provider!));
        var past = NotSucceeded(referral.PastProviders, provider) ?? NotSucceeded(referral.PastReferrers, referrer);
        return past is null ? null : (after, _whole[past], new HandedOver(past, CurrentOf(past)));
    }

    /// <summary>Why an organisation cannot be handed over to another; null when it can. Looks at nothing but what was ordered before.</summary>
    public SuccessionConflict? WhyNot(string from, string to, IReadOnlyList<string>? services)
    {
        if (CurrentOf(from) != from) return new SuccessionConflict($"Everything of {from} was transferred to {_whole[from].To} before.");
        if (CurrentOf(to) != to) return new SuccessionConflict($"Everything of {to} was transferred to {_whole[to].To} before.");
        if (all.FirstOrDefault(one => one.IsRunning && one.Overlaps(from, services)) is { } other)
        {
            return new SuccessionConflict($"A transfer of {from} to {other.To} is running ({other.Id}).");
        }

        return all.FirstOrDefault(one => one.IsRunning && (one.To == from || one.From == to)) is { } near
            ? new SuccessionConflict($"A transfer of {near.From} to {near.To} is running ({near.Id}). Order this one when that is done.")
            : null;
    }

    /// <summary>The order that a new one repeats; null when it is not the same as one that nothing has outdone since.</summary>
    public Succession? Same(string from, string to, IReadOnlyList<string>? services)
    {
        var latest = all.LastOrDefault(one => one.IsSame(from, to, services));
        if (latest?.Services is not { } its) return latest;
        return all.SkipWhile(one => one != latest).Skip(1).Any(later => later.Services?.Intersect(its).Any() == true) ? null : latest;
    }

    private Succession FirstOf(string provider, string service) => _whole.TryGetValue(provider, out var whole) && ProviderOf(provider, service) == CurrentOf(provider)
        ? whole
        : all.LastOrDefault(one => one.From == provider && one.Services?.Contains(service) == true)
            ?? all.Last(one => one.Services?.Contains(service) == true);

    // The order is kept, so that doing it again changes nothing.
    private string[] Succeeded(IReadOnlyList<string> past, string? before, string? present)
    {
        var now = new List<string>(past);
        if (before is not null && before != present) now.Add(before);
        now.AddRange(now.Select(CurrentOf).Where(one => one != present).ToArray());
        return [.. now.Distinct()];
    }

    private string? NotSucceeded(IReadOnlyList<string> past, string? present) =>
        past.FirstOrDefault(one => CurrentOf(one) is var successor && successor != one && successor != present && !past.Contains(successor));
}

/// <summary>For the operator.</summary>
public sealed record SuccessionConflict(string Text);

/// <summary>From whom a referral went to whom when organisations were succeeded.</summary>
public sealed record HandedOver(string From, string To);

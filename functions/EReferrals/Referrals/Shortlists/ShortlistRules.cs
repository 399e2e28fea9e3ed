using System.Globalization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Shortlists;

/// <summary>Decides which services a referrer may put on a shortlist.</summary>
public static class ShortlistRules
{
    public const int MostServices = 20;

    /// <summary>Returns a refusal for each service that may not be on the list; empty when there is none.</summary>
    public static IReadOnlyList<Refusal> Faults(IReadOnlyList<NamedService> services, Priority priority, string referrer)
    {
        if (services.Count is 0 or > MostServices)
        {
            var code = services.Count == 0 ? "MISSING_VALUE" : "TOO_MANY_ITEMS";
            return [new Refusal("ShortlistHas1To20Services", code, $"A shortlist must name 1 to {MostServices} services.", "/shortlist")];
        }

        return [.. services.Select((service, at) => WhyNot(services, service, at, priority, referrer)).OfType<Refusal>()];
    }

    /// <summary>Like the overload above, for services that a search with these criteria must have found.</summary>
    public static IReadOnlyList<Refusal> Faults(IReadOnlyList<NamedService> services, SearchCriteria criteria, string referrer)
    {
        var faults = Faults(services, criteria.Priority, referrer).Select(AsNotFound).ToList();
        if (services.Count is 0 or > MostServices) return faults;
        faults.AddRange(services
            .Select((service, at) => (service.Found, Pointer: PointerOf(at)))
            .Where(named => named.Found is { } service && !Suits(service, criteria) && faults.All(fault => fault.Pointer != named.Pointer))
            .Select(named => NotInResults($"Service {named.Found!.Id} does not offer what the search criteria ask for.", named.Pointer)));
        return faults;
    }

    private static Refusal? WhyNot(IReadOnlyList<NamedService> services, NamedService service, int at, Priority priority, string referrer) =>
        services.Take(at).Any(earlier => earlier.Id == service.Id)
            ? new Refusal("ShortlistNamesAServiceOnce", "DUPLICATE_SERVICE", $"Service {service.Id} is named twice.", PointerOf(at))
            : ReferralRules.WhyServiceCannotTake(service.Found, service.Id, priority, referrer) is { } refusal
                ? refusal with { Pointer = PointerOf(at) }
                : null;

    private static bool Suits(Service service, SearchCriteria criteria) =>
        !(criteria.Specialty is { } specialty && specialty != service.Specialty)
        && !(criteria.ClinicType is { } clinic && !ServiceLimits.Offers(service, clinic));

    // A search finds only open services that take the priority.
    private static Refusal AsNotFound(Refusal refusal) => refusal.Code == "INAPPROPRIATE_VALUE" ? NotInResults(refusal.Message, refusal.Pointer) : refusal;

    private static Refusal NotInResults(string message, string pointer) =>
        new("ServiceMustBeInResults", "SHORTLISTED_SERVICE_NOT_IN_RESULTS", message, pointer);

    private static string PointerOf(int at) => string.Create(CultureInfo.InvariantCulture, $"/shortlist/{at}");
}

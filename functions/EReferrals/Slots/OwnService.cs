using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;

namespace EReferrals.Slots;

internal static class OwnService
{
    /// <summary>Returns why the actor may not change the slots of a service; null when the actor's organisation provides it.</summary>
    public static async Task<Problem?> WhyNotOwnAsync(this ServiceDirectory services, string id, Actor actor, CancellationToken cancellationToken) =>
        (await services.OwnAsync(id, actor, cancellationToken)).Problem;

    /// <summary>The service, when the actor's organisation provides it; else why the actor may not change its slots.</summary>
    public static async Task<Result<Service>> OwnAsync(this ServiceDirectory services, string id, Actor actor, CancellationToken cancellationToken)
    {
        // Not from the cache, which may name the provider before a transfer.
        var service = Identifiers.IsServiceId(id) ? await services.FindDefinedNowAsync(id, cancellationToken) : null;
        if (service is null) return SlotProblems.NoService;
        return service.Provider == actor.Organisation
            ? service
            : Forbidden.ToOrganisation(actor, "Only the organisation that provides a service may change its slots.");
    }
}

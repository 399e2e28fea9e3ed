using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Services.Approval;

/// <param name="User">Null for readers who see only what is approved.</param>
/// <param name="Role">A role code, or "system" for a change by the service itself.</param>
internal sealed record ServiceActor(string? User, string Organisation, string Role)
{
    public static ServiceActor? From(Actor? actor) => actor is null
        ? null
        : new ServiceActor(actor.User, actor.Organisation, actor == Actor.System ? "system" : Code.From(actor.Role));
}

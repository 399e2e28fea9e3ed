using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Lifecycle;

/// <param name="Role">A role code, or "system" for a change by the service itself.</param>
internal sealed record ActorView(string User, string Organisation, string Role, string? OnBehalfOf)
{
    public static ActorView From(Actor actor) => new(
        actor.User, actor.Organisation, actor == Actor.System ? "system" : Code.From(actor.Role), actor.OnBehalfOf);
}

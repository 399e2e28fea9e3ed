using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Audit;

public static class AuditContextExtensions
{
    /// <summary>
    /// An audit entry with the caller of this function. Add what the action concerns by <c>with { Ubrn = ... }</c>, and write the entry before responding.
    /// </summary>
    public static AuditEntry Audited(this FunctionContext context, AuditedAction what) => AuditEntry.From(context, what).By(context.Actor());

    internal static AuditEntry By(this AuditEntry entry, Actor actor) => entry with
    {
        User = actor.User,
        Organisation = actor.Organisation,
        Role = Code.From(actor.Role),
        OnBehalfOf = actor.OnBehalfOf,
    };
}

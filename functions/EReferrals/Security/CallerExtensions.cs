using EReferrals.Referrals.Organisations;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Security;

public static class CallerExtensions
{
    private const string Item = "ereferrals:actor";

    /// <summary>The caller of this function.</summary>
    /// <exception cref="KeyNotFoundException">The function is anonymous, so it has no caller.</exception>
    public static Actor Actor(this FunctionContext context) => (Actor)context.Items[Item];

    internal static void SetActor(this FunctionContext context, Actor actor) => context.Items[Item] = actor;
}

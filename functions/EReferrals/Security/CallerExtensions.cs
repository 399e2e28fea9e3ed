using EReferrals.Referrals.Organisations;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Security;

public static class CallerExtensions
{
    private const string Item = "ereferrals:actor";

    /// <summary>Who calls. Throws in an anonymous function, which has no caller.</summary>
    public static Actor Actor(this FunctionContext context) => (Actor)context.Items[Item];

    internal static void SetActor(this FunctionContext context, Actor actor) => context.Items[Item] = actor;
}

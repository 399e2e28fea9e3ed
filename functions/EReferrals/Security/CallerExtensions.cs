using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Security;

public static class CallerExtensions
{
    private const string Item = "ereferrals:actor";
    private const string CallerItem = "ereferrals:caller";
    private const string RefusedItem = "ereferrals:refused";
    private const string ReferralItem = "ereferrals:referral";

    /// <summary>The caller of this function.</summary>
    /// <exception cref="KeyNotFoundException">The function is anonymous, so it has no caller.</exception>
    public static Actor Actor(this FunctionContext context) => (Actor)context.Items[Item];

    /// <summary>The token of the caller, with all its organisations and roles.</summary>
    internal static Caller Caller(this FunctionContext context) => (Caller)context.Items[CallerItem];

    /// <summary>Says that the response, whatever its status, refuses the caller, so that it is audited like a 403.</summary>
    internal static void SetRefused(this FunctionContext context) => context.Items[RefusedItem] = true;

    internal static bool IsRefused(this FunctionContext context) => context.Items.ContainsKey(RefusedItem);

    /// <summary>Says which referral the request is about, when the path does not: a refusal is audited with it.</summary>
    internal static void SetReferral(this FunctionContext context, Ubrn ubrn) => context.Items[ReferralItem] = ubrn;

    /// <summary>Null when nothing is known but the path.</summary>
    internal static Ubrn? Referral(this FunctionContext context) => context.Items.TryGetValue(ReferralItem, out var ubrn) ? (Ubrn)ubrn : null;

    internal static void SetCaller(this FunctionContext context, Caller caller) => context.Items[CallerItem] = caller;

    internal static void SetActor(this FunctionContext context, Actor actor) => context.Items[Item] = actor;
}

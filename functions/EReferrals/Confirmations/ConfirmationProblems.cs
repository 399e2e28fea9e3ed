using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;

namespace EReferrals.Confirmations;

internal static class ConfirmationProblems
{
    public static Problem Unknown { get; } = Problem.NotFound("There is no confirmation with this id.");

    public static Problem Closed(Confirmation? one) => Problem.Conflict(
        "confirmation-closed",
        "The confirmation is closed",
        one is { State: ConfirmationState.Confirmed }
            ? "It was confirmed in time, but not recorded as done. The action may have been carried out: look, and ask for it again if it was not."
            : "It has expired, or the action was done without it. Ask for the action again.");

    public static Problem Own(Actor actor) => Forbidden.ToRole(actor, "You asked for this action. Another operator must confirm it.");
}

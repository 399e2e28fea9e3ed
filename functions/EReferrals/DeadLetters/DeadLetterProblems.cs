using EReferrals.Http;
using EReferrals.Messaging;
using EReferrals.Storage.Tables;

namespace EReferrals.DeadLetters;

internal static class DeadLetterProblems
{
    public static Problem Unknown { get; } = Problem.NotFound("There is no dead letter with this id. It may have been replayed or discarded.");

    public static Problem WithoutBody(DeadLetterId id) => Problem.Conflict(
        "dead-letter-without-body",
        "The body of the dead letter is missing",
        "Nothing was sent, and the dead letter stays. Restore its body as described in the runbook, then replay it again. "
        + $"If that is not possible, {Alternative(id.Queue)} Then discard the dead letter.");

    private static string Alternative(string queue) => queue == Queues.ReferralSubmitted
        ? "ask its sender, who got the correlationId of the dead letter as X-Request-ID, to read the referral by its UBRN and, if it does not exist, to "
            + "send it again."
        : $"see the runbook for what to do about a lost message of {queue}.";
}

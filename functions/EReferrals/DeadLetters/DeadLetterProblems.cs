using EReferrals.Http;
using EReferrals.Messaging;
using EReferrals.Storage.Tables;

namespace EReferrals.DeadLetters;

internal static class DeadLetterProblems
{
    public static Problem Unknown { get; } = Problem.NotFound("There is no such dead letter. It may have been replayed or discarded.");

    public static Problem WithoutBody(DeadLetterId id) => Problem.Conflict(
        "dead-letter-without-body",
        "The body of the dead letter is gone",
        $"Nothing was sent, and the letter stays. Restore its body as the runbook says, and replay it again. If that cannot be done, {Instead(id.Queue)} Then discard the letter.");

    private static string Instead(string queue) => queue == Queues.ReferralSubmitted
        ? "its sender, whose reference is the letter's correlationId, must read the referral by its UBRN and, unless it is there, send it again."
        : $"the runbook says what stands in for a message of {queue}.";
}

using EReferrals.Http;

namespace EReferrals.Operations;

internal static class DeadLetterProblems
{
    public static Problem Unknown { get; } = Problem.NotFound("There is no such dead letter. It may have been replayed or discarded.");
}

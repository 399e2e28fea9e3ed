using EReferrals.Http;

namespace EReferrals.Services;

internal static class DirectoryProblems
{
    /// <summary>Also for a service that was never approved and that the caller may not see.</summary>
    public static Problem NoService { get; } = Problem.NotFound("There is no service with this id.");

    public static Problem Stale { get; } =
        Problem.Stale("The service was changed after you read it. Read it again, and send its new ETag as If-Match.");
}

using System.Net;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Http;

/// <summary>Writes a problem in the format of one API. Without one, problems are written as RFC 9457 describes.</summary>
public delegate WrittenProblem ProblemFormat(Problem problem);

/// <param name="Status">May differ from the status of the problem: APIs disagree about some.</param>
public sealed record WrittenProblem(HttpStatusCode Status, string ContentType, byte[] Body);

public static class ProblemFormatExtensions
{
    private const string Item = "ereferrals:problem-format";

    /// <summary>Sets the format of every problem of this request. Call it before any other middleware can respond.</summary>
    public static void SetProblemFormat(this FunctionContext context, ProblemFormat format) => context.Items[Item] = format;

    internal static ProblemFormat? ProblemFormat(this FunctionContext context) =>
        context.Items.TryGetValue(Item, out var format) ? (ProblemFormat)format : null;
}

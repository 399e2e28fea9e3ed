using System.Net;

namespace EReferrals.Http;

/// <summary>A problem as one API writes it.</summary>
/// <param name="Status">May differ from the status of the problem: APIs disagree about some.</param>
public sealed record WrittenProblem(HttpStatusCode Status, string ContentType, byte[] Body);

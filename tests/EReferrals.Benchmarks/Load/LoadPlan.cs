namespace EReferrals.Benchmarks.Load;

/// <summary>The order for the load generator, as one line of JSON.</summary>
internal sealed record LoadPlan
{
    public required Uri Address { get; init; }

    public required double Seconds { get; init; }

    public required IReadOnlyList<Flow> Flows { get; init; }

    /// <summary>A change feed to read until every accepted referral has appeared. The cursor is appended to its path.</summary>
    public Call? Follow { get; init; }
}

/// <summary>One kind of request. With rates it is an open loop, which starts requests when they are due. Without rates it is a closed loop.</summary>
internal sealed record Flow
{
    public required string Name { get; init; }

    public string Method { get; init; } = "GET";

    /// <summary>Sent in turn.</summary>
    public required IReadOnlyList<Call> Calls { get; init; }

    public string? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public int BodyBytes { get; init; }

    /// <summary>Maximum number of concurrent requests. Further requests of an open loop wait, and the wait counts towards their latency.</summary>
    public required int Connections { get; init; }

    /// <summary>Requests per second in each equal slice of the time; empty for a closed loop.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [];

    /// <summary>All requests of a slice are due at its start.</summary>
    public bool Aligned { get; init; }

    /// <summary>In an aligned flow, the requests of each second of a slice are due at the start of that second.</summary>
    public bool EachSecond { get; init; }

    /// <summary>A closed loop ends after this number of requests, whatever the time.</summary>
    public int? AtMost { get; init; }

    /// <summary>Sends If-None-Match with the entity tag of the last response to the same call.</summary>
    public bool Conditional { get; init; }

    public bool WithKey { get; init; }

    public bool HonoursRetryAfter { get; init; }

    /// <summary>Replaces <c>{ubrn}</c> with each referral that this run accepted, in turn and some seconds after it was accepted.</summary>
    public bool OfAccepted { get; init; }

    /// <summary>After the GET, sends a POST to the same path with this suffix and the entity tag of the response.</summary>
    public string? ThenPost { get; init; }
}

/// <param name="Group">Calls of the same group open the referrals that this call submits.</param>
/// <param name="Body">Replaces the body of the flow.</param>
internal sealed record Call(string Path, IReadOnlyDictionary<string, string> Headers, string? Group = null, string? Body = null);

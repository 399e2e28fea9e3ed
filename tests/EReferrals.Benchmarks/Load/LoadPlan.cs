namespace EReferrals.Benchmarks.Load;

/// <summary>What the generator is asked for, as one line of JSON.</summary>
internal sealed record LoadPlan
{
    public required Uri Address { get; init; }

    public required double Seconds { get; init; }

    public required IReadOnlyList<Flow> Flows { get; init; }

    /// <summary>A change feed that is read until it has shown everything accepted; its path ends where the cursor goes.</summary>
    public Call? Follow { get; init; }
}

/// <summary>One kind of request. With rates it is an open loop, whose requests start when they are due; without, a closed loop.</summary>
internal sealed record Flow
{
    public required string Name { get; init; }

    public string Method { get; init; } = "GET";

    /// <summary>Used in turn.</summary>
    public required IReadOnlyList<Call> Calls { get; init; }

    public string? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public int BodyBytes { get; init; }

    /// <summary>Requests at a time. More of an open loop wait, and the wait counts.</summary>
    public required int Connections { get; init; }

    /// <summary>Requests a second in each equal slice of the time; empty for a closed loop.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [];

    /// <summary>All requests of a slice are due at its beginning.</summary>
    public bool Aligned { get; init; }

    /// <summary>In an aligned flow: the requests of each second of a slice are due at the beginning of that second.</summary>
    public bool EachSecond { get; init; }

    /// <summary>A closed loop ends after so many, whatever the time.</summary>
    public int? AtMost { get; init; }

    /// <summary>Sends the last tag that the same call was answered with.</summary>
    public bool Conditional { get; init; }

    public bool WithKey { get; init; }

    public bool HonoursRetryAfter { get; init; }

    /// <summary>Takes the referrals that this run accepted one after the other, some seconds old, into the place of <c>{ubrn}</c>.</summary>
    public bool OfAccepted { get; init; }

    /// <summary>After the GET, a POST to the same path with this behind it, with the tag of the answer.</summary>
    public string? ThenPost { get; init; }
}

/// <param name="Group">A referral that this call submits is looked at by calls of the same group.</param>
/// <param name="Body">In place of the flow's.</param>
internal sealed record Call(string Path, IReadOnlyDictionary<string, string> Headers, string? Group = null, string? Body = null);

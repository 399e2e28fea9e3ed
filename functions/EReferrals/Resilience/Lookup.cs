namespace EReferrals.Resilience;

/// <summary>The result of a lookup that waits only a limited time for a store.</summary>
public abstract record Lookup<T>
    where T : class
{
    private Lookup()
    {
    }

    public sealed record Found(T Value) : Lookup<T>;

    /// <summary>The store responded: there is no such row.</summary>
    public sealed record Absent : Lookup<T>;

    /// <summary>The store did not respond in time, or failed.</summary>
    public sealed record NoResponse : Lookup<T>;
}

public static class Lookup
{
    /// <summary>Returns what was found, or <see cref="Lookup{T}.Absent"/> for null.</summary>
    public static Lookup<T> From<T>(T? value)
        where T : class => value is null ? new Lookup<T>.Absent() : new Lookup<T>.Found(value);
}

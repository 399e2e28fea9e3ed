using System.Diagnostics.CodeAnalysis;

namespace EReferrals.Http;

/// <summary>A value, or the problem that explains why there is none. Values and problems convert to it implicitly.</summary>
public sealed class Result<T>
{
    private readonly T? _value;

    private Result(T value) => _value = value;

    private Result(Problem problem) => Problem = problem;

    /// <summary>Null when there is a value.</summary>
    public Problem? Problem { get; }

    public static implicit operator Result<T>(T value) => new(value);

    public static implicit operator Result<T>(Problem problem) => new(problem);

    /// <summary>True and the value, or false and the problem.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Problem? problem)
    {
        (value, problem) = (_value, Problem);
        return problem is null;
    }
}

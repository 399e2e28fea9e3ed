using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EReferrals.Referrals.Values;

/// <summary>Converts enum values to and from their wire codes: <c>ReferralState.AwaitingTriage</c> is <c>AWAITING_TRIAGE</c>.</summary>
public static class Code
{
    public static string From<T>(T value) where T : struct, Enum => Spelling<T>.Codes[value];

    public static bool TryParse<T>([NotNullWhen(true)] string? code, out T value) where T : struct, Enum
    {
        value = default;
        return code is not null && Spelling<T>.Values.TryGetValue(code, out value);
    }

    public static IReadOnlyList<string> All<T>() where T : struct, Enum => Spelling<T>.InOrder;

    private static class Spelling<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> Codes = Enum.GetValues<T>()
            .ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString()));

        public static readonly FrozenDictionary<string, T> Values = Codes.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

        public static readonly IReadOnlyList<string> InOrder = [.. Enum.GetValues<T>().Select(value => Codes[value])];
    }
}

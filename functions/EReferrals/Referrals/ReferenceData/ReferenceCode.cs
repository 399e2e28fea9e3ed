using System.Text.Json;

namespace EReferrals.Referrals.ReferenceData;

/// <summary>One code of a published list, as a row of its data file.</summary>
/// <param name="From">The first day on which the code may be used.</param>
/// <param name="To">The first day on which the code may no longer be used; null when no end is known.</param>
public sealed record ReferenceCode(string Code, string Display, DateOnly From, DateOnly? To, JsonElement Row)
{
    /// <param name="day">The date in the United Kingdom.</param>
    public bool IsInDate(DateOnly day) => day >= From && !(day >= To);

    /// <summary>A further value of the row; null when the row does not have it.</summary>
    public string? Text(string name) => Row.TryGetProperty(name, out var value) ? value.GetString() : null;

    public int Number(string name) => Row.GetProperty(name).GetInt32();

    public bool Flag(string name) => Row.TryGetProperty(name, out var value) && value.GetBoolean();

    /// <summary>A list of the row; empty when the row does not have it.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        Row.TryGetProperty(name, out var value) ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : [];
}

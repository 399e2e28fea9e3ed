using System.Collections.Frozen;
using System.Globalization;

namespace EReferrals.Referrals.Retention;

/// <summary>The periods that apply: those of the table, or of the settings.</summary>
public sealed class RetentionPeriods
{
    private readonly FrozenDictionary<RetentionKind, int> _days;

    private RetentionPeriods(IEnumerable<KeyValuePair<RetentionKind, int>> days) => _days = days.ToFrozenDictionary();

    public static RetentionPeriods Default { get; } = From(_ => null, []);

    /// <summary>The period of a kind that has one.</summary>
    public TimeSpan this[RetentionKind kind] => TimeSpan.FromDays(_days[kind]);

    /// <summary>The shortest period of any referral.</summary>
    public TimeSpan OfReferrals => new[]
    {
        this[RetentionKind.Referrals], this[RetentionKind.MentalHealthReferrals], this[RetentionKind.RefusedReferrals],
    }.Min();

    /// <param name="setting">Returns the text of a setting; null when it is not set.</param>
    /// <param name="problems">Receives one sentence for each setting that cannot be used.</param>
    public static RetentionPeriods From(Func<string, string?> setting, ICollection<string> problems) => new(
        RetentionTable.All.Where(row => row.Days is not null).Select(row => KeyValuePair.Create(row.Kind, DaysOf(row, setting, problems))).ToArray());

    private static int DaysOf(RetentionRow row, Func<string, string?> setting, ICollection<string> problems)
    {
        if (row.Setting is null || setting(row.Setting) is not { Length: > 0 } text) return row.Days!.Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days >= row.Least && days <= row.Most) return days;
        problems.Add(string.Create(
            CultureInfo.InvariantCulture, $"Retention__{row.Setting} must be a whole number of days from {row.Least} to {row.Most}{Ground(row)}."));
        return row.Days!.Value;
    }

    private static string Ground(RetentionRow row) => row.LegalGround is { } ground ? $" ({ground})" : "";
}

using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace EReferrals.Referrals.ReferenceData;

/// <summary>A published list of codes. The rules validate with it and the e-RS door serves it, so the two cannot differ.</summary>
public sealed class ReferenceList
{
    private readonly FrozenDictionary<string, ReferenceCode> _byCode;

    private ReferenceList(IReadOnlyList<ReferenceCode> all)
    {
        All = all;
        _byCode = all.ToFrozenDictionary(row => row.Code, StringComparer.Ordinal);
    }

    public static ReferenceList Priorities { get; } = Read("priorities.json");

    public static ReferenceList Specialties { get; } = Read("specialties.json");

    public static ReferenceList ClinicTypes { get; } = Read("clinic-types.json");

    /// <summary>SNOMED CT terms that are used here although their identifiers have no valid check digit.</summary>
    public static ReferenceList ClinicalTerms { get; } = Read("clinical-terms.json");

    public static ReferenceList AppointmentCancellationReasons { get; } = Read("appointment-cancellation-reasons.json");

    public static ReferenceList ReferralCancellationReasons { get; } = Read("referral-cancellation-reasons.json");

    public static ReferenceList NonAttendanceReasons { get; } = Read("appointment-non-attendance-reasons.json");

    /// <summary>All codes in the order of the file, including those that are no longer in use.</summary>
    public IReadOnlyList<ReferenceCode> All { get; }

    public bool TryGet(string? code, [NotNullWhen(true)] out ReferenceCode? row)
    {
        row = null;
        return code is not null && _byCode.TryGetValue(code, out row);
    }

    /// <summary>The text for a code; null when the list does not have the code.</summary>
    public string? DisplayOf(string? code) => TryGet(code, out var row) ? row.Display : null;

    private static ReferenceList Read(string file)
    {
        using var resource = typeof(ReferenceList).Assembly.GetManifestResourceStream(typeof(ReferenceList), file)
            ?? throw new InvalidOperationException($"{file} is not built into the app. Add it to EmbeddedResource in EReferrals.csproj.");
        using var document = JsonDocument.Parse(resource);
        return new ReferenceList([.. document.RootElement.EnumerateArray().Select(row => RowOf(row.Clone()))]);
    }

    private static ReferenceCode RowOf(JsonElement row) => new(
        row.GetProperty("code").GetString()!,
        row.GetProperty("display").GetString()!,
        DateOf(row.GetProperty("from")),
        row.TryGetProperty("to", out var to) ? DateOf(to) : null,
        row);

    private static DateOnly DateOf(JsonElement value) => DateOnly.ParseExact(value.GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}

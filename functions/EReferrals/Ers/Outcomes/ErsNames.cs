using System.Globalization;
using EReferrals.Http;
using EReferrals.Referrals;

namespace EReferrals.Ers.Outcomes;

/// <summary>
/// The FHIR parameters behind the values that the rules speak of. The rules know JSON Pointers of the plain API, such as <c>/reason</c>; a caller of this
/// API knows <c>rejectionReason</c>.
/// </summary>
/// <param name="names">Pairs of a pointer, without an index, and the name of a parameter.</param>
internal sealed class ErsNames(params IReadOnlyList<(string Pointer, string Name)> names)
{
    public static ErsNames None { get; } = new();

    private IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>The same names, with the ids of the shortlisted services for diagnostics that name them.</summary>
    public ErsNames With(IReadOnlyList<string> services) => new(names) { Services = services };

    public Problem ProblemOf(IEnumerable<Refusal> refusals) => Problem.NotAcceptable([.. refusals.Select(ErrorOf)]);

    private FieldError ErrorOf(Refusal refusal) => new("", CodeOf(refusal), DiagnosticsOf(refusal));

    private static string CodeOf(Refusal refusal) => refusal.Rule switch
    {
        // A value that the reason, role or service makes mandatory is "required"; one that is always wanted was found by the reader of the body.
        "ReasonNeedsComment" => "VALUE_IS_REQUIRED",
        // e-RS has a code for a file or service in the wrong state. A search finds no closed service, so a shortlist gets another one.
        "ServiceMustBeOpen" => "INVALID_STATE",
        _ => refusal.Code,
    };

    private string DiagnosticsOf(Refusal refusal)
    {
        var (stem, index) = Split(refusal.Pointer);
        if (stem == "/shortlist" && index is { } at && at < Services.Count)
        {
            var named = $"'Shortlist/Service Id' ({Services[at]})";
            return refusal.Code == "DUPLICATE_SERVICE" ? $"{named} cannot be added to a shortlist more than once." : $"{named} {refusal.Message}";
        }

        var name = names.FirstOrDefault(pair => pair.Pointer == stem).Name ?? stem.TrimStart('/');
        if (name.Length == 0) return refusal.Message;
        var shown = index is { } position ? string.Create(CultureInfo.InvariantCulture, $"'{name}[{position}]'") : $"'{name}'";
        // The rules quote the name of the plain API at the start of most messages.
        var message = refusal.Message;
        if (message.StartsWith('\'') && message.IndexOf('\'', 1) is > 0 and var end) message = message[(end + 1)..].TrimStart();
        return $"{shown} {message}";
    }

    private static (string Stem, int? Index) Split(string pointer)
    {
        var slash = pointer.LastIndexOf('/');
        return slash > 0 && int.TryParse(pointer.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? (pointer[..slash], index)
            : (pointer, null);
    }
}

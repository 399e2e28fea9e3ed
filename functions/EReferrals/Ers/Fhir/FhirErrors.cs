using EReferrals.Http;

namespace EReferrals.Ers.Fhir;

/// <summary>Collects every error of a FHIR body, with diagnostics in the style of e-RS.</summary>
internal sealed class FhirErrors
{
    private readonly List<FieldError> _all = [];

    public IReadOnlyList<FieldError> All => _all;

    public bool Any => _all.Count > 0;

    public void Add(string code, string diagnostics) => _all.Add(new FieldError("", code, diagnostics));

    public void Missing(string name) => Add("MISSING_VALUE", $"'{name}' is missing.");

    public void Invalid(string name, string reason) => Add("INVALID_VALUE", $"'{name}' {reason}");

    public void UnknownCode(string name, string code) => Add("INVALID_CODE", $"'{name}' ({Shown(code)}) is not a valid code.");

    public void Structure(string path, string reason) => Add("INVALID_FHIR_STRUCTURE", $"'{path}' {reason}");

    public void Unexpected(string path, string name, string reason) => Add("UNEXPECTED_FIELD", $"'{path}' ({Shown(name)}) {reason}");

    // Text of the caller: short, so that it cannot carry free text about a patient far.
    private static string Shown(string text) => text.Length <= 64 ? text : text[..64];
}

using System.Collections.Specialized;
using System.Globalization;
using System.Web;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Fhir;

/// <summary>Reads the query of a search and collects all its errors, with the codes of e-RS.</summary>
internal sealed class ErsQuery(HttpRequestData request)
{
    private readonly NameValueCollection _values = HttpUtility.ParseQueryString(request.Url.Query);
    private readonly HashSet<string> _read = new([FormatParameter.Name], StringComparer.Ordinal);
    private readonly List<FieldError> _errors = [];

    public string? Text(string name, Func<string, bool> isValid, bool required = false)
    {
        _read.Add(name);
        var values = _values.GetValues(name) ?? [];
        if (values.Length == 0 || values is [""])
        {
            if (required) Add(name, "MISSING_PARAMETER", $"'{name}' is missing.");
            return null;
        }

        if (values is [var only] && isValid(only)) return only;
        Add(name, "INVALID_VALUE", $"'{name}' is invalid.");
        return null;
    }

    public T? Code<T>(string name, bool required = false) where T : struct, Enum
    {
        if (Text(name, _ => true, required) is not { } text) return null;
        if (Referrals.Values.Code.TryParse<T>(text, out var value)) return value;
        Add(name, "INVALID_CODE", $"'{name}' is not a valid code.");
        return null;
    }

    public int? Number(string name, int least, int most, bool required = false) =>
        Text(name, text => Parse(text) is { } number && number >= least && number <= most, required) is { } valid ? Parse(valid) : null;

    /// <summary>The problem (400) with every error; null when there is none.</summary>
    public Problem? Problem()
    {
        foreach (var name in _values.AllKeys.Select(key => key ?? "").Where(key => !_read.Contains(key)))
        {
            Add(name.Length <= 64 ? name : name[..64], "UNEXPECTED_FIELD", "The query has an unknown parameter name.");
        }

        return _errors.Count == 0 ? null : EReferrals.Http.Problem.BadRequest(_errors);
    }

    private static int? Parse(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Add(string name, string code, string diagnostics) => _errors.Add(FieldError.OfParameter(name, code, diagnostics));
}

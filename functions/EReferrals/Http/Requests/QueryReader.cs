using System.Collections.Specialized;
using System.Globalization;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>
/// Reads the query parameters of a request and collects all their errors. A parameter that was not read is an error too, because a misspelt filter
/// would otherwise be silently ignored.
/// </summary>
public sealed class QueryReader(NameValueCollection query)
{
    private const int MaxLength = 512;

    // "?open" without "=" names a parameter with an empty value; the collection has it as a value without a name. Empty parts, as in "?a=1&", do not count.
    private readonly string[] _bareNames = [.. (query.GetValues((string?)null) ?? []).Where(name => name.Length > 0)];
    private readonly HashSet<string> _readNames = new(StringComparer.Ordinal);
    private readonly List<FieldError> _errors = [];

    public QueryReader(HttpRequestData request)
        : this(request.Query)
    {
    }

    public string? Text(string name, Func<string, bool> isValid, string form, bool required = false)
    {
        _readNames.Add(name);
        string[] values = [.. query.GetValues(name) ?? [], .. _bareNames.Where(bare => bare == name).Select(_ => "")];
        if (values.Length == 0)
        {
            if (required) Add(name, "MISSING_VALUE", $"'{name}' is missing.");
            return null;
        }

        if (values is [{ Length: > 0 and <= MaxLength } value] && isValid(value)) return value;
        Add(name, "INVALID_VALUE", $"'{name}' must be sent once and must be {form}.");
        return null;
    }

    public T? Code<T>(string name) where T : struct, Enum
    {
        var text = Text(name, value => Referrals.Values.Code.TryParse<T>(value, out _), $"one of {string.Join(", ", Referrals.Values.Code.All<T>())}");
        return Referrals.Values.Code.TryParse<T>(text, out var code) ? code : null;
    }

    public int Number(string name, int minimum, int maximum, int otherwise)
    {
        var text = Text(name, value => TryRead(value, out var number) && number >= minimum && number <= maximum, $"a number from {minimum} to {maximum}");
        return TryRead(text, out var number) ? number : otherwise;
    }

    /// <summary>Does not report a parameter that has no effect.</summary>
    public void Ignore(string name) => _readNames.Add(name);

    /// <summary>Every error, and every parameter that was not read; null when there is neither.</summary>
    public Problem? Problem()
    {
        foreach (var name in query.AllKeys.OfType<string>().Concat(_bareNames).Distinct().Where(name => !_readNames.Contains(name)))
        {
            Add(name, "UNEXPECTED_FIELD", "This query parameter is not supported here.");
        }

        return _errors.Count == 0 ? null : Http.Problem.BadRequest(_errors);
    }

    private void Add(string name, string code, string message) => _errors.Add(FieldError.OfParameter(name.Length <= 64 ? name : name[..64], code, message));

    private static bool TryRead(string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

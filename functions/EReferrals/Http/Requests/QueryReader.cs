using System.Globalization;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>Reads the query parameters of a request and collects all their errors. A parameter that was not read is an error too.</summary>
public sealed class QueryReader(HttpRequestData request)
{
    private const int MaxLength = 512;

    private readonly HashSet<string> _readNames = new(StringComparer.Ordinal);
    private readonly List<FieldError> _errors = [];

    public IReadOnlyList<FieldError> Errors => _errors;

    public string? Text(string name, Func<string, bool> isValid, string form, bool required = false)
    {
        _readNames.Add(name);
        var values = request.Query.GetValues(name);
        if (values is null)
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

    public Problem? Problem()
    {
        foreach (var name in request.Query.AllKeys)
        {
            if (name is null || !_readNames.Contains(name)) Add(name ?? "", "UNEXPECTED_FIELD", "This query parameter is not supported here.");
        }

        return _errors.Count == 0 ? null : Http.Problem.BadRequest(_errors);
    }

    private void Add(string name, string code, string message) => _errors.Add(FieldError.OfParameter(name.Length <= 64 ? name : name[..64], code, message));

    private static bool TryRead(string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

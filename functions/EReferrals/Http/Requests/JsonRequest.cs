using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>Reads the body of a request as one JSON object with known fields.</summary>
public static class JsonRequest
{
    /// <summary>
    /// Returns the value that <paramref name="read"/> makes of the fields, or one problem with all errors. A field that it does not read is an error.
    /// </summary>
    /// <param name="read">Adds its errors to the fields. It returns null only when it has added one.</param>
    public static Task<Result<T>> ReadJsonAsync<T>(this HttpRequestData request, Func<JsonFields, T?> read, CancellationToken cancellationToken)
        where T : class =>
        request.ReadJsonAsync((fields, _) => Task.FromResult(read(fields)), cancellationToken);

    /// <param name="read">As above, for a body that must be compared with stored data.</param>
    public static async Task<Result<T>> ReadJsonAsync<T>(
        this HttpRequestData request, Func<JsonFields, CancellationToken, Task<T?>> read, CancellationToken cancellationToken)
        where T : class
    {
        if (!(await JsonBody.ReadAsync(request, cancellationToken)).TryGet(out var body, out var unreadable)) return unreadable;
        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var value = await read(fields, cancellationToken);
            fields.RefuseOthers();
            if (fields.Errors.Count > 0) return Problem.NotAcceptable(fields.Errors);
            return value ?? throw new InvalidOperationException($"No {typeof(T).Name} was read from the body, and no error was reported.");
        }
    }
}

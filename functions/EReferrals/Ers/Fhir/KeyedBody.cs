using System.Text.Json;
using EReferrals.Http.Requests;
using EReferrals.Referrals;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Fhir;

/// <param name="key">As the caller sent it; null when there is none.</param>
internal sealed class KeyedBody(JsonBody body, string? key) : IDisposable
{
    public JsonElement Root => body.Root;

    public void Dispose() => body.Dispose();

    /// <summary>The key with the request that it belongs to; null when there is none.</summary>
    public Idempotency? KeyOf(HttpRequestData request) => key is null ? null : IdempotencyKey.Hash(key, request, body.Bytes);
}

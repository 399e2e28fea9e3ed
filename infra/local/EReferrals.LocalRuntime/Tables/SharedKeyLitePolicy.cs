using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Azure.Data.Tables;

/// <summary>Signs a table request with the account key: date and resource, the form that the Table service calls SharedKeyLite.</summary>
internal sealed class SharedKeyLitePolicy(TableSharedKeyCredential credential) : HttpPipelineSynchronousPolicy
{
    private readonly string _scheme = $"SharedKeyLite {credential.AccountName}:";
    private readonly string _resourcePrefix = $"\n/{credential.AccountName}";

    public override void OnSendingRequest(HttpMessage message)
    {
        var date = TimeProvider.System.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        var uri = message.Request.Uri.ToUri();
        // The path as it is sent, escapes included: an emulator's path already starts with the account name, which then stands here twice.
        var toSign = string.Concat(date, _resourcePrefix, uri.AbsolutePath, Component(uri.Query));

        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(credential.AccountKey, Encoding.UTF8.GetBytes(toSign), signature);
        message.Request.Headers.SetValue("x-ms-date", date);
        message.Request.Headers.SetValue(HttpHeader.Names.Authorization, _scheme + Convert.ToBase64String(signature));
    }

    private static string Component(string query)
    {
        var start = query.IndexOf("comp=", StringComparison.Ordinal);
        if (start < 1) return "";
        var end = query.IndexOf('&', start);
        return "?" + (end < 0 ? query[start..] : query[start..end]);
    }
}

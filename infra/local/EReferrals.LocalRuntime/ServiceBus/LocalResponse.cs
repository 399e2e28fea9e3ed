#nullable disable
using Azure.Core;

namespace Azure.Messaging.ServiceBus.Administration;

/// <summary>The HTTP response that an answer from memory never had.</summary>
internal sealed class LocalResponse : Response
{
    public override int Status => 200;

    public override string ReasonPhrase => "OK";

    public override Stream ContentStream { get; set; } = Stream.Null;

    public override string ClientRequestId { get; set; } = "";

    public override void Dispose()
    {
    }

    protected override bool ContainsHeader(string name) => false;

    protected override IEnumerable<HttpHeader> EnumerateHeaders() => [];

    protected override bool TryGetHeader(string name, out string value)
    {
        value = null;
        return false;
    }

    protected override bool TryGetHeaderValues(string name, out IEnumerable<string> values)
    {
        values = null;
        return false;
    }
}

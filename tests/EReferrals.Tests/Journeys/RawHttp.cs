using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EReferrals.Tests.Journeys;

/// <summary>Sends requests that no client library would make.</summary>
internal static class RawHttp
{
    /// <summary>The status and everything that was answered, as Latin-1; 0 when the server hung up without a word.</summary>
    public static async Task<(int Status, string Answer)> SendAsync(Uri server, byte[] request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, limit.Token);
        await using var stream = client.GetStream();
        using var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(request, limit.Token);
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // The server may refuse in the middle of the request and close; what it said before counts.
        }

        var text = Encoding.Latin1.GetString(answer.ToArray());
        return (text.Length < 12 ? 0 : int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text);
    }

    /// <param name="head">The request line and headers, one a line, without Host and Connection.</param>
    public static Task<(int Status, string Answer)> SendAsync(Uri server, string head, byte[]? body = null) =>
        SendAsync(server, [.. Encoding.Latin1.GetBytes($"{head.ReplaceLineEndings("\r\n")}\r\nHost: {server.Authority}\r\nConnection: close\r\n\r\n"), .. body ?? []]);
}

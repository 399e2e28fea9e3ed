using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EReferrals.Tests.Journeys;

/// <summary>Sends requests that no client library would send.</summary>
internal static class RawHttp
{
    /// <summary>Returns the status and the whole response as Latin-1; status 0 when the server closed the connection without a response.</summary>
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
            // The server may reject a request midway and close. A response before that counts.
        }

        var text = Encoding.Latin1.GetString(answer.ToArray());
        return (text.Length < 12 ? 0 : int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text);
    }

    /// <param name="head">The request line and headers, one per line, without Host and Connection.</param>
    public static Task<(int Status, string Answer)> SendAsync(Uri server, string head, byte[]? body = null) =>
        SendAsync(
            server,
            [.. Encoding.Latin1.GetBytes($"{head.ReplaceLineEndings("\r\n")}\r\nHost: {server.Authority}\r\nConnection: close\r\n\r\n"), .. body ?? []]);
}

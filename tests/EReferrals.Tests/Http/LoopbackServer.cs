using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Tests.Http;

/// <summary>Servers that stand for something outside the app.</summary>
internal static class LoopbackServer
{
    /// <summary>Returns a server without routes, which takes a free port of this machine when it is started and logs nothing.</summary>
    public static WebApplication Create()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder.Build();
    }
}

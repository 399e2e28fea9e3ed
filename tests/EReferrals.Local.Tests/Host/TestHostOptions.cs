using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Builder;

namespace EReferrals.Local.Tests.Host;

internal sealed record TestHostOptions
{
    public Action<FunctionsApplicationBuilder> Configure { get; init; } = _ => { };

    /// <summary>App settings as NAME=VALUE.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    public bool IsProcess { get; init; }

    public bool HasQueues { get; init; }

    public bool Timers { get; init; }

    public string? TimerState { get; init; }

    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    public int BodyLimit { get; init; } = 1_000_000;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public Func<HttpContext, ValueTask<bool>>? RespondFirst { get; init; }
}

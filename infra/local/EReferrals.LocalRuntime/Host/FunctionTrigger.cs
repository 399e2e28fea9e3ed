using Microsoft.Azure.Functions.Worker;

namespace EReferrals.LocalRuntime.Host;

internal abstract record FunctionTrigger(string Type);

internal sealed record HttpFunctionTrigger(string Route, IReadOnlyList<string> Methods, AuthorizationLevel Level) : FunctionTrigger("httpTrigger");

internal sealed record QueueFunctionTrigger(string Queue, string Connection, bool Sessions, bool Batched, bool? AutoComplete)
    : FunctionTrigger("serviceBusTrigger");

internal sealed record TimerFunctionTrigger(NcrontabSchedule Schedule, bool RunOnStartup, bool UseMonitor) : FunctionTrigger("timerTrigger");

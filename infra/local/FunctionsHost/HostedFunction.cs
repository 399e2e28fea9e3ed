using EReferrals.Local.FunctionsHost.Timers;

namespace EReferrals.Local.FunctionsHost;

/// <summary>A function of the worker and its trigger.</summary>
internal sealed record HostedFunction(string Id, string Name, FunctionTrigger Trigger);

/// <param name="Binding">The name of the parameter that receives the trigger data.</param>
internal abstract record FunctionTrigger(string Binding);

/// <param name="Methods">In upper case; empty for every method.</param>
internal sealed record HttpFunctionTrigger(string Binding, string Route, IReadOnlyList<string> Methods, bool IsAnonymous) : FunctionTrigger(Binding);

/// <param name="AutoComplete">Null when host.json decides.</param>
internal sealed record QueueFunctionTrigger(
    string Binding, string Entity, string Connection, bool IsBatched, bool? AutoComplete) : FunctionTrigger(Binding);

internal sealed record TimerFunctionTrigger(string Binding, NcrontabSchedule Schedule, bool RunOnStartup, bool UseMonitor) : FunctionTrigger(Binding);

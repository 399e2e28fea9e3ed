using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Configuration;

namespace EReferrals.LocalRuntime.Host;

/// <summary>Finds the functions among types and refuses what the official build or host would refuse, all at once.</summary>
internal sealed partial class FunctionCatalog(IConfiguration configuration, IReadOnlyDictionary<string, bool> sessionsByQueue)
{
    private readonly List<string> problems = [];

    public IReadOnlyList<LocalFunction> Read(IEnumerable<Type> types)
    {
        var methods = types
            .SelectMany(type => type.GetMethods(
                BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FunctionAttribute)))
            .ToArray();
        var functions = methods.Select(Read).OfType<LocalFunction>().ToArray();
        foreach (var same in functions.GroupBy(function => function.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            problems.Add($"several functions are named '{same.Key}'");
        problems.AddRange(RouteClashes.Of(functions));
        return problems.Count == 0 ? functions : throw new LocalRuntimeStartException($"The functions are wrong: {string.Join("; ", problems)}.");
    }

    private LocalFunction? Read(MethodInfo method)
    {
        var name = method.GetCustomAttribute<FunctionAttribute>()!.Name;
        var before = problems.Count;
        CheckMethod(name, method);
        var triggers = method.GetParameters().Where(parameter => parameter.IsDefined(typeof(TriggerBindingAttribute))).ToArray();
        if (triggers.Length != 1)
        {
            problems.Add($"'{name}' has {triggers.Length} triggers, not one");
            return null;
        }

        var trigger = Trigger(name, method, triggers[0]);
        if (trigger is null) return null;
        CheckReturn(name, method, trigger);
        var bind = method.GetParameters().Select(parameter => Bind(name, parameter, parameter == triggers[0], trigger)).ToArray();
        return problems.Count > before ? null : new LocalFunction(Define(name, method, triggers[0], trigger), trigger, method, bind!);
    }

    private void CheckMethod(string name, MethodInfo method)
    {
        if (!FunctionName().IsMatch(name) || name.Equals("host", StringComparison.OrdinalIgnoreCase)) Refuse("is not a valid function name");
        if (!method.IsPublic || method.DeclaringType!.IsNestedPrivate) Refuse("is not public");
        if (method.ContainsGenericParameters || (!method.IsStatic && method.DeclaringType!.IsAbstract)) Refuse("is generic or abstract");
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute))) Refuse("is async void");
        if (method.DeclaringType!.GetMethods().Count(other => other.Name == method.Name) > 1) Refuse("is an overloaded method");
        if (method.IsDefined(typeof(RetryAttribute))) Refuse("has a retry attribute, which Service Bus and HTTP triggers refuse and no trigger has here");
        if (method.IsDefined(typeof(OutputBindingAttribute))) Refuse("has an output binding on the method");

        void Refuse(string problem) => problems.Add($"'{name}' {problem}");
    }

    private void CheckReturn(string name, MethodInfo method, FunctionTrigger trigger)
    {
        var returned = MultipleOutputs.Unwrap(method.ReturnType);
        var good = trigger is HttpFunctionTrigger
            ? typeof(HttpResponseData).IsAssignableFrom(returned) || MultipleOutputs.HttpPropertyOf(method.ReturnType) is not null
            : returned == typeof(void);
        if (!good) problems.Add($"'{name}' returns {method.ReturnType.Name}");
    }

    private Func<LocalFunctionContext, object?>? Bind(string name, ParameterInfo parameter, bool isTrigger, FunctionTrigger trigger)
    {
        var bind = ParameterBinding.For(parameter, isTrigger, trigger);
        if (bind is null) problems.Add($"'{name}' has a parameter that cannot be bound: {parameter.ParameterType.Name} {parameter.Name}");
        return bind;
    }

    private FunctionTrigger? Trigger(string name, MethodInfo method, ParameterInfo parameter)
    {
        switch (parameter.GetCustomAttribute<TriggerBindingAttribute>())
        {
            case HttpTriggerAttribute http:
                // An empty route means the function's name; "/" is the root.
                var route = string.IsNullOrEmpty(http.Route) ? name : http.Route.TrimStart('/');
                return new HttpFunctionTrigger(route, [.. (http.Methods ?? []).Select(each => each.ToUpperInvariant())], http.AuthLevel);
            case ServiceBusTriggerAttribute bus:
                return Queue(name, parameter, bus);
            case TimerTriggerAttribute timer:
                return Timer(name, timer);
            default:
                problems.Add($"'{name}' has a trigger that is not run here");
                return null;
        }
    }

    private QueueFunctionTrigger? Queue(string name, ParameterInfo parameter, ServiceBusTriggerAttribute bus)
    {
        var queue = bus.QueueName is null ? null : Resolve(name, bus.QueueName);
        var connection = bus.Connection ?? "AzureWebJobsServiceBus";
        var entity = queue?.Split('/')[0];
        if (bus.QueueName is null)
            problems.Add($"'{name}' is triggered by a topic, which is not run here");
        else if (queue is not null && !sessionsByQueue.ContainsKey(entity!))
            problems.Add($"'{name}' is triggered by '{entity}', which messaging.json does not have");
        else if (queue is not null && (sessionsByQueue[entity!] && queue == entity) != bus.IsSessionsEnabled)
            problems.Add($"'{name}' and messaging.json do not agree whether '{queue}' has sessions");
        if (configuration[connection] is null && configuration[$"{connection}:fullyQualifiedNamespace"] is null)
            problems.Add($"'{name}' uses the connection '{connection}', which is not configured");
        if (bus.IsBatched != (parameter.ParameterType.IsArray && parameter.ParameterType != typeof(byte[])))
            problems.Add($"'{name}' and its parameter do not agree on batches");
        return queue is null ? null : new QueueFunctionTrigger(queue, connection, bus.IsSessionsEnabled, bus.IsBatched, bus.AutoCompleteIfSet);
    }

    private TimerFunctionTrigger? Timer(string name, TimerTriggerAttribute timer)
    {
        if (Resolve(name, timer.Schedule) is not { } schedule) return null;
        try
        {
            return new TimerFunctionTrigger(NcrontabSchedule.Parse(schedule), timer.RunOnStartup, timer.UseMonitor);
        }
        catch (FormatException e)
        {
            problems.Add($"'{name}' has a bad schedule: {e.Message.TrimEnd('.')}");
            return null;
        }
    }

    private string? Resolve(string name, string text)
    {
        var missing = SettingName().Matches(text).FirstOrDefault(match => configuration[match.Groups[1].Value] is null);
        if (missing is null) return SettingName().Replace(text, match => configuration[match.Groups[1].Value]!);
        problems.Add($"'{name}' needs the setting '{missing.Groups[1].Value}', which is not configured");
        return null;
    }

    private static LocalFunctionDefinition Define(string name, MethodInfo method, ParameterInfo trigger, FunctionTrigger kind)
    {
        var output = kind is HttpFunctionTrigger ? MultipleOutputs.HttpPropertyOf(method.ReturnType)?.Name ?? "$return" : null;
        return new LocalFunctionDefinition(
            name,
            $"{method.DeclaringType!.FullName}.{method.Name}",
            method.DeclaringType.Assembly.Location,
            [.. method.GetParameters().Select(each =>
                new FunctionParameter(each.Name!, each.ParameterType, each.HasDefaultValue, each.HasDefaultValue ? each.DefaultValue : null))],
            new LocalFunctionDefinition.Binding(trigger.Name!, kind.Type, BindingDirection.In),
            output is null ? null : new LocalFunctionDefinition.Binding(output, "http", BindingDirection.Out));
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,126}$")]
    private static partial Regex FunctionName();

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex SettingName();
}

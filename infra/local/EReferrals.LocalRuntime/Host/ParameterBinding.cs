using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.LocalRuntime.Host;

/// <summary>How each parameter gets its value, worked out once per function.</summary>
internal static class ParameterBinding
{
    private static readonly Type[] Convertible =
    [
        typeof(string), typeof(int), typeof(long), typeof(bool), typeof(double), typeof(decimal), typeof(Guid), typeof(DateTime),
        typeof(DateTimeOffset),
    ];

    /// <summary>Null when the parameter cannot be bound for that trigger.</summary>
    public static Func<LocalFunctionContext, object?>? For(ParameterInfo parameter, bool isTrigger, FunctionTrigger trigger)
    {
        if (parameter.ParameterType == typeof(FunctionContext)) return static context => context;
        if (parameter.ParameterType == typeof(CancellationToken)) return static context => context.CancellationToken;
        return trigger switch
        {
            HttpFunctionTrigger when isTrigger => ForRequest(parameter),
            HttpFunctionTrigger => ForRequestValue(parameter),
            QueueFunctionTrigger queue when isTrigger => ForMessages(parameter.ParameterType, queue),
            QueueFunctionTrigger queue => ForActions(parameter.ParameterType, queue),
            _ => isTrigger && parameter.ParameterType == typeof(TimerInfo) ? static context => ((TimerInput)context.Input).Timer : null,
        };
    }

    private static Func<LocalFunctionContext, object?>? ForRequest(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(HttpRequestData) ? static context => ((HttpInput)context.Input).Request : null;

    private static Func<LocalFunctionContext, object?>? ForRequestValue(ParameterInfo parameter)
    {
        var name = parameter.Name!;
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (!Convertible.Contains(type) && !type.IsEnum) return null;
        var mayBeAbsent = parameter.HasDefaultValue || !parameter.ParameterType.IsValueType || type != parameter.ParameterType;
        var otherwise = parameter.HasDefaultValue ? parameter.DefaultValue : null;
        var converter = type == typeof(string) ? null : TypeDescriptor.GetConverter(type);
        return context =>
        {
            var text = ((HttpInput)context.Input).Value(name);
            if (text is null)
            {
                return mayBeAbsent ? otherwise : throw new FunctionInputConverterException($"'{name}' is neither in the route nor in the query.");
            }

            return converter is null ? text : Converted(converter, name, text, type);
        };
    }

    private static object? Converted(TypeConverter converter, string name, string text, Type type)
    {
        try
        {
            return converter.ConvertFromString(null, CultureInfo.InvariantCulture, text);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException)
        {
            throw new FunctionInputConverterException($"'{name}' is not a {type.Name}.", e);
        }
    }

    private static Func<LocalFunctionContext, object?>? ForMessages(Type type, QueueFunctionTrigger trigger)
    {
        if (trigger.Batched) return type == typeof(ServiceBusReceivedMessage[]) ? static context => ((MessageInput)context.Input).Messages : null;
        if (type == typeof(ServiceBusReceivedMessage)) return static context => ((MessageInput)context.Input).Messages[0];
        if (type == typeof(string)) return static context => ((MessageInput)context.Input).Messages[0].Body.ToString();
        if (type == typeof(byte[])) return static context => ((MessageInput)context.Input).Messages[0].Body.ToArray();
        return null;
    }

    private static Func<LocalFunctionContext, object?>? ForActions(Type type, QueueFunctionTrigger trigger)
    {
        if (type == typeof(ServiceBusMessageActions)) return static context => ((MessageInput)context.Input).Actions;
        if (type == typeof(ServiceBusSessionMessageActions) && trigger.Sessions)
            return static context => ((MessageInput)context.Input).SessionActions;
        return null;
    }
}

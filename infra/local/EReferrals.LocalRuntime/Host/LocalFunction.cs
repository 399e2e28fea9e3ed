using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.LocalRuntime.Host;

/// <summary>A function with everything that one invocation needs, worked out once: how to make, bind, call and read the result.</summary>
internal sealed class LocalFunction
{
    private readonly ObjectFactory? create;
    private readonly Func<object?, object?[], Task> call;
    private readonly Func<Task, object?> resultOf;
    private readonly Func<LocalFunctionContext, object?>[] bind;

    public LocalFunction(
        LocalFunctionDefinition definition, FunctionTrigger trigger, MethodInfo method, Func<LocalFunctionContext, object?>[] bind)
    {
        Definition = definition;
        Trigger = trigger;
        Method = method;
        this.bind = bind;
        create = method.IsStatic ? null : ActivatorUtilities.CreateFactory(method.DeclaringType!, []);
        call = CompileCall(method);
        resultOf = CompileResult(method.ReturnType);
        HttpOutput = MultipleOutputs.HttpPropertyOf(method.ReturnType);
    }

    public LocalFunctionDefinition Definition { get; }

    public FunctionTrigger Trigger { get; }

    public MethodInfo Method { get; }

    public string Name => Definition.Name;

    private PropertyInfo? HttpOutput { get; }

    /// <summary>The innermost step of the pipeline.</summary>
    public async Task ExecuteAsync(LocalFunctionContext context)
    {
        var arguments = new object?[bind.Length];
        for (var i = 0; i < arguments.Length; i++) arguments[i] = bind[i](context);
        var task = call(create?.Invoke(context.InstanceServices, null), arguments)
            ?? throw new InvalidOperationException($"{Name} returned null for a task.");
        await task;
        var value = resultOf(task);
        if (HttpOutput is null)
            context.Outputs.Value = value;
        else if (value is not null)
            context.Outputs.Outputs = new() { [HttpOutput.Name] = HttpOutput.GetValue(value) };
    }

    private static Func<object?, object?[], Task> CompileCall(MethodInfo method)
    {
        var instance = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        var values = method.GetParameters().Select((parameter, index) =>
            (Expression)Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(index)), parameter.ParameterType));
        var target = method.IsStatic ? null : Expression.Convert(instance, method.DeclaringType!);
        Expression call = Expression.Call(target, method, values);
        if (method.ReturnType == typeof(void))
            call = Expression.Block(call, Expression.Constant(Task.CompletedTask));
        else if (!typeof(Task).IsAssignableFrom(method.ReturnType))
            call = Expression.Call(typeof(Task), nameof(Task.FromResult), [method.ReturnType], call);
        return Expression.Lambda<Func<object?, object?[], Task>>(call, instance, arguments).Compile();
    }

    private static Func<Task, object?> CompileResult(Type returned)
    {
        if (returned == typeof(void) || returned == typeof(Task)) return static _ => null;
        var typed = typeof(Task).IsAssignableFrom(returned) ? returned : typeof(Task<>).MakeGenericType(returned);
        var task = Expression.Parameter(typeof(Task));
        var value = Expression.Property(Expression.Convert(task, typed), "Result");
        return Expression.Lambda<Func<Task, object?>>(Expression.Convert(value, typeof(object)), task).Compile();
    }
}

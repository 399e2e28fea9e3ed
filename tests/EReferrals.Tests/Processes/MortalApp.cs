using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Tests.Processes;

/// <summary>
/// A worker that kills itself at one step of a command. The Functions host starts it as the program <c>EReferrals.Tests.dll</c>. The correlation id of the
/// command is the name of the step. The replaced Service Bus client fails; the product does not know of it.
/// </summary>
internal static class MortalApp
{
    public const string StepVariable = "FATAL_STEP";

    public static void Main()
    {
        var step = Enum.Parse<FatalStep>(Environment.GetEnvironmentVariable(StepVariable)!);
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.AddEReferrals();
        var real = builder.Services.Last(service => service.ServiceType == typeof(ServiceBusClient)).ImplementationFactory!;
        builder.Services.AddSingleton<ServiceBusClient>(provider => new MortalClient((ServiceBusClient)real(provider), step));
        builder.Build().Run();
    }
}

/// <summary>The step after or during which the process dies.</summary>
internal enum FatalStep
{
    BeforePromise,
    AfterPromise,
    DuringCommit,
    AfterCommit,
    AfterAnnouncement,
}

internal sealed class MortalClient(ServiceBusClient real, FatalStep step) : ServiceBusClient
{
    public override ServiceBusSender CreateSender(string queueOrTopicName) => new MortalSender(real.CreateSender(queueOrTopicName), queueOrTopicName, step);

    public override ServiceBusReceiver CreateReceiver(string queueName) => real.CreateReceiver(queueName);
}

internal sealed class MortalSender(ServiceBusSender real, string queue, FatalStep step) : ServiceBusSender
{
    public override async Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
    {
        var isPromise = queue == "referral-follow-up" && message.CorrelationId == step.ToString();
        if (isPromise && step == FatalStep.BeforePromise) Die();
        await real.SendMessageAsync(message, cancellationToken);
        if (isPromise && step == FatalStep.AfterPromise) Die();
        if (isPromise && step == FatalStep.DuringCommit) _ = Task.Delay(2, CancellationToken.None).ContinueWith(_ => Die(), TaskScheduler.Default);
    }

    public override async Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        var all = messages.ToArray();
        var isAnnouncement = queue == "worklist-changes" && all[0].CorrelationId == step.ToString();
        if (isAnnouncement && step == FatalStep.AfterCommit) Die();
        await real.SendMessagesAsync(all, cancellationToken);
        if (isAnnouncement && step == FatalStep.AfterAnnouncement) Die();
    }

    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}

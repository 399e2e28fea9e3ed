using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Tests.Processes;

/// <summary>
/// A worker that kills itself at one step of a command. The Functions host starts it as the program <c>EReferrals.Tests.dll</c>. The correlation id of the
/// command is the name of the step. The replaced Service Bus client fails; the product does not know of it.
/// </summary>
internal static class SelfKillingWorker
{
    public const string StepVariable = "KILL_STEP";

    public static void Main()
    {
        var step = Enum.Parse<KillStep>(Environment.GetEnvironmentVariable(StepVariable)!);
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.AddEReferrals();
        var real = builder.Services.Last(service => service.ServiceType == typeof(ServiceBusClient)).ImplementationFactory!;
        builder.Services.AddSingleton<ServiceBusClient>(provider => new SelfKillingClient((ServiceBusClient)real(provider), step));
        // Messages carry only the service's own id of the request.
        builder.UseMiddleware(async (context, next) =>
        {
            SelfKillingSender.CorrelationId.Value = (await context.GetHttpRequestDataAsync())?.Header("X-Correlation-ID");
            await next();
        });
        builder.Build().Run();
    }
}

/// <summary>The step after or during which the process dies.</summary>
internal enum KillStep
{
    BeforePromise,
    AfterPromise,
    DuringCommit,
    AfterCommit,
    AfterAnnouncement,
}

internal sealed class SelfKillingClient(ServiceBusClient real, KillStep step) : ServiceBusClient
{
    public override ServiceBusSender CreateSender(string queueOrTopicName) =>
        new SelfKillingSender(real.CreateSender(queueOrTopicName), queueOrTopicName, step);

    public override ServiceBusReceiver CreateReceiver(string queueName) => real.CreateReceiver(queueName);
}

internal sealed class SelfKillingSender(ServiceBusSender real, string queue, KillStep step) : ServiceBusSender
{
    public static readonly AsyncLocal<string?> CorrelationId = new();

    public override async Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
    {
        var isPromise = queue == "referral-follow-up" && CorrelationId.Value == step.ToString();
        if (isPromise && step == KillStep.BeforePromise) KillSelf();
        await real.SendMessageAsync(message, cancellationToken);
        if (isPromise && step == KillStep.AfterPromise) KillSelf();
        if (isPromise && step == KillStep.DuringCommit) _ = Task.Delay(2, CancellationToken.None).ContinueWith(_ => KillSelf(), TaskScheduler.Default);
    }

    public override async Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        var all = messages.ToArray();
        var isAnnouncement = queue == "worklist-changes" && CorrelationId.Value == step.ToString();
        if (isAnnouncement && step == KillStep.AfterCommit) KillSelf();
        await real.SendMessagesAsync(all, cancellationToken);
        if (isAnnouncement && step == KillStep.AfterAnnouncement) KillSelf();
    }

    private static void KillSelf()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}

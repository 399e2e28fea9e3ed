using Azure.Core;
using Azure.Identity;
using EReferrals.Attachments;
using EReferrals.Audit;
using EReferrals.Confirmations;
using EReferrals.Contingency;
using EReferrals.DeadLetters;
using EReferrals.Ers;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Intake;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Operations;
using EReferrals.Overload;
using EReferrals.Processing;
using EReferrals.Reconciliation;
using EReferrals.Resilience;
using EReferrals.Retention;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Slots;
using EReferrals.Status;
using EReferrals.Storage;
using EReferrals.Telemetry;
using EReferrals.Transfers;
using EReferrals.Web;
using EReferrals.Worklists;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace EReferrals;

public static class Program
{
    public static void Main(string[] args) => FunctionsApplication.CreateBuilder(args).AddEReferrals().Build().Run();

    /// <summary>The whole app: its layers, its slices in the order in which a referral meets them, and its middleware.</summary>
    public static FunctionsApplicationBuilder AddEReferrals(this FunctionsApplicationBuilder builder)
    {
        var settings = Settings.From(builder.Configuration);
        var credential = CredentialFor(settings);
        builder.AddTelemetry(credential);
        builder.Services
            .AddSingleton(settings)
            .AddSingleton(settings.SafetyNet)
            .AddSingleton(settings.Tokens)
            .AddSingleton<CallerClock>()
            .AddSingleton<CursorKeys>()
            .AddSingleton<TimerParts>()
            .TryAddSingleton(TimeProvider.System);

        builder.Services.TryAddSingleton(credential);

        builder.Services
            .AddStorage()
            .AddMessaging()
            .AddSecurity(settings)
            .AddAudit()
            .AddOverload()
            .AddIntake()
            .AddProcessing()
            .AddLifecycle()
            .AddWorklists()
            .AddAttachments()
            .AddServiceDirectory()
            .AddSlots()
            .AddTransfers()
            .AddContingency()
            .AddReconciliation()
            .AddRetention()
            .AddConfirmations()
            .AddDeadLetters()
            .AddOperations()
            .AddStatus()
            .AddErs()
            .AddWeb(settings);

        // Outermost first.
        builder.UseMiddleware<ErsMiddleware>();
        builder.UseMiddleware<HttpMiddleware>();
        builder.UseMiddleware<TimeLimitMiddleware>();
        builder.UseMiddleware<OverloadMiddleware>();
        builder.UseMiddleware<SecurityMiddleware>();
        builder.UseMiddleware<RateLimitMiddleware>();
        builder.UseMiddleware<ModeMiddleware>();
        builder.UseMiddleware<QueryMiddleware>();
        builder.UseMiddleware<AcceptMiddleware>();
        return builder;
    }

    // Names the identity: trying several sources takes seconds at start and may find the wrong one.
    private static TokenCredential CredentialFor(Settings settings) => settings.IdentityClientId is { } clientId
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId))
        : new DefaultAzureCredential();
}

using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Attachments;

internal static class AttachmentsRegistration
{
    public static IServiceCollection AddAttachments(this IServiceCollection services) => services
        .AddSingleton<AttachmentIntake>()
        .AddSingleton<AttachmentUpload>()
        .AddSingleton<DownloadTickets>()
        .AddSingleton<LateScans>()
        .AddSingleton<AttachmentAccess>();
}

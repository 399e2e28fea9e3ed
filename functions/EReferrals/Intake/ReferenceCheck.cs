using System.Globalization;
using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Services;
using EReferrals.Storage.Tables;

namespace EReferrals.Intake;

/// <summary>
/// Checks that the service and the attachments of a submission exist and may be used. It waits only as long as a sender can be kept waiting: what
/// cannot be read in time is checked in processing.
/// </summary>
public sealed class ReferenceCheck(ServiceDirectory services, AttachmentTable attachments, SuccessionRegister register)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns the problems found; empty when there are none, or when the stores did not respond in time.</summary>
    public async Task<IReadOnlyList<FieldError>> FindProblemsAsync(Submission draft, CancellationToken cancellationToken)
    {
        var service = ServiceProblemAsync(draft, cancellationToken);
        var files = AttachmentProblemsAsync(draft, cancellationToken);
        return [.. await service, .. await files];
    }

    private async Task<IEnumerable<FieldError>> ServiceProblemAsync(Submission draft, CancellationToken cancellationToken)
    {
        var lookup = await services.TryFindAsync(draft.Service, Limit, cancellationToken);
        if (lookup is Lookup<Service>.NoResponse) return [];
        var service = (lookup as Lookup<Service>.Found)?.Value;
        if (ReferralRules.WhyServiceCannotTake(service, draft.Service, draft.Priority, draft.Referrer.Organisation) is { } refusal) return [ErrorOf(refusal)];
        var today = UkTime.DateOf(draft.Received);
        return ServiceLimits.Faults(service!, draft.Specialty, draft.ClinicType, draft.Patient.BirthDate, today).Select(ErrorOf);
    }

    private async Task<IEnumerable<FieldError>> AttachmentProblemsAsync(Submission draft, CancellationToken cancellationToken)
    {
        if (draft.Attachments.Count == 0) return [];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var found = await attachments.FindManyAsync(draft.Attachments, limit.Token);
            var successions = await register.CurrentAsync(limit.Token);
            return draft.Attachments.Select((id, index) => ProblemOf(found.GetValueOrDefault(id), draft, successions, index)).OfType<FieldError>();
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            return [];
        }
    }

    private static FieldError? ProblemOf(Attachment? attachment, Submission draft, Successions successions, int index)
    {
        var pointer = string.Create(CultureInfo.InvariantCulture, $"/attachments/{index}");
        var refusal = AttachmentRules.MayBeNamed(successions.Apply(attachment), successions.CurrentOf(draft.Referrer.Organisation), ubrn: null, pointer);
        return refusal is null ? null : ErrorOf(refusal);
    }

    private static FieldError ErrorOf(Refusal refusal) => new(refusal.Pointer, refusal.Code, refusal.Message);
}

using EReferrals.Directory;
using EReferrals.Http;
using EReferrals.Referrals;

namespace EReferrals.Intake;

/// <summary>
/// Whether the service and the attachments of a submission exist and may be used. Asked only for as long as a sender can be kept waiting:
/// what does not answer in time is checked in processing.
/// </summary>
public sealed class ReferenceCheck(ServiceDirectory services)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    public async Task<IReadOnlyList<FieldError>> FindProblemsAsync(Submission draft, CancellationToken cancellation)
    {
        var errors = new List<FieldError>();
        var (answered, service) = await services.TryFindAsync(draft.Service, Limit, cancellation);
        if (answered && ReferralRules.WhyServiceCannotTake(service, draft.Service, draft.Priority) is { } refusal) errors.Add(ErrorOf(refusal));
        return errors;
    }

    private static FieldError ErrorOf(Refusal refusal) => new(refusal.Pointer, refusal.Code, refusal.Message);
}

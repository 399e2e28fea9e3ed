using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Services;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;

namespace EReferrals.Processing;

/// <summary>
/// Creates a referral from an accepted submission: 1 claim the idempotency key, 2 link the attachments, 3 decide, 4 save, 5 check for duplicates,
/// 6 announce, 7 check the letters. After a stop at any point, the redelivered message repeats all steps. Each step is idempotent: the claim, the
/// links, the first version and the worklist changes already exist.
/// </summary>
public sealed class SubmissionProcessing(
    ServiceDirectory services,
    IdempotencyTable keys,
    AttachmentTable attachments,
    ReferralTable referrals,
    GoneReferrals gone,
    ReferralBus bus,
    LetterCheck letters,
    DuplicateCheck duplicates,
    SuccessionRegister register,
    TimeProvider clock)
{
    /// <summary>Processes one submission; throws when a store does not respond, so that the message is redelivered.</summary>
    /// <exception cref="UnprocessableMessageException">The referral of the same idempotency key was deleted before this submission was accepted.</exception>
    public async Task ProcessAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (await FirstWithSameKeyAsync(submission, cancellationToken) is { } first)
        {
            await referrals.InsertAliasAsync(submission.Ubrn, first, cancellationToken);
            await CheckNotDeletedAsync(first, submission, cancellationToken);
            return;
        }

        var service = await ServiceAsync(submission, cancellationToken);
        var (linked, leftOff) = await LinkAsync(submission, cancellationToken);
        var decision = ReferralRules.Submit(submission, service, linked, leftOff, clock.GetUtcNow());
        if (await InsertAsync(decision, submission, cancellationToken) is not { } saved) return;
        // Continue with the saved referral and not with this decision: an earlier delivery may have read another version of the directory. It may
        // also have stored the referral as open at a place where it is no longer open.
        var kept = ReferenceEquals(saved, decision.After)
            ? await duplicates.KeepNewAsync(saved, cancellationToken)
            : await duplicates.KeepAsync(saved, [PatientAtService.From(decision.After)], cancellationToken);
        await bus.AnnounceAsync(WorklistRules.Changes(before: null, saved, kept.Duplicates), submission.CorrelationId, cancellationToken);
        await duplicates.TellOthersAsync(kept, submission.CorrelationId, cancellationToken);
        // A scan verdict that arrived before the save found no referral to update, so check now. A later verdict finds the referral.
        if (submission.Attachments.Count > 0) await letters.CheckAsync(saved.Ubrn, submission.CorrelationId, cancellationToken);
    }

    // Null when the submission was processed before, and its referral was deleted since.
    private async Task<Referral?> InsertAsync(Decision.Changed decision, Submission submission, CancellationToken cancellationToken)
    {
        try
        {
            return await referrals.InsertAsync(decision, submission.Idempotency, cancellationToken);
        }
        catch (ReferralGoneException)
        {
            await CheckNotDeletedAsync(submission.Ubrn, submission, cancellationToken);
            return null;
        }
    }

    // Acceptance refuses such a repeat, unless the tables did not respond. Its sender believes that the patient is referred, so an operator must know.
    private async Task CheckNotDeletedAsync(Ubrn first, Submission submission, CancellationToken cancellationToken)
    {
        if (await gone.FindAsync(first, cancellationToken) is not { } stone || submission.Received <= stone.At) return;
        throw new UnprocessableMessageException("ReferralDeleted");
    }

    // Before a rejection, read the directory again: acceptance may have read a newer version than this instance has cached.
    private async Task<Service?> ServiceAsync(Submission submission, CancellationToken cancellationToken)
    {
        var cached = await services.FindAsync(submission.Service, cancellationToken);
        return ReferralRules.WhyServiceCannotTake(cached, submission.Service, submission.Priority, submission.Referrer.Organisation) is null
            ? cached
            : await services.FindNowAsync(submission.Service, cancellationToken);
    }

    // An attachment that cannot be linked is left off and reported as a problem, so that it does not delay the referral.
    private async Task<(IReadOnlyList<LinkedAttachment> Linked, IReadOnlyList<string> LeftOff)> LinkAsync(
        Submission submission, CancellationToken cancellationToken)
    {
        var found = await attachments.FindManyAsync(submission.Attachments, cancellationToken);
        var successions = await register.CurrentAsync(cancellationToken);
        var referrer = successions.CurrentOf(submission.Referrer.Organisation);
        var linked = new List<LinkedAttachment>();
        var leftOff = new List<string>();
        foreach (var id in submission.Attachments)
        {
            var attachment = found.GetValueOrDefault(id);
            var refusal = AttachmentRules.MayBeLinked(successions.Apply(attachment), referrer, submission.Ubrn, pointer: "");
            if (refusal is null && await attachments.LinkAsync(id, submission.Ubrn, cancellationToken) == LinkOutcome.Linked)
            {
                linked.Add(LinkedAttachment.From(attachment!, AttachmentType.Referrer, submission.By, submission.Received));
            }
            else
            {
                leftOff.Add($"Attachment {id}: {refusal?.Message ?? "It belongs to another referral."}");
            }
        }

        return (linked, leftOff);
    }

    // Returns the UBRN of an earlier submission with the same key and body. Acceptance misses it when the key table is unavailable. If the bodies
    // differ, both submissions were accepted and both referrals are kept.
    private async Task<Ubrn?> FirstWithSameKeyAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (submission.Idempotency is not { } key) return null;
        var claim = await keys.ClaimAsync(submission.Referrer.Organisation, key, submission.Ubrn, cancellationToken);
        return claim.Ubrn is { } first && first != submission.Ubrn && key.IsOf(claim.BodyHash) ? first : null;
    }
}

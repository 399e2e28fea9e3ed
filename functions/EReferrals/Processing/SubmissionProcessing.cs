using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Services;
using EReferrals.Storage.Tables;

namespace EReferrals.Processing;

/// <summary>
/// Makes a referral out of an accepted submission: 1 claim the key, 2 link the attachments, 3 decide, 4 save, 5 look for duplicates, 6 announce, 7 look at the letters. A stop anywhere repeats all
/// of it, and every step finds what it did before: the claim, the links, the saved first version, and worklist changes that are known already.
/// </summary>
public sealed class SubmissionProcessing(
    ServiceDirectory services,
    IdempotencyTable keys,
    AttachmentTable attachments,
    ReferralTable referrals,
    ReferralBus bus,
    LetterCheck letters,
    DuplicateCheck duplicates,
    SuccessionRegister register,
    TimeProvider clock)
{
    public async Task ProcessAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (await FirstWithSameKeyAsync(submission, cancellationToken) is { } first)
        {
            await referrals.InsertAliasAsync(submission.Ubrn, first, cancellationToken);
            return;
        }

        var service = await ServiceAsync(submission, cancellationToken);
        var (linked, leftOff) = await LinkAsync(submission, cancellationToken);
        var decision = ReferralRules.Submit(submission, service, linked, leftOff, clock.GetUtcNow());
        var saved = await referrals.InsertAsync(decision, submission.Idempotency, cancellationToken);
        // What was saved counts, not what was decided now: an earlier delivery may have met another directory. And it may have kept the referral as open where
        // it is open no more.
        var kept = ReferenceEquals(saved, decision.After)
            ? await duplicates.KeepNewAsync(saved, cancellationToken)
            : await duplicates.KeepAsync(saved, [PatientAtService.From(decision.After)], cancellationToken);
        await bus.AnnounceAsync(WorklistRules.Changes(before: null, saved, kept.Duplicates), submission.CorrelationId, cancellationToken);
        await duplicates.TellOthersAsync(kept, submission.CorrelationId, cancellationToken);
        // A verdict that came before this found no referral to tell; one that comes after this finds it.
        if (submission.Attachments.Count > 0) await letters.CheckAsync(saved.Ubrn, submission.CorrelationId, cancellationToken);
    }

    // Acceptance may have seen the directory newer than this instance knows it: nobody is refused on what was read some seconds ago.
    private async Task<Service?> ServiceAsync(Submission submission, CancellationToken cancellationToken)
    {
        var known = await services.FindAsync(submission.Service, cancellationToken);
        return ReferralRules.WhyServiceCannotTake(known, submission.Service, submission.Priority, submission.Referrer.Organisation) is null
            ? known
            : await services.FindNowAsync(submission.Service, cancellationToken);
    }

    // What cannot be linked is left off and said: the referral is not held up for it.
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

    // The same key and body accepted twice, while the key table was out of reach. A key used for two bodies then made two referrals, and
    // both were accepted: both are kept.
    private async Task<Ubrn?> FirstWithSameKeyAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (submission.Idempotency is not { } key) return null;
        var claim = await keys.ClaimAsync(submission.Referrer.Organisation, key, submission.Ubrn, cancellationToken);
        return claim.Ubrn is { } first && first != submission.Ubrn && key.IsOf(claim.BodyHash) ? first : null;
    }
}

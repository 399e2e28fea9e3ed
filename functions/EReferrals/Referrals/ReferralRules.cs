namespace EReferrals.Referrals;

/// <summary>What may happen to a referral. Pure: values in, a value out; no clock, no store, no logger.</summary>
public static class ReferralRules
{
    public const string AcceptOutcome = "ACCEPT_REFER_BOOK_LATER";
    public const string ReturnOutcome = "RETURN_TO_REFERRER_WITH_ADVICE";
    public const string TriageReason = "TRIAGE";
    public const string ServiceInappropriate = "SERVICE_INAPPROPRIATE";

    /// <summary>Makes the first version out of an accepted submission. There is no refusal here: it was accepted, so it is kept.</summary>
    /// <param name="service">Null when the directory has no such service.</param>
    /// <param name="linked">The attachments that could be linked.</param>
    /// <param name="leftOff">Why the others could not, one line each.</param>
    public static Decision.Changed Submit(
        Submission submission, Service? service, IReadOnlyList<LinkedAttachment> linked, IReadOnlyList<string> leftOff, DateTimeOffset now)
    {
        var impossible = WhyServiceCannotTake(service, submission.Service, submission.Priority, submission.Referrer.Organisation);
        var by = impossible is null ? submission.By : Actor.System;
        var (state, reason) = impossible is not null ? (ReferralState.Rejected, ServiceInappropriate)
            : service!.TakesTriage ? (ReferralState.AwaitingTriage, TriageReason)
            : (ReferralState.DeferredToProvider, null);
        var referral = new Referral
        {
            Ubrn = submission.Ubrn,
            Version = 1,
            State = state,
            Reason = reason,
            Comments = impossible?.Message,
            Priority = submission.Priority,
            Patient = submission.Patient,
            Referrer = submission.Referrer,
            Service = new ReferredTo(submission.Service, service?.Name, impossible is null ? service?.Provider : null),
            Specialty = submission.Specialty ?? service?.Specialty,
            ClinicType = submission.ClinicType,
            ClinicalReason = submission.ClinicalReason,
            Snomed = submission.Snomed,
            LetterIntention = submission.LetterIntention,
            Attachments = linked,
            LetterRefused = leftOff.Count > 0,
            PathwayStart = submission.PathwayStart ?? submission.Received,
            Received = submission.Received,
            Problems = leftOff,
            Created = now,
            Updated = now,
            UpdatedBy = by,
        };
        return new Decision.Changed(referral, EventOf(null, referral, ReferralAction.Submitted, submission.CorrelationId));
    }

    /// <summary>Null when the service can take a referral of this priority from this organisation.</summary>
    public static Refusal? WhyServiceCannotTake(Service? service, string serviceId, Priority priority, string referrer) => service switch
    {
        null => NoSuchService(serviceId),
        _ when !ReservedOrganisation.MayRefer(referrer, service.Provider) => NoSuchService(serviceId),
        { Open: false } => new Refusal("ServiceMustBeOpen", "INAPPROPRIATE_VALUE", $"Service {serviceId} is closed to referrals.", "/service"),
        { TakesReferrals: false } => new Refusal(
            "ServiceMustTakeReferrals", "INAPPROPRIATE_VALUE", $"Service {serviceId} gives advice and guidance only.", "/service"),
        _ when !service.Priorities.Contains(priority) => new Refusal(
            "ServiceMustTakePriority", "INAPPROPRIATE_VALUE", $"Service {serviceId} does not take {Code.Of(priority)} referrals.", "/service"),
        _ => null,
    };

    private static Refusal NoSuchService(string serviceId) =>
        new("ServiceMustBeKnown", "REFERENCE_NOT_FOUND", $"There is no service {serviceId}.", "/service");

    public static Decision Decide(Referral referral, Command command, Actor actor, DateTimeOffset now, string correlationId)
    {
        if (Forbids(referral, command, actor) is { } forbidden) return new Decision.Refused(forbidden);
        var after = command switch
        {
            Command.Accept accept => Accept(referral, accept),
            Command.Return back => Return(referral, back),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "Not a command."),
        };
        if (after is null) return new Decision.Refused(WrongState(referral, command));
        after = after with { Version = referral.Version + 1, Updated = now, UpdatedBy = actor };
        return new Decision.Changed(after, EventOf(referral, after, ActionOf(command), correlationId));
    }

    /// <summary>Whether this actor may do this to this referral at all, in whatever state it is; null when it may.</summary>
    public static Refusal? Forbids(Referral referral, Command command, Actor actor)
    {
        if (!MayEver(command, actor.Role))
        {
            return new Refusal("RoleMayCallCommand", "FORBIDDEN", $"{Code.Of(actor.Role)} may not do this.");
        }

        return Relationships.MayChange(referral, actor)
            ? null
            : new Refusal("ActorHasRelationship", "NO_RELATIONSHIP", "Your organisation has no relationship with this referral.");
    }

    private static bool MayEver(Command command, Role role) => command switch
    {
        Command.Accept or Command.Return =>
            role is Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin or Role.ProviderAuthorisedApplication,
        _ => false,
    };

    // A reviewed referral cannot be reviewed twice; a deferred one needs something to judge (e-RS A028).
    private static bool AwaitsOutcome(Referral referral) => !referral.Completed && referral.State switch
    {
        ReferralState.AwaitingTriage => true,
        ReferralState.DeferredToProvider => referral.HasClinicalInformation && referral.Review != Review.Reviewed,
        _ => false,
    };

    private static Referral? Accept(Referral referral, Command.Accept command)
    {
        var priority = command.Priority ?? referral.Priority;
        if (AwaitsOutcome(referral))
        {
            return referral with
            {
                State = ReferralState.TriagedProviderToAction,
                Reason = AcceptOutcome,
                Comments = command.Comments,
                Priority = priority,
                Review = Review.Reviewed,
            };
        }

        var bookedAndPending = referral is { State: ReferralState.Booked, Completed: false } && referral.Review != Review.Reviewed;
        return bookedAndPending ? referral with { Comments = command.Comments, Priority = priority, Review = Review.Reviewed } : null;
    }

    private static Referral? Return(Referral referral, Command.Return command) => AwaitsOutcome(referral)
        ? referral with
        {
            State = ReferralState.TriageResponse,
            Reason = ReturnOutcome,
            Comments = command.Comments,
            Review = Review.Reviewed,
        }
        : null;

    private static Refusal WrongState(Referral referral, Command command)
    {
        var why = referral switch
        {
            { Completed: true } => "is completed",
            { State: ReferralState.DeferredToProvider, HasClinicalInformation: false } => "is DEFERRED_TO_PROVIDER and its letter has not come yet",
            { Review: Review.Reviewed } => $"is {Code.Of(referral.State)} and has been reviewed",
            _ => $"is {Code.Of(referral.State)}",
        };
        var rule = $"StateAllows{command.GetType().Name}";
        return new Refusal(rule, "INVALID_REQUEST_STATE", $"The referral {why}, which does not allow this.");
    }

    private static ReferralAction ActionOf(Command command) => command switch
    {
        Command.Accept => ReferralAction.Accepted,
        Command.Return => ReferralAction.Returned,
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "Not a command."),
    };

    private static ReferralEvent EventOf(Referral? before, Referral after, ReferralAction what, string correlationId) => new()
    {
        Version = after.Version,
        At = after.Updated,
        What = what,
        From = before?.State,
        To = after.State,
        By = after.UpdatedBy,
        Reason = after.Reason,
        Comments = after.Comments,
        CorrelationId = correlationId,
    };
}

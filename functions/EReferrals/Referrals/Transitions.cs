using System.Globalization;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>Applies each command to a referral, or refuses it. <see cref="ReferralRules.Forbids"/> has already checked the caller.</summary>
internal static class Transitions
{
    public const string AcceptOutcome = "ACCEPT_REFER_BOOK_LATER";
    public const string ReturnOutcome = "RETURN_TO_REFERRER_WITH_ADVICE";
    public const string ActionLaterOutcome = "CANCEL_APPOINTMENT_ACTION_LATER";
    public const string TriageReason = "TRIAGE";

    public static Step From(Referral referral, Command command, Actor actor, DateTimeOffset now) => command switch
    {
        Command.Accept accept => Accept(referral, accept, actor, now),
        Command.Return back => Return(referral, back, actor, now),
        Command.Reject reject => Reject(referral, reject, actor, now),
        Command.Book book => Book(referral, book),
        Command.CancelAppointment cancel => CancelAppointment(referral, cancel, actor, now),
        Command.RecordOutcome outcome => RecordOutcome(referral, outcome, actor, now),
        Command.CorrectOutcome correction => CorrectOutcome(referral, correction, now),
        Command.Redirect redirect => Redirect(referral, redirect, now),
        Command.Acknowledge => Acknowledge(referral, command),
        Command.CorrectPatient correction => CorrectPatient(referral, correction, now),
        Command.ChangeLetters letters => ChangeLetters(referral, letters, actor, now),
        Command.Cancel cancel => Cancel(referral, cancel, actor, now),
        Command.BookSlot book => actor.Role.IsReferring() ? BookShortlistedSlot(referral, book, now) : BookOwnSlot(referral, book, now),
        Command.Defer defer => Defer(referral, defer, now),
        Command.SendForTriage send => SendForTriage(referral, send, now),
        Command.CancelAppointmentActionLater later => CancelAppointmentActionLater(referral, later, now),
        Command.ChangeShortlist shortlist => ChangeShortlist(referral, shortlist, now),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "Not a command."),
    };

    private static Step Accept(Referral referral, Command.Accept command, Actor actor, DateTimeOffset now)
    {
        if (command.Only is { } only && only != (referral.State == ReferralState.Booked ? ReviewKind.Appointment : ReviewKind.Request))
        {
            return WrongState(referral, command);
        }

        if (AwaitsOutcome(referral) || IsBookedAndPending(referral))
        {
            if (ProviderFiles.Faults(referral, command.Files, actor) is { Length: > 0 } faults) return faults;
            referral = ProviderFiles.With(referral, command.Files, actor, now);
        }

        var reviewed = WithPriority(Reviewed(referral), command.Priority, now) with { Comments = command.Comments };
        if (AwaitsOutcome(referral)) return reviewed with { State = ReferralState.TriagedProviderToAction, Reason = AcceptOutcome };
        if (!IsBookedAndPending(referral)) return WrongState(referral, command);
        // The provider noted the patient's details only: the letter is still to come, and its review with it.
        var isLetterOutstanding = referral is { Review: Review.PatientChanged, HasClinicalInformation: false, LetterUnreadable: false };
        return isLetterOutstanding ? reviewed with { Review = Review.NeverReviewed } : reviewed;
    }

    private static Step Return(Referral referral, Command.Return command, Actor actor, DateTimeOffset now)
    {
        if (!AwaitsOutcome(referral)) return WrongState(referral, command);
        if (command.Priority is { } priority && priority != referral.Priority)
        {
            return new Refusal(
                "ReturnKeepsPriority", "PRIORITY_NOT_CURRENT", "'priority' must be the present priority: a referral that is returned keeps it.", "/priority");
        }

        if (ProviderFiles.Faults(referral, command.Files, actor) is { Length: > 0 } faults) return faults;
        return Reviewed(ProviderFiles.With(referral, command.Files, actor, now)) with
        {
            State = ReferralState.TriageResponse,
            Reason = ReturnOutcome,
            Comments = command.Comments,
        };
    }

    private static Step Reject(Referral referral, Command.Reject command, Actor actor, DateTimeOffset now)
    {
        if (!IsBookedAndPending(referral)) return WrongState(referral, command);
        if (ReasonRules.ForRejection(command.Reason, command.Comments, actor.Role, UkTime.DateOf(now)) is { } refusal) return refusal;
        if (command.Pas is { } pas && WhyNotInPas(pas) is { } pasRefusal) return pasRefusal;
        return WithoutAppointment(Reviewed(referral), ReferralState.Rejected, command.Reason, command.Comments);
    }

    private static Refusal? WhyNotInPas(PasCancellation pas) => (pas.Bookable, pas.Confirmed) switch
    {
        (Bookable.IndirectlyBookable, null) => new Refusal(
            "PasMustBeConfirmed",
            "VALUE_IS_REQUIRED",
            "'cancelledInPas' is missing. Say whether the appointment was cancelled in your own system.",
            "/cancelledInPas"),
        (Bookable.IndirectlyBookable, false) => new Refusal(
            "PasMustBeCancelled", "UNABLE_TO_CANCEL_APPOINTMENT", "The appointment must be cancelled in your own system first.", "/cancelledInPas"),
        (Bookable.IndirectlyBookable, true) or (_, null) => null,
        _ => new Refusal(
            "PasIsForIndirectlyBookable", "FIELD_NOT_PERMITTED", "'cancelledInPas' is allowed only for an indirectly bookable service.", "/cancelledInPas"),
    };

    // The review status stays: an accepted referral is not reviewed again, and anything not yet reviewed still waits for its review.
    private static Step Book(Referral referral, Command.Book command)
    {
        if (!MayBookAsProvider(referral)) return WrongState(referral, command);
        if (WhyNoAppointment(referral, command) is { } refusal) return refusal;
        return Booked(referral, command.Appointment);
    }

    private static Referral Booked(Referral referral, Appointment appointment) =>
        referral with { State = ReferralState.Booked, Reason = null, Comments = null, Appointment = appointment };

    // The provider may give any of the slots of the service, also one for another priority.
    private static Step BookOwnSlot(Referral referral, Command.BookSlot command, DateTimeOffset now)
    {
        if (!MayBookAsProvider(referral)) return WrongState(referral, command);
        if (SlotRules.WhyNotBooked(command.Slot, referral.Service.Id, referral, now) is { } refusal) return refusal;
        return Booked(referral, SlotRules.AppointmentOf(command.Slot.Found!));
    }

    private static Step CancelAppointment(Referral referral, Command.CancelAppointment command, Actor actor, DateTimeOffset now)
    {
        if (!IsBooked(referral)) return WrongState(referral, command);
        var today = UkTime.DateOf(now);
        if (ReasonRules.ForCancelledAppointment(command.Reason, command.Comments, actor.Role, today) is { } refusal) return refusal;
        var state = actor.Role.IsReferring() ? ReferralState.ApptCancelledByPatient : ReferralState.ApptCancelledByProvider;
        return WithoutAppointment(referral, state, command.Reason, command.Comments);
    }

    private static Step RecordOutcome(Referral referral, Command.RecordOutcome command, Actor actor, DateTimeOffset now)
    {
        if (!IsBooked(referral)) return WrongState(referral, command);
        if (WhyNoOutcomeYet(referral, now) is { } early) return early;
        if (command.Outcome != AppointmentOutcome.DidNotAttend && command.Reason is not null)
        {
            return new Refusal("ReasonIsForAbsence", "FIELD_NOT_PERMITTED", "'reason' is allowed only with the outcome DID_NOT_ATTEND. Remove it.", "/reason");
        }

        if (command.Reason is { } reason
            && ReasonRules.ForMissedAppointment(reason, command.Comments, actor.Role, UkTime.DateOf(now)) is { } refusal)
        {
            return refusal;
        }

        return WithOutcome(referral, command.Outcome) with { Reason = command.Reason, Comments = command.Comments };
    }

    // Possible only while the outcome is the latest state. When the referrer has sent the patient elsewhere since, the outcome stays.
    private static Step CorrectOutcome(Referral referral, Command.CorrectOutcome command, DateTimeOffset now)
    {
        if (referral is not { Outcome: { } recorded, Appointment: not null }) return WrongState(referral, command);
        if (command.Outcome == recorded)
        {
            return new Refusal("OutcomeMustDiffer", "NO_CHANGES_DETECTED", $"The recorded outcome is already {Code.From(recorded)}.", "/outcome");
        }

        var booked = referral with
        {
            State = ReferralState.Booked,
            Completed = false,
            Reason = null,
            Comments = command.Comments,
            Review = referral.ReviewBeforeOutcome ?? referral.Review,
            ReviewBeforeOutcome = null,
        };
        if (command.Outcome is not { } right) return booked;
        return WhyNoOutcomeYet(referral, now) is { } early ? early : WithOutcome(booked, right);
    }

    private static Referral WithOutcome(Referral booked, AppointmentOutcome outcome)
    {
        var after = booked with { ReviewBeforeOutcome = booked.Review };
        return outcome switch
        {
            AppointmentOutcome.DidNotAttend => after with { State = ReferralState.DidNotAttend },
            AppointmentOutcome.Assessed => after with { State = ReferralState.AssessmentResult, Review = Review.Reviewed },
            _ => after with { Completed = true, Review = Review.Reviewed },
        };
    }

    // Allowed from the start of the appointment's day, because clinics can run early. An outcome recorded before that day would take the referral
    // off the worklists, and a missed appointment would go unnoticed.
    private static Refusal? WhyNoOutcomeYet(Referral referral, DateTimeOffset now) =>
        referral.Appointment is { } appointment && UkTime.DateOf(now) < UkTime.DateOf(appointment.Start)
            ? new Refusal(
                "OutcomeFollowsAppointment",
                "INVALID_REQUEST_STATE",
                "The appointment is on a later day, so it has no outcome yet. If it will not take place, cancel the appointment.")
            : null;

    private static Step Redirect(Referral referral, Command.Redirect command, DateTimeOffset now)
    {
        if (!MayChooseAgain(referral)) return WrongState(referral, command);
        var priority = command.Priority ?? referral.Priority;
        if (ReferralRules.WhyServiceCannotTake(command.Service.Found, command.Service.Id, priority, referral.Referrer.Organisation) is { } refusal)
        {
            return refusal;
        }
        var service = command.Service.Found!;
        if (ServiceLimits.WhyPatientIsNotSeen(service, referral.Patient.BirthDate, UkTime.DateOf(now)) is { } ageRefusal) return ageRefusal;
        var (state, reason) = service.TakesTriage ? (ReferralState.AwaitingTriage, TriageReason) : (ReferralState.DeferredToProvider, null);
        return WithPriority(SentTo(referral, service, now), priority, now) with
        {
            State = state,
            Reason = reason,
            Comments = command.Reason,
            Shortlist = [service.Id],
            // What was searched for led to the former services.
            Criteria = null,
        };
    }

    private static Step ChangeLetters(Referral referral, Command.ChangeLetters command, Actor actor, DateTimeOffset now)
    {
        if (!IsActive(referral)) return WrongState(referral, command);
        var intention = command.Intention ?? referral.LetterIntention;
        if (command.Letters is not { } letters)
        {
            // Blocked letters can never be opened. When the referrer says that none will come instead, the referral goes on without them.
            LinkedAttachment[] kept = [.. referral.Attachments.Where(attachment => attachment.Unreadable?.Why != ProblemCode.LetterBlocked)];
            if (command.Intention == LetterIntention.NotIntendingToAdd && kept.Length < referral.Attachments.Count)
            {
                return ReviewedAgain(LetterRules.WithProblems(Settled(referral) with { Attachments = kept, LetterIntention = intention }), now);
            }

            return intention == referral.LetterIntention && !referral.LetterRefused
                ? new Refusal("LettersMustDiffer", "NO_CHANGES_DETECTED", $"'letter' of the referral is already {Code.From(intention)}.", "/letter")
                : Settled(referral) with { LetterIntention = intention };
        }

        if (letters.Count == 0)
        {
            return new Refusal("LettersMustBeNamed", "MISSING_VALUE", "'attachments' must have at least one item.", "/attachments");
        }

        Refusal[] refusals =
        [
            .. letters.Select((letter, at) => AttachmentRules.MayBeNamed(letter.Found, actor.Organisation, referral.Ubrn, Pointer("attachments", at)))
                .Concat(command.AsErs ? LetterRules.ErsFaults(referral, letters) : [])
                .OfType<Refusal>().DistinctBy(refusal => (refusal.Rule, refusal.Pointer)),
        ];
        if (refusals.Length > 0) return refusals;

        var before = referral.Attachments.Where(attachment => attachment.Type == AttachmentType.Referrer).ToDictionary(letter => letter.Id);
        var isSame = before.Count == letters.Count && letters.All(letter => before.ContainsKey(letter.Id));
        if (isSame && !referral.LetterRefused && intention == referral.LetterIntention)
        {
            return new Refusal("LettersMustDiffer", "NO_CHANGES_DETECTED", "The referral already has exactly these letters.", "/attachments");
        }

        var after = Settled(referral) with
        {
            Attachments =
            [
                .. referral.Attachments.Where(attachment => attachment.Type != AttachmentType.Referrer),
                .. letters.Select(letter =>
                    before.GetValueOrDefault(letter.Id)
                    ?? LinkedAttachment.From(letter.Found!, AttachmentType.Referrer, actor, now) with { Description = letter.Description }),
            ],
            LetterIntention = intention,
        };
        after = LetterRules.WithProblems(after);
        return isSame ? after : ReviewedAgain(after, now);

        static Referral Settled(Referral referral) => referral with
        {
            LetterRefused = false,
            Problems = [.. referral.Problems.Where(problem => problem.Code != ProblemCode.AttachmentLeftOff)],
        };
    }

    private static Step Acknowledge(Referral referral, Command command) =>
        referral is { CameBack: true, Acknowledged: false } ? referral with { Acknowledged = true } : WrongState(referral, command);

    private static Step CorrectPatient(Referral referral, Command.CorrectPatient command, DateTimeOffset now)
    {
        if (!IsActive(referral)) return WrongState(referral, command);
        if (command.Patient == referral.Patient)
        {
            return new Refusal("PatientMustDiffer", "NO_CHANGES_DETECTED", "The referral already has these patient details.", "/nhsNumber");
        }

        // Never refused, not even for the age limits of the service: the identity of the patient is more important.
        var after = referral with { Patient = command.Patient, ChangedForReviewAt = now, PatientUnseenBy = [.. ProvidersOf(referral)] };
        if (command.Service is { } service && service.Id == referral.Service?.Id) after = ServiceLimits.WithAgeAsked(after, service, now);
        // A review of the wrong patient does not count, including one that a correction of the outcome would restore.
        if (referral.Outcome is not null)
        {
            var before = referral.ReviewBeforeOutcome ?? referral.Review;
            return after with { ReviewBeforeOutcome = Review.PatientChanged, ReviewSince = before == Review.Reviewed ? now : referral.ReviewSince };
        }

        return IsWithProvider(referral)
            ? after with { Review = Review.PatientChanged, ReviewSince = referral.Review == Review.Reviewed ? now : referral.ReviewSince }
            : after;
    }

    private static Step Cancel(Referral referral, Command.Cancel command, Actor actor, DateTimeOffset now)
    {
        if (!IsActive(referral)) return WrongState(referral, command);
        var today = UkTime.DateOf(now);
        if (ReasonRules.ForCancelledReferral(referral, command.Reason, command.Comments, actor.Role, today) is { } refusal) return refusal;
        var cancelled = WithoutAppointment(referral, ReferralState.CancelledReferral, command.Reason, command.Comments);
        // An appointment with an outcome is over, so it cannot be cancelled: it stays as it was.
        return referral.Outcome is null ? cancelled : cancelled with { Appointment = referral.Appointment };
    }

    private static Step BookShortlistedSlot(Referral referral, Command.BookSlot command, DateTimeOffset now)
    {
        if (!MayBookAgain(referral)) return WrongState(referral, command);
        if (WhyNotShortlisted(referral, command.Service) is { } notShortlisted) return notShortlisted;
        if (command.Service.Found!.Bookable != Bookable.DirectlyBookable)
        {
            return new Refusal(
                "ServiceMustBeDirectlyBookable", "INAPPROPRIATE_VALUE", $"Service {command.Service.Id} is not directly bookable.", "/service");
        }

        if (SlotRules.WhyNotBooked(command.Slot, command.Service.Id, referral, now) is { } refusal) return refusal;
        var slot = command.Slot.Found!;
        if (slot.Priority != referral.Priority) return WrongPriority(slot, referral);
        return Booked(SentTo(referral, command.Service.Found, now), SlotRules.AppointmentOf(slot)) with { Comments = command.Comments };
    }

    private static Step Defer(Referral referral, Command.Defer command, DateTimeOffset now)
    {
        if (!MayBookAgain(referral)) return WrongState(referral, command);
        if (WhyNotShortlisted(referral, command.Service) is { } notShortlisted) return notShortlisted;
        if (WhyNotDeferred(referral, command, now) is { } refusal) return refusal;
        return SentTo(referral, command.Service.Found!, now) with
        {
            State = ReferralState.DeferredToProvider,
            Reason = Code.From(command.Reason),
            Comments = command.Comments,
        };
    }

    private static Step SendForTriage(Referral referral, Command.SendForTriage command, DateTimeOffset now)
    {
        if (!MayBookAgain(referral)) return WrongState(referral, command);
        if (WhyNotShortlisted(referral, command.Service) is { } notShortlisted) return notShortlisted;
        if (!command.Service.Found!.TakesTriage)
        {
            return new Refusal("ServiceMustTakeTriage", "INAPPROPRIATE_VALUE", $"Service {command.Service.Id} does not take triage requests.", "/service");
        }

        return SentTo(referral, command.Service.Found, now) with
        {
            State = ReferralState.AwaitingTriage,
            Reason = TriageReason,
            Comments = command.Comments,
        };
    }

    private static Step CancelAppointmentActionLater(Referral referral, Command.CancelAppointmentActionLater command, DateTimeOffset now) =>
        IsBookedAndPending(referral)
            ? WithPriority(
                WithoutAppointment(Reviewed(referral), ReferralState.TriagedProviderToAction, ActionLaterOutcome, command.Comments),
                command.Priority,
                now)
            : WrongState(referral, command);

    private static Step ChangeShortlist(Referral referral, Command.ChangeShortlist command, DateTimeOffset now)
    {
        if (!MayChooseAgain(referral)) return WrongState(referral, command);
        if (ShortlistFaults(referral, command, now) is { Length: > 0 } faults) return faults;
        var first = command.Services[0].Found!;
        var clinic = command.Criteria is { } searched ? searched.ClinicType : referral.ClinicType;
        return WithPriority(WithoutProvider(referral, now), command.Priority, now) with
        {
            State = ReferralState.NotBooked,
            Service = new ReferredTo(first.Id, first.Name, Provider: null),
            Criteria = command.Criteria,
            Shortlist = [.. command.Services.Select(service => service.Id)],
            Specialty = command.Criteria?.Specialty ?? first.Specialty,
            ClinicType = clinic is not null && ServiceLimits.Offers(first, clinic) ? clinic : null,
            Snomed = command.Criteria?.ClinicalTerm is { } term ? [.. referral.Snomed.Append(term).Distinct()] : referral.Snomed,
            LetterIntention = command.Letter,
            ReminderDays = command.ReminderDays ?? referral.ReminderDays,
        };
    }

    private static Refusal[] ShortlistFaults(Referral referral, Command.ChangeShortlist command, DateTimeOffset now) => command.Criteria is { } criteria
        ?
        [
            .. CriteriaRules.Faults(criteria, UkTime.DateOf(now)),
            .. ShortlistRules.Faults(command.Services, criteria, referral.Referrer.Organisation),
        ]
        : [.. ShortlistRules.Faults(command.Services, command.Priority, referral.Referrer.Organisation)];

    private static Refusal? WhyNotShortlisted(Referral referral, NamedService service) => referral.Shortlist.Contains(service.Id)
        ? ReferralRules.WhyServiceCannotTake(service.Found, service.Id, referral.Priority, referral.Referrer.Organisation)
        : new Refusal("ServiceMustBeShortlisted", "INAPPROPRIATE_VALUE", $"Service {service.Id} is not on the referral's shortlist.", "/service");

    // A deferral costs the patient time, so its reason must be true.
    private static Refusal? WhyNotDeferred(Referral referral, Command.Defer command, DateTimeOffset now) => command switch
    {
        { Service.Found: { TakesAppointments: false } } => new Refusal(
            "ServiceMustTakeAppointments", "INAPPROPRIATE_VALUE", $"Service {command.Service.Id} takes requests for triage only.", "/service"),
        { Reason: DeferralReason.SlotNotAvailable, Slot: null } => new Refusal(
            "DeferralMustNameSlot", "VALUE_IS_REQUIRED", "'slot' is required with this reason: the slot that could not be booked.", "/slot"),
        // Referrers cannot book the slots of other services.
        { Service.Found: not { Bookable: Bookable.DirectlyBookable } } => null,
        { Reason: DeferralReason.NoSlotsAtService } when command.FreeSlots.Contains(referral.Priority) => new Refusal(
            "ServiceMustHaveNoSlots", "SLOTS_CURRENTLY_AVAILABLE", $"Service {command.Service.Id} has free slots. Book one of them.", "/reason"),
        { Reason: DeferralReason.SlotNotAvailable, Slot.Found: { } slot } when slot.Name.Service != command.Service.Id =>
            SlotRules.WhyNotOfService(command.Slot, command.Service.Id),
        { Reason: DeferralReason.SlotNotAvailable, Slot.Found: { } slot } when slot.Priority != referral.Priority => WrongPriority(slot, referral),
        { Reason: DeferralReason.SlotNotAvailable, Slot.Found: { } slot } when SlotRules.IsOpenTo(slot, referral.Ubrn, now) => new Refusal(
            "SlotMustBeGone", "THIS_SLOT_IS_AVAILABLE", $"Slot {slot.Name.Id} is free. Book it.", "/slot"),
        _ => null,
    };

    private static Refusal WrongPriority(Slot slot, Referral referral) => new(
        "SlotMustSuitPriority",
        "INAPPROPRIATE_SLOT",
        $"Slot {slot.Name.Id} is for {Code.From(slot.Priority)} referrals; this one is {Code.From(referral.Priority)}.",
        "/slot");

    // For an indirectly bookable service only the start is known here; its end is in the provider's own system.
    private static Refusal? WhyNoAppointment(Referral referral, Command.Book command)
    {
        var (start, end) = (command.Appointment.Start, command.Appointment.End);
        var mayHaveNoLength = command.Service is { Bookable: Bookable.IndirectlyBookable } service && service.Id == referral.Service.Id;
        return end > start || (end == start && mayHaveNoLength)
            ? null
            : new Refusal("AppointmentMustEndAfterItStarts", "INVALID_VALUE", "'end' must be later than 'start'.", "/end");
    }

    private static bool IsActive(Referral referral) => referral.Status == ReferralStatus.Active;

    private static bool IsWithProvider(Referral referral) => referral.State is ReferralState.AwaitingTriage or ReferralState.DeferredToProvider
        or ReferralState.TriagedProviderToAction or ReferralState.Booked or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider;

    private static bool IsBooked(Referral referral) => IsActive(referral) && referral.State == ReferralState.Booked;

    private static bool IsBookedAndPending(Referral referral) => IsBooked(referral) && referral.Review != Review.Reviewed;

    // A reviewed referral cannot be reviewed again, and a deferred one needs clinical information first (e-RS A028).
    internal static bool AwaitsOutcome(Referral referral) => IsActive(referral) && referral.State switch
    {
        ReferralState.AwaitingTriage => true,
        ReferralState.DeferredToProvider => referral.HasClinicalInformation && referral.Review != Review.Reviewed,
        _ => false,
    };

    private static bool MayBookAsProvider(Referral referral) => IsActive(referral)
        && referral.State is ReferralState.TriagedProviderToAction or ReferralState.DeferredToProvider
            or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider;

    internal static bool MayBookAgain(Referral referral) => IsActive(referral)
        && referral.State is ReferralState.NotBooked or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider
            or ReferralState.Rejected or ReferralState.TriageResponse or ReferralState.DidNotAttend;

    internal static bool MayChooseAgain(Referral referral) =>
        MayBookAgain(referral) || (IsActive(referral) && referral.State == ReferralState.DeferredToProvider);

    // A letter that arrives after the review has not been reviewed, so the review is pending again. A referral that is back with the referrer
    // does not need this, because the next provider starts a new review. After an outcome, the saved review status changes, because a
    // correction of the outcome restores it.
    internal static Referral ReviewedAgain(Referral referral, DateTimeOffset now) => AskedAgain(referral, now) with { ChangedForReviewAt = now };

    private static Referral AskedAgain(Referral referral, DateTimeOffset now) => (referral.Review, referral.State) switch
    {
        _ when referral is { Outcome: not null, ReviewBeforeOutcome: Review.Reviewed } =>
            referral with { ReviewBeforeOutcome = Review.LetterChanged, ReviewSince = now },
        _ when referral is { Outcome: not null, ReviewBeforeOutcome: Review.PriorityChanged } =>
            referral with { ReviewBeforeOutcome = Review.PriorityAndLetterChanged },
        _ when referral.Outcome is not null => referral,
        (Review.Reviewed, ReferralState.Booked or ReferralState.TriagedProviderToAction
            or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider) =>
            referral with { Review = Review.LetterChanged, ReviewSince = now },
        (Review.PriorityChanged, _) => referral with { Review = Review.PriorityAndLetterChanged },
        _ => referral,
    };

    private static Referral WithPriority(Referral referral, Priority? priority, DateTimeOffset now) =>
        priority is not { } other || other == referral.Priority
            ? referral
            : referral with { Priority = other, TwoWeekWaitSince = other == Priority.TwoWeekWait ? now : null };

    private static Referral WithoutAppointment(Referral referral, ReferralState state, string reason, string? comments) =>
        referral with { State = state, Reason = reason, Comments = comments, Appointment = null };

    // A provider that had the referral before may know the patient by other details, so its review is due again. The services of a shortlist can have
    // different specialties and clinic types.
    private static Referral SentTo(Referral referral, Service service, DateTimeOffset now)
    {
        var sent = WithoutProvider(referral, now) with
        {
            Service = new ReferredTo(service.Id, service.Name, service.Provider),
            Review = referral.PatientUnseenBy.Contains(service.Provider) ? Review.PatientChanged : Review.NeverReviewed,
        };
        return ServiceLimits.Fitted(sent, service, specialty: null, now);
    }

    private static Referral Reviewed(Referral referral) => referral with
    {
        Review = Review.Reviewed,
        PatientUnseenBy = [.. referral.PatientUnseenBy.Where(provider => provider != referral.Service.Provider)],
    };

    private static IEnumerable<string> ProvidersOf(Referral referral) =>
        referral.Service.Provider is { } provider ? referral.PastProviders.Append(provider).Distinct() : referral.PastProviders;

    // The former provider may still read what it was sent, and nothing that comes later. The next provider starts a new review.
    private static Referral WithoutProvider(Referral referral, DateTimeOffset now) => referral with
    {
        PastProviders = [.. ProvidersOf(referral)],
        LastSent = referral.Service.Provider is { } provider
            ? LastSentVersion.Noted(referral.LastSent, provider, referral.Version)
            : referral.LastSent,
        Reason = null,
        Comments = null,
        Appointment = null,
        Review = Review.NeverReviewed,
        ReviewSince = now,
    };

    private static Refusal WrongState(Referral referral, Command command)
    {
        var why = referral switch
        {
            { Completed: true } => $"is {Code.From(referral.State)} and completed",
            { State: ReferralState.DeferredToProvider, HasClinicalInformation: false } when command is Command.Accept or Command.Return =>
                "is DEFERRED_TO_PROVIDER and its letter has not arrived yet",
            { Acknowledged: true } when command is Command.Acknowledge => $"is {Code.From(referral.State)} and has been acknowledged",
            { Outcome: null } when command is Command.CorrectOutcome => $"is {Code.From(referral.State)} and has no outcome",
            { Review: Review.Reviewed } when command is Command.Accept or Command.Return or Command.Reject or Command.CancelAppointmentActionLater =>
                $"is {Code.From(referral.State)} and has been reviewed",
            _ => $"is {Code.From(referral.State)}",
        };
        return new Refusal($"StateAllows{command.GetType().Name}", "INVALID_REQUEST_STATE", $"This command is not allowed: the referral {why}.");
    }

    private static string Pointer(string member, int index) => string.Create(CultureInfo.InvariantCulture, $"/{member}/{index}");
}

/// <summary>The referral after a command, or all refusals; <see cref="After"/> is null when there are refusals.</summary>
internal readonly record struct Step(Referral? After, IReadOnlyList<Refusal> Refusals)
{
    public static implicit operator Step(Referral after) => new(after, []);

    public static implicit operator Step(Refusal refusal) => new(null, [refusal]);

    public static implicit operator Step(Refusal[] refusals) => new(null, refusals);
}

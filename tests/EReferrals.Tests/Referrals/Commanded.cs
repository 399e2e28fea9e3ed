using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Referrals;

/// <summary>
/// The contract's table of commands, written down independently of the product: a valid command, its actor, and the resulting state for each state that
/// accepts it (for a referral that has not been reviewed and owes no letter).
/// </summary>
internal sealed record Commanded(Command Command, Actor By, IReadOnlyDictionary<ReferralState, ReferralState> Leads)
{
    public string Name => $"{Command.GetType().Name} by {Code.From(By.Role)}";

    public static IReadOnlyList<Commanded> All { get; } =
    [
        new(new Command.Accept(), Sample.ProviderClinician, new Dictionary<ReferralState, ReferralState>
        {
            [ReferralState.AwaitingTriage] = ReferralState.TriagedProviderToAction,
            [ReferralState.DeferredToProvider] = ReferralState.TriagedProviderToAction,
            [ReferralState.Booked] = ReferralState.Booked,
        }),
        To(new Command.Return("Statins first"), Sample.ProviderClinician, ReferralState.TriageResponse,
            ReferralState.AwaitingTriage, ReferralState.DeferredToProvider),
        To(new Command.Reject("SERVICE_INAPPROPRIATE"), Sample.ProviderClinician, ReferralState.Rejected, ReferralState.Booked),
        To(new Command.Book(Sample.Appointment), Sample.ProviderAdmin, ReferralState.Booked,
            ReferralState.TriagedProviderToAction, ReferralState.DeferredToProvider,
            ReferralState.ApptCancelledByPatient, ReferralState.ApptCancelledByProvider),
        To(new Command.CancelAppointment("PATIENT_ILL"), Sample.ReferringClinician, ReferralState.ApptCancelledByPatient, ReferralState.Booked),
        To(new Command.CancelAppointment("CLINIC_CANCELLED"), Sample.ProviderAdmin, ReferralState.ApptCancelledByProvider, ReferralState.Booked),
        To(
            new Command.RecordOutcome(AppointmentOutcome.DidNotAttend, "PATIENT_FORGOT"), Sample.ProviderAdmin, ReferralState.DidNotAttend,
            ReferralState.Booked),
        To(new Command.RecordOutcome(AppointmentOutcome.Assessed), Sample.ProviderAdmin, ReferralState.AssessmentResult, ReferralState.Booked),
        To(new Command.RecordOutcome(AppointmentOutcome.Attended), Sample.ProviderAdmin, ReferralState.Booked, ReferralState.Booked),
        To(
            new Command.CorrectOutcome(null, "Wrong patient"), Sample.ProviderAdmin, ReferralState.Booked, ReferralState.DidNotAttend,
            ReferralState.AssessmentResult),
        To(new Command.Redirect(Sample.Named(Sample.OtherTriageService)), Sample.ReferringClinician, ReferralState.AwaitingTriage, Rechoosable),
        To(new Command.Redirect(Sample.Named(Sample.BookableService)), Sample.ReferringClinician, ReferralState.DeferredToProvider, Rechoosable),
        Stay(new Command.Acknowledge("Told the patient"), Sample.ReferringClinician,
            ReferralState.TriageResponse, ReferralState.Rejected, ReferralState.DidNotAttend, ReferralState.AssessmentResult),
        Stay(new Command.CorrectPatient(Sample.OtherPatient, "The brother's number"), Sample.ReferringClinician, [.. Alive]),
        Stay(new Command.ChangeLetters([new NamedAttachment(Sample.Attachment().Id, Sample.Attachment())]), Sample.ReferringClinician, [.. Alive]),
        // A triage reason ends a triaged referral. Any other state requires a patient reason.
        To(new Command.Cancel("TRIAGE_ENDED"), Sample.ProviderClinician, ReferralState.CancelledReferral, ReferralState.TriagedProviderToAction),
        To(new Command.Cancel("PATIENT_DIED"), Sample.ReferringClinician, ReferralState.CancelledReferral, [.. Alive]),
        To(
            new Command.BookSlot(Sample.Named(Sample.BookableService), Sample.Named(Sample.Slot())), Sample.ReferringClinician,
            ReferralState.Booked, Bookable),
        // The sample referrals are at this service.
        To(
            new Command.BookSlot(Sample.Named(Sample.TriageService), Sample.Named(Sample.Slot() with { Name = new SlotName(Sample.Service, "s1") })),
            Sample.ProviderAdmin,
            ReferralState.Booked,
            ReferralState.TriagedProviderToAction, ReferralState.DeferredToProvider,
            ReferralState.ApptCancelledByPatient, ReferralState.ApptCancelledByProvider),
        To(
            new Command.Defer(Sample.Named(Sample.BookableService), DeferralReason.NoSlotsAtService), Sample.ReferringClinician,
            ReferralState.DeferredToProvider, Bookable),
        To(new Command.SendForTriage(Sample.Named(Sample.TriageService)), Sample.ReferringClinician, ReferralState.AwaitingTriage, Bookable),
        To(new Command.CancelAppointmentActionLater("Elsewhere"), Sample.ProviderClinician, ReferralState.TriagedProviderToAction, ReferralState.Booked),
        To(new Command.ChangeShortlist([Sample.Named(Sample.BookableService)], Priority.Routine, LetterIntention.NotIntendingToAdd), Sample.ReferringClinician,
            ReferralState.NotBooked, Rechoosable),
    ];

    private static ReferralState[] Bookable =>
    [
        ReferralState.NotBooked, ReferralState.ApptCancelledByPatient, ReferralState.ApptCancelledByProvider,
        ReferralState.Rejected, ReferralState.TriageResponse, ReferralState.DidNotAttend,
    ];

    private static ReferralState[] Rechoosable => [.. Bookable, ReferralState.DeferredToProvider];

    private static IEnumerable<ReferralState> Alive => Enum.GetValues<ReferralState>().Where(state => state != ReferralState.CancelledReferral);

    private static Commanded To(Command command, Actor by, ReferralState to, params ReferralState[] from) =>
        new(command, by, from.ToDictionary(state => state, _ => to));

    private static Commanded Stay(Command command, Actor by, params ReferralState[] from) =>
        new(command, by, from.ToDictionary(state => state, state => state));
}

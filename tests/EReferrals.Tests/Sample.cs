using EReferrals.Http.Paging;
using EReferrals.Referrals;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Security.Keys;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests;

/// <summary>Valid sample values for tests that do not depend on them.</summary>
internal static class Sample
{
    public const string ReferringOrganisation = "D82106";
    public const string Provider = "R69";
    public const string Service = "50001";

    public static DateTimeOffset Now { get; } = new(2026, 11, 25, 9, 30, 0, TimeSpan.Zero);

    public static CursorKeys CursorKeys { get; } = new([new DatedKey(new DateOnly(2026, 1, 1), new byte[DatedKey.MinSecret])], new FakeTimeProvider(Now));

    public static NhsNumber NhsNumber { get; } = NhsNumber.Parse("9912003888");

    public static Actor ReferringClinician { get; } = new("021600556514", ReferringOrganisation, Role.ReferringClinician);

    public static Actor ReferringAdmin { get; } = new("103264992985", ReferringOrganisation, Role.ReferringClinicianAdmin);

    public static Actor ProviderClinician { get; } = new("103264994981", Provider, Role.ServiceProviderClinician);

    public static Actor Operator { get; } = new("000000000103", Provider, Role.Operator);

    public static Actor ProviderAdmin { get; } = new("000000000101", Provider, Role.ServiceProviderAdmin);

    public static Patient OtherPatient { get; } = new(NhsNumber.Parse("9462979626"), "Jones", "Anne", new DateOnly(1980, 2, 1));

    public static Service TriageService { get; } = new()
    {
        Id = Service,
        Name = "Cardiology Triage Service",
        Provider = Provider,
        Specialty = "CARDIOLOGY",
        Priorities = [Priority.TwoWeekWait, Priority.Urgent, Priority.Routine],
        RequestTypes = [RequestType.TriageRequest],
    };

    public static Service BookableService { get; } = TriageService with
    {
        Id = "11000",
        Name = "Cardiology",
        RequestTypes = [RequestType.AppointmentRequest],
        Bookable = Bookable.DirectlyBookable,
    };

    public static Service OtherTriageService { get; } = TriageService with { Id = "60001", Name = "Elsewhere", Provider = "RCD" };

    public static Appointment Appointment { get; } = new(Now.AddDays(4), Now.AddDays(4).AddMinutes(20));

    /// <summary>A free slot of <see cref="BookableService"/>.</summary>
    public static Slot Slot(string id = "s1") =>
        new(new SlotName(BookableService.Id, id), Now.AddDays(8), Now.AddDays(8).AddMinutes(20), Priority.Routine, "103264994981");

    public static Submission Submission(Priority priority = Priority.Routine) => new()
    {
        Ubrn = Ubrn.FromSequence(1234),
        Patient = new Patient(NhsNumber, "Jones", "Ann", new DateOnly(1980, 2, 1)),
        Service = Service,
        Priority = priority,
        ClinicalReason = "Chest pain on exertion",
        LetterIntention = LetterIntention.NeedToAddLater,
        Referrer = new Referrer(ReferringOrganisation, ReferringClinician.User, ReferringClinician.User),
        By = ReferringClinician,
        Received = Now,
        CorrelationId = "some",
    };

    public static Referral ReferralAwaitingTriage(Priority priority = Priority.Routine) =>
        ReferralRules.Submit(Submission(priority), TriageService, [], [], Now).After;

    public static Referral ReferralDeferredToProvider(LetterIntention letter = LetterIntention.NotIntendingToAdd) =>
        ReferralRules.Submit(Submission() with { LetterIntention = letter }, BookableService, [], [], Now).After;

    /// <summary>A referral in this state that has not been reviewed, owes no letter and has every test service on its shortlist.</summary>
    public static Referral ReferralIn(ReferralState state)
    {
        var referral = ReferralDeferredToProvider() with
        {
            State = state,
            Shortlist = [TriageService.Id, BookableService.Id],
            // An appointment with an outcome is kept.
            Appointment = state is ReferralState.Booked or ReferralState.DidNotAttend or ReferralState.AssessmentResult ? Appointment : null,
        };
        if (state == ReferralState.NotBooked) referral = referral with { Service = referral.Service with { Provider = null } };
        return referral with { AppointmentRecord = AppointmentRecords.Next(before: null, referral) };
    }

    public static NamedService Named(Service service) => new(service.Id, service);

    public static NamedSlot Named(Slot slot) => new(slot.Name.Id, slot);

    public static Attachment Attachment(string id = "3f0c6f2e-0000-4000-8000-000000000001") => new()
    {
        Id = id,
        Name = "letter.pdf",
        ContentType = "application/pdf",
        Size = 1000,
        Sha256 = new string('0', 64),
        UploadedBy = ReferringClinician,
        UploadedAt = Now,
    };
}

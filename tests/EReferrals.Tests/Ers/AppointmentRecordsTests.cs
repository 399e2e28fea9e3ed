using EReferrals.Referrals;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Ers;

public sealed class AppointmentRecordsTests
{
    [Fact]
    public void A_submission_to_a_triage_service_has_a_proposed_appointment_in_version_1()
    {
        var record = Sample.ReferralAwaitingTriage().AppointmentRecord!;

        Assert.Equal((1, 1, AppointmentStatus.Proposed, "TRIAGE"), (record.Number, record.Version, record.Status, record.Reason));
    }

    [Fact]
    public void A_triage_outcome_changes_the_same_appointment()
    {
        var record = After(Sample.ReferralAwaitingTriage(), new Command.Accept("Soon"), Sample.ProviderClinician).AppointmentRecord!;

        Assert.Equal((1, 2, AppointmentStatus.Proposed, "ACCEPT_REFER_BOOK_LATER", "Soon"),
            (record.Number, record.Version, record.Status, record.Reason, record.Comments));
    }

    [Fact]
    public void A_booking_is_a_new_appointment_in_version_0_which_a_review_does_not_change()
    {
        var booked = After(Sample.ReferralDeferredToProvider(), new Command.Book(Sample.Appointment with { Clinician = "021600556514" }),
            Sample.ProviderClinician);
        var accepted = After(booked, new Command.Accept(), Sample.ProviderClinician);

        Assert.Equal((2, 0, AppointmentStatus.Booked, "021600556514"),
            (booked.AppointmentRecord!.Number, booked.AppointmentRecord.Version, booked.AppointmentRecord.Status, booked.AppointmentRecord.Clinician!));
        Assert.Equal(booked.AppointmentRecord, accepted.AppointmentRecord);
    }

    [Fact]
    public void A_cancelled_appointment_keeps_its_clinician_and_its_own_reason_when_the_referral_is_cancelled_later()
    {
        var booked = After(Sample.ReferralDeferredToProvider(), new Command.Book(Sample.Appointment with { Clinician = "021600556514" }),
            Sample.ProviderClinician);
        var cancelled = After(booked, new Command.CancelAppointment("PATIENT_ILL"), Sample.ReferringClinician);
        var ended = After(cancelled, new Command.Cancel("RAISED_IN_ERROR"), Sample.ReferringClinician);

        Assert.Equal((2, 1, AppointmentStatus.Cancelled, "PATIENT_ILL", "021600556514"), (
            cancelled.AppointmentRecord!.Number, cancelled.AppointmentRecord.Version, cancelled.AppointmentRecord.Status,
                cancelled.AppointmentRecord.Reason!, cancelled.AppointmentRecord.Clinician!));
        Assert.Equal(cancelled.AppointmentRecord, ended.AppointmentRecord);
    }

    [Fact]
    public void A_booked_appointment_ends_with_its_referral_and_a_proposed_one_stays_proposed()
    {
        var booked = After(Sample.ReferralDeferredToProvider(), new Command.Book(Sample.Appointment), Sample.ProviderClinician);
        var proposed = Sample.ReferralAwaitingTriage();

        var ended = After(booked, new Command.Cancel("RAISED_IN_ERROR"), Sample.ReferringClinician).AppointmentRecord!;
        Assert.Equal((AppointmentStatus.Cancelled, Reasons.ReferralCancelled, true), (ended.Status, ended.Reason, ended.EndedWithReferral));
        Assert.Equal(proposed.AppointmentRecord, After(proposed, new Command.Cancel("RAISED_IN_ERROR"), Sample.ReferringClinician).AppointmentRecord);
    }

    [Theory]
    [InlineData(AppointmentOutcome.DidNotAttend)]
    [InlineData(AppointmentOutcome.Assessed)]
    public void An_appointment_with_an_outcome_stays_booked_with_its_times_when_the_referral_is_cancelled_later(AppointmentOutcome outcome)
    {
        var booked = After(Sample.ReferralDeferredToProvider(), new Command.Book(Sample.Appointment), Sample.ProviderClinician);
        var over = After(booked, new Command.RecordOutcome(outcome), Sample.ProviderClinician, Sample.Appointment.Start);
        var ended = After(over, new Command.Cancel("RAISED_IN_ERROR"), Sample.ReferringClinician, Sample.Appointment.Start);

        Assert.Equal((booked.AppointmentRecord, booked.Appointment), (ended.AppointmentRecord, ended.Appointment));
    }

    [Fact]
    public void The_comments_of_a_review_are_not_those_of_a_booking_whose_record_was_not_kept()
    {
        var booked = After(Sample.ReferralDeferredToProvider(), new Command.Book(Sample.Appointment), Sample.ProviderClinician);
        var accepted = After(booked, new Command.Accept("Clinic within two weeks"), Sample.ProviderClinician);

        Assert.Null(AppointmentRecords.Of(accepted with { AppointmentRecord = null })!.Comments);
    }

    [Fact]
    public void A_withdrawn_outcome_brings_the_same_appointment_back()
    {
        var booked = After(Sample.ReferralDeferredToProvider(), new Command.Book(Sample.Appointment), Sample.ProviderClinician);
        var absent = After(booked, new Command.RecordOutcome(AppointmentOutcome.DidNotAttend), Sample.ProviderClinician, Sample.Appointment.Start);
        var again = After(absent, new Command.CorrectOutcome(null, "Came late"), Sample.ProviderClinician, Sample.Appointment.Start);

        Assert.Equal(booked.AppointmentRecord, again.AppointmentRecord);
    }

    [Fact]
    public void A_booked_clinician_is_not_asked_for_after_the_provider_cancelled_the_appointment_to_act_later()
    {
        var booked = After(Sample.ReferralDeferredToProvider(), new Command.Book(Sample.Appointment with { Clinician = "021600556514" }),
            Sample.ProviderClinician);

        var record = After(booked, new Command.CancelAppointmentActionLater("We call the patient"), Sample.ProviderClinician).AppointmentRecord!;

        Assert.Equal((AppointmentStatus.Proposed, null), (record.Status, record.Clinician));
    }

    private static Referral After(Referral before, Command command, Actor actor, DateTimeOffset? at = null) =>
        Assert.IsType<Decision.Changed>(ReferralRules.Decide(before, command, actor, at ?? Sample.Now.AddHours(1), "some")).After;
}

using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Referrals;

/// <summary>What was done on paper is reported hours later, when the referral may have changed.</summary>
public class LateReportTests
{
    private static readonly DateTimeOffset Before = Sample.Now.AddHours(-2);
    private static readonly DateTimeOffset After = Sample.Now.AddHours(1);
    private static readonly Referral Awaiting = Sample.ReferralIn(ReferralState.AwaitingTriage);
    private static readonly Command CorrectPatient = new Command.CorrectPatient(Sample.OtherPatient, "wrong twin", null);

    [Fact]
    public void A_review_on_paper_of_another_patient_is_a_conflict_and_reviews_nothing()
    {
        var corrected = Changed(Awaiting, CorrectPatient, Sample.ReferringClinician);

        Assert.Equal("CONFLICTING_VALUES", Refused(corrected, new Command.Accept(null, null), Before));
        Assert.Equal("CONFLICTING_VALUES", Refused(corrected, new Command.Return("Elsewhere"), Before));
        Assert.Equal(Review.Reviewed, Changed(corrected, new Command.Accept(null, null), Sample.ProviderClinician, After).Review);
    }

    [Fact]
    public void A_review_on_paper_from_before_a_new_letter_is_a_conflict()
    {
        var letter = new NamedAttachment(Sample.Attachment().Id, Sample.Attachment());
        var changed = Changed(Awaiting, new Command.ChangeLetters([letter]), Sample.ReferringClinician);

        Assert.Equal("CONFLICTING_VALUES", Refused(changed, new Command.Accept(null, null), Before));
    }

    [Fact]
    public void A_cancellation_on_paper_does_not_cancel_an_appointment_that_was_booked_later()
    {
        var booked = Changed(Sample.ReferralIn(ReferralState.TriagedProviderToAction), new Command.Book(Sample.Appointment), Sample.ProviderAdmin);
        var cancel = new Command.CancelAppointment("CLINIC_CANCELLED", null);

        Assert.Equal("CONFLICTING_VALUES", Refused(booked, cancel, Before));
        Assert.Equal(ReferralState.ApptCancelledByProvider, Changed(booked, cancel, Sample.ProviderClinician, After).State);
    }

    [Fact]
    public void A_booking_and_its_cancellation_that_were_both_on_paper_are_applied_in_turn()
    {
        var booked = Changed(Sample.ReferralIn(ReferralState.TriagedProviderToAction), new Command.Book(Sample.Appointment), Sample.ProviderAdmin, Before);

        Assert.Equal(Before, booked.BookedAt);
        Assert.Equal(
            ReferralState.ApptCancelledByProvider,
            Changed(booked, new Command.CancelAppointment("CLINIC_CANCELLED", null), Sample.ProviderClinician, Before.AddMinutes(5)).State);
    }

    [Fact]
    public void Noting_a_corrected_patient_does_not_end_the_wait_for_the_letter()
    {
        var booked = Sample.ReferralIn(ReferralState.Booked) with
        {
            Attachments = [],
            LetterIntention = LetterIntention.NeedToAddLater,
            Review = Review.NeverReviewed,
        };
        var noted = Changed(Changed(booked, CorrectPatient, Sample.ReferringClinician), new Command.Accept("name noted", null), Sample.ProviderClinician);

        Assert.Equal(Review.NeverReviewed, noted.Review);
        Assert.Equal([Worklist.LettersOutstanding], WorklistRules.ListsOf(noted).Select(name => name.List));
    }

    private static string Refused(Referral referral, Command command, DateTimeOffset at) =>
        Assert.IsType<Decision.Refused>(Decide(referral, command, Sample.ProviderClinician, at)).Refusal.Code;

    private static Referral Changed(Referral referral, Command command, Actor actor, DateTimeOffset? at = null) =>
        Assert.IsType<Decision.Changed>(Decide(referral, command, actor, at)).After;

    private static Decision Decide(Referral referral, Command command, Actor actor, DateTimeOffset? at) =>
        ReferralRules.Decide(referral, command, actor, Sample.Now, "c", at is { } paper ? new OnPaper(paper, "103264994981") : null);
}

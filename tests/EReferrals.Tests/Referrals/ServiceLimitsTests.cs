using System.Globalization;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Referrals;

/// <summary>Limits of a service in the directory are either enforced at submission and redirect, or are information for people only.</summary>
public class ServiceLimitsTests
{
    private static readonly DateOnly Today = new(2026, 11, 25);

    private static readonly Service Limited = Sample.TriageService with { ClinicTypes = ["HEART_FAILURE"], AgeFrom = 18, AgeTo = 65 };

    private static readonly Service Knee = Sample.BookableService with
    {
        Id = "12000", Specialty = "ORTHAPEDICS", ClinicTypes = ["KNEE"], RequestTypes = [RequestType.AppointmentRequest, RequestType.TriageRequest],
    };

    [Theory]
    [InlineData("CARDIOLOGY", "HEART_FAILURE", "1980-02-01", "")]
    [InlineData(null, null, null, "")]
    [InlineData("DERMATOLOGY", null, null, "/specialty")]
    [InlineData(null, "KNEE", null, "/clinicType")]
    [InlineData(null, null, "2008-11-25", "")]
    [InlineData(null, null, "2008-11-26", "/patient/birthDate")]
    [InlineData(null, null, "1960-11-26", "")]
    [InlineData(null, null, "1960-11-25", "/patient/birthDate")]
    [InlineData("DERMATOLOGY", "KNEE", "2020-01-01", "/specialty /clinicType /patient/birthDate")]
    public void All_service_limits_that_a_referral_exceeds_are_reported_at_once(string? specialty, string? clinicType, string? birthDate, string pointers)
    {
        var faults = ServiceLimits.Faults(
            Limited, specialty, clinicType, birthDate is null ? null : DateOnly.Parse(birthDate, CultureInfo.InvariantCulture), Today);

        Assert.Equal(pointers, string.Join(' ', faults.Select(fault => fault.Pointer)));
        Assert.All(faults, fault => Assert.Equal("INAPPROPRIATE_VALUE", fault.Code));
    }

    [Fact]
    public void A_service_without_clinic_types_and_age_limits_accepts_any() =>
        Assert.Empty(ServiceLimits.Faults(Sample.TriageService, null, "KNEE", new DateOnly(1900, 1, 1), Today));

    [Fact]
    public void A_referral_accepted_without_the_directory_is_listed_under_the_services_specialty_with_its_problems()
    {
        var submission = Sample.Submission(Priority.TwoWeekWait) with
        {
            Specialty = "DERMATOLOGY", ClinicType = "KNEE", Patient = new Patient(Sample.NhsNumber, "Jones", "Ann", new DateOnly(2020, 2, 1)),
        };
        var referral = ReferralRules.Submit(submission, Limited, [], [], Sample.Now).After;

        Assert.Equal((ReferralState.AwaitingTriage, "CARDIOLOGY", null), (referral.State, referral.Specialty, referral.ClinicType));
        Assert.Equal("CARDIOLOGY", WorklistEntry.From(referral).Specialty);
        Assert.Equal(
            [
                ProblemCode.SpecialtyReplaced, ProblemCode.ClinicTypeNotOffered, ProblemCode.OutsideServiceLimits
            ], referral.Problems.Select(problem => problem.Code));
        Assert.All(referral.Problems, problem => Assert.Equal(Sample.Now, problem.Since));
    }

    [Fact]
    public void A_referral_within_the_limits_has_no_problem() => Assert.Empty(ReferralRules.Submit(
        Sample.Submission() with { Specialty = "CARDIOLOGY", ClinicType = "HEART_FAILURE" }, Limited, [], [], Sample.Now).After.Problems);

    [Fact]
    public void A_redirect_to_a_service_that_does_not_see_the_patients_age_is_rejected_at_the_service_field()
    {
        var referral = Sample.ReferralDeferredToProvider();
        var children = Sample.OtherTriageService with { AgeTo = 15 };

        var refused = Assert.IsType<Decision.Refused>(Redirected(referral, children));

        Assert.Equal(("PatientMustBeOfAge", "/service"), (refused.Refusals.Single().Rule, refused.Refusals.Single().Pointer));
    }

    [Fact]
    public void A_redirect_reports_the_dropped_clinic_type_and_clears_the_problems_of_the_old_service()
    {
        var replaced = new ReferralProblem(ProblemCode.SpecialtyReplaced, "Of the service before.", Sample.Now);
        var referral = Sample.ReferralDeferredToProvider() with { ClinicType = "KNEE", Problems = [replaced] };

        var after = Assert.IsType<Decision.Changed>(Redirected(referral, Limited)).After;

        Assert.Equal((null, ProblemCode.ClinicTypeNotOffered), (after.ClinicType, after.Problems.Single().Code));
    }

    [Theory]
    [InlineData("booked")]
    [InlineData("deferred")]
    [InlineData("sent for triage")]
    [InlineData("redirected")]
    public void A_referral_is_listed_under_the_specialty_and_clinic_type_of_the_service_that_it_is_sent_to(string way)
    {
        var referral = Sample.ReferralIn(ReferralState.TriageResponse) with { ClinicType = "HEART_FAILURE", Shortlist = [Sample.Service, Knee.Id] };

        var after = Changed(referral, way switch
        {
            "booked" => new Command.BookSlot(Sample.Named(Knee), Sample.Named(Sample.Slot() with { Name = new SlotName(Knee.Id, "s1") })),
            "deferred" => new Command.Defer(Sample.Named(Knee), DeferralReason.BookingAttemptProblem),
            "redirected" => new Command.Redirect(Sample.Named(Knee)),
            _ => new Command.SendForTriage(Sample.Named(Knee)),
        });

        Assert.Equal(("ORTHAPEDICS", null), (after.Specialty, after.ClinicType));
        Assert.Equal([ProblemCode.ClinicTypeNotOffered], after.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void A_redirect_drops_the_search_that_led_to_the_former_services()
    {
        var search = new SearchCriteria(Priority.Routine, AgeAndGenderAppropriate: true) { Specialty = "CARDIOLOGY", NamedClinician = "021600556514" };
        var referral = Sample.ReferralIn(ReferralState.TriageResponse) with { Criteria = search };

        var after = Changed(referral, new Command.Redirect(Sample.Named(Knee)));

        Assert.Equal((null, null), (after.Criteria, WorklistEntry.From(after).NamedClinician));
    }

    [Fact]
    public void A_new_shortlist_keeps_the_clinic_type_at_a_service_that_names_none()
    {
        var search = new SearchCriteria(Priority.Routine, AgeAndGenderAppropriate: true) { Specialty = "CARDIOLOGY", ClinicType = "HEART_FAILURE" };
        var shortlist = new Command.ChangeShortlist([Sample.Named(Sample.BookableService)], Priority.Routine, LetterIntention.NotIntendingToAdd)
        {
            Criteria = search,
        };

        Assert.Equal("HEART_FAILURE", Changed(Sample.ReferralIn(ReferralState.TriageResponse), shortlist).ClinicType);
    }

    private static Referral Changed(Referral referral, Command command) =>
        Assert.IsType<Decision.Changed>(ReferralRules.Decide(referral, command, Sample.ReferringClinician, Sample.Now, "some")).After;

    private static Decision Redirected(Referral referral, Service service) => ReferralRules.Decide(
        referral, new Command.Redirect(Sample.Named(service)), Sample.ReferringClinician, Sample.Now, "some");
}

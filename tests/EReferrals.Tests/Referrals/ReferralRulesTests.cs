using System.Text.Json;
using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Worklists;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class ReferralRulesTests
{
    [Fact]
    public void A_cancellation_by_the_hospital_side_of_the_referring_organisation_is_shown_to_the_referrer()
    {
        var referral = Sample.ReferralIn(ReferralState.CancelledReferral);
        var ofSameOrganisation = referral with { Referrer = referral.Referrer with { Organisation = Sample.Provider } };

        var byHospital = ofSameOrganisation with { UpdatedBy = Sample.ProviderClinician };
        var byReferrer = ofSameOrganisation with { UpdatedBy = Sample.ReferringClinician with { Organisation = Sample.Provider } };

        Assert.Equal([new WorklistName(Sample.Provider, Worklist.AssessmentReturnedCancelledDna)], WorklistRules.ListsOf(byHospital));
        Assert.Empty(WorklistRules.ListsOf(byReferrer));
    }

    [Fact]
    public void A_submission_to_a_triage_service_awaits_triage()
    {
        var referral = ReferralRules.Submit(Sample.Submission(), Sample.TriageService, [], [], Sample.Now).After;

        Assert.Equal((ReferralState.AwaitingTriage, "TRIAGE", 1), (referral.State, referral.Reason, referral.Version));
    }

    [Fact]
    public void A_submission_to_any_other_service_is_deferred_to_the_provider()
    {
        var referral = ReferralRules.Submit(Sample.Submission(), Sample.BookableService, [], [], Sample.Now).After;

        Assert.Equal(ReferralState.DeferredToProvider, referral.State);
    }

    [Fact]
    public void A_submission_to_an_unknown_service_is_rejected_by_the_system_and_kept()
    {
        var (referral, what) = ReferralRules.Submit(Sample.Submission(), service: null, [], [], Sample.Now);

        Assert.Equal((ReferralState.Rejected, "SERVICE_INAPPROPRIATE"), (referral.State, referral.Reason));
        Assert.Equal("There is no service 50001.", referral.Comments);
        Assert.Equal(Actor.System, what.By);
        Assert.Equal(Sample.ReferringOrganisation, referral.Referrer.Organisation);
    }

    [Fact]
    public void A_submission_to_a_closed_service_is_rejected()
    {
        var referral = ReferralRules.Submit(Sample.Submission(), Sample.TriageService with { Open = false }, [], [], Sample.Now).After;

        Assert.Equal(ReferralState.Rejected, referral.State);
        Assert.DoesNotContain(WorklistRules.ListsOf(referral), name => name.Organisation == Sample.Provider);
    }

    [Fact]
    public void An_accepted_referral_waits_for_the_provider_to_act()
    {
        var after = Changed(Sample.ReferralAwaitingTriage(), new Command.Accept("Seen", Priority.Urgent), Sample.ProviderClinician).After;

        Assert.Equal(
            (ReferralState.TriagedProviderToAction, "ACCEPT_REFER_BOOK_LATER", "Seen", Priority.Urgent, Review.Reviewed, 2),
            (after.State, after.Reason, after.Comments, after.Priority, after.Review, after.Version));
    }

    [Fact]
    public void A_returned_referral_goes_back_with_advice()
    {
        var after = Changed(Sample.ReferralAwaitingTriage(), new Command.Return("Try statins first"), Sample.ProviderClinician).After;

        Assert.Equal((ReferralState.TriageResponse, "RETURN_TO_REFERRER_WITH_ADVICE"), (after.State, after.Reason));
    }

    [Fact]
    public void A_deferred_referral_without_its_letter_cannot_be_reviewed()
    {
        var refusal = Refused(Sample.ReferralDeferredToProvider(LetterIntention.NeedToAddLater), new Command.Accept(), Sample.ProviderClinician);

        Assert.Equal("INVALID_REQUEST_STATE", refusal.Code);
        Assert.Contains("letter", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_referral_can_be_accepted_once_only()
    {
        var accepted = Changed(Sample.ReferralAwaitingTriage(), new Command.Accept(), Sample.ProviderClinician).After;

        Assert.Equal("StateAllowsAccept", Refused(accepted, new Command.Accept(), Sample.ProviderClinician).Rule);
    }

    [Fact]
    public void Only_the_provider_of_the_service_can_decide()
    {
        var stranger = Sample.ProviderClinician with { Organisation = "RCD" };

        Assert.Equal("NO_RELATIONSHIP", Refused(Sample.ReferralAwaitingTriage(), new Command.Accept(), stranger).Code);
        Assert.Equal("FORBIDDEN", Refused(Sample.ReferralAwaitingTriage(), new Command.Accept(), Sample.ReferringClinician).Code);
    }

    [Fact]
    public void Every_decision_raises_the_version_by_one_and_records_an_event() =>
        Prop.ForAll(Referrals, Commands, (referral, command) =>
        {
            var decision = ReferralRules.Decide(referral, command, Sample.ProviderClinician, Sample.Now, "c");
            return decision is not Decision.Changed changed
                || (changed.After.Version == referral.Version + 1
                    && changed.Event.Version == changed.After.Version
                    && changed.Event.From == referral.State
                    && changed.Event.To == changed.After.State);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_referral_is_on_at_most_one_list_of_its_provider() =>
        Prop.ForAll(Referrals, referral => WorklistRules.ListsOf(referral).Count(name => name.Organisation == Sample.Provider) <= 1).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_active_referral_that_is_not_booked_is_on_some_list() =>
        Prop.ForAll(
            Referrals, referral => referral.Status != ReferralStatus.Active || referral.State == ReferralState.Booked || WorklistRules.ListsOf(referral).Any())
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Changes_transform_the_lists_before_into_the_lists_after() =>
        Prop.ForAll(Referrals, Referrals, (before, after) =>
        {
            var lists = WorklistRules.ListsOf(before).ToHashSet();
            foreach (var change in WorklistRules.Changes(before, after, PossibleDuplicates.None))
            {
                if (change.Entry is null) lists.Remove(change.Worklist);
                else lists.Add(change.Worklist);
            }

            return lists.SetEquals(WorklistRules.ListsOf(after));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_worklist_is_ordered_by_priority_and_then_by_oldest_pathway()
    {
        var urgentNew = Entry(Priority.Urgent, Sample.Now);
        var urgentOld = Entry(Priority.Urgent, Sample.Now.AddDays(-3));
        var routineOldest = Entry(Priority.Routine, Sample.Now.AddDays(-300));
        var twoWeekWait = Entry(Priority.TwoWeekWait, Sample.Now);

        var ordered = new[] { routineOldest, urgentNew, twoWeekWait, urgentOld }.OrderBy(entry => entry.SortKey, StringComparer.Ordinal);

        Assert.Equal([twoWeekWait, urgentOld, urgentNew, routineOldest], ordered);
    }

    [Theory]
    [InlineData("2026-11-25", 1, "2026-11-26")]
    [InlineData("2026-11-27", 1, "2026-11-30")]
    [InlineData("2026-12-24", 1, "2026-12-29")]
    [InlineData("2026-12-24", 3, "2026-12-31")]
    [InlineData("2026-11-28", 3, "2026-12-02")]
    public void Working_days_exclude_weekends_and_bank_holidays(string from, int count, string to) =>
        Assert.Equal(DateOnly.Parse(to, null), WorkingDays.After(DateOnly.Parse(from, null), count));

    [Fact]
    public void A_date_is_the_London_date() =>
        Assert.Equal(new DateOnly(2026, 7, 2), UkTime.DateOf(new DateTimeOffset(2026, 7, 1, 23, 30, 0, TimeSpan.Zero)));

    [Fact]
    public void Entries_are_ordered_by_the_instants_that_they_show() =>
        Prop.ForAll(Gen.ListOf(Gen.Choose(0, 30_000_000)).ToArbitrary(), ticks =>
        {
            var entries = ticks.Select(
                (after, number) => Entry(Priority.Routine, Sample.Now.AddTicks(after).InMilliseconds()) with { Ubrn = Ubrn.FromSequence(1_000 - number) });
            var shown = entries.OrderBy(entry => entry.SortKey, StringComparer.Ordinal)
                .Select(entry => JsonSerializer.SerializeToElement(entry, WorklistJson.Default.WorklistEntry).GetProperty("pathwayStart").GetString()!)
                .ToArray();
            return shown.SequenceEqual(shown.Order(StringComparer.Ordinal)) && shown.All(text => text.Length == "2026-11-25T09:30:00.000Z".Length);
        }).QuickCheckThrowOnFailure();

    private static WorklistEntry Entry(Priority priority, DateTimeOffset pathwayStart) =>
        WorklistEntry.From(Sample.ReferralAwaitingTriage(priority) with { PathwayStart = pathwayStart });

    private static Decision.Changed Changed(Referral referral, Command command, Actor actor) =>
        Assert.IsType<Decision.Changed>(ReferralRules.Decide(referral, command, actor, Sample.Now, "c"));

    private static Refusal Refused(Referral referral, Command command, Actor actor) =>
        Assert.IsType<Decision.Refused>(ReferralRules.Decide(referral, command, actor, Sample.Now, "c")).Refusal;

    private static Arbitrary<Referral> Referrals =>
        (from state in Gen.Elements(Enum.GetValues<ReferralState>())
         from review in Gen.Elements(Enum.GetValues<Review>())
         from letter in Gen.Elements(Enum.GetValues<LetterIntention>())
         from refused in Gen.Elements(true, false)
         select Sample.ReferralAwaitingTriage() with { State = state, Review = review, LetterIntention = letter, LetterRefused = refused }).ToArbitrary();

    private static Arbitrary<Command> Commands => Gen.Elements<Command>([.. Commanded.All.Select(one => one.Command)]).ToArbitrary();
}

using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public sealed class SlotRulesTests
{
    private static readonly DateTimeOffset Now = Sample.Now;
    private static readonly Ubrn Mine = Ubrn.FromSequence(1);
    private static readonly Ubrn Other = Ubrn.FromSequence(2);

    [Fact]
    public void A_slot_that_another_referral_has_cannot_be_reserved()
    {
        var slot = Sample.Slot();

        Assert.Equal(new SlotHold(Mine, Now, "a"), SlotRules.Reserved(slot, Mine, "a", Now)!.Hold);
        Assert.Equal(new SlotHold(Mine, Now, "b"), SlotRules.Reserved(slot with { Hold = new SlotHold(Mine, Now, "a") }, Mine, "b", Now)!.Hold);
        Assert.Null(SlotRules.Reserved(slot with { Hold = new SlotHold(Other, Now, "a") }, Mine, "b", Now));
        Assert.Null(SlotRules.Reserved(slot with { Hold = new SlotHold(Other) }, Mine, "b", Now));
    }

    [Fact]
    public void The_referral_decides_what_becomes_of_a_slot()
    {
        var slot = Sample.Slot();
        var booked = Booked(Mine, slot);
        var without = booked with { Appointment = null };
        var (reserved, taken) = (slot with { Hold = new SlotHold(Mine, Now, "a") }, slot with { Hold = new SlotHold(Mine) });

        Assert.Equal(SlotFate.Keep, SlotRules.FateOf(slot, null, Now));
        Assert.Equal(SlotFate.Take, SlotRules.FateOf(reserved, booked, Now.AddSeconds(-1)));
        Assert.Equal(SlotFate.Keep, SlotRules.FateOf(taken, booked, Now));
        Assert.Equal(SlotFate.Release, SlotRules.FateOf(taken, without, Now));
        Assert.Equal(SlotFate.Release, SlotRules.FateOf(taken, null, Now));
        Assert.Equal(SlotFate.Keep, SlotRules.FateOf(reserved, without, Now.AddSeconds(-1)));
        Assert.Equal(SlotFate.ReleaseAfterFence, SlotRules.FateOf(reserved, without, Now));
        Assert.Equal(SlotFate.ReleaseAfterFence, SlotRules.FateOf(reserved, without, Now.AddSeconds(-1), ended: "a"));
        Assert.Equal(SlotFate.Keep, SlotRules.FateOf(reserved, without, Now.AddSeconds(-1), ended: "b"));
    }

    [Fact]
    public void A_slot_of_another_service_with_the_same_id_is_another_slot()
    {
        var slot = Sample.Slot() with { Name = new SlotName("11002", "s1"), Hold = new SlotHold(Mine) };

        Assert.Equal(SlotFate.Release, SlotRules.FateOf(slot, Booked(Mine, Sample.Slot()), Now));
    }

    [Theory]
    [InlineData("unknown", "REFERENCE_NOT_FOUND")]
    [InlineData("elsewhere", "INAPPROPRIATE_SLOT")]
    [InlineData("priority", "INAPPROPRIATE_SLOT")]
    [InlineData("taken", "SLOT_NOT_AVAILABLE")]
    [InlineData("started", "SLOT_NOT_AVAILABLE")]
    [InlineData("suitable", null)]
    public void A_referrer_books_only_a_free_slot_of_the_service_for_the_priority(string which, string? code)
    {
        var slot = Sample.Slot();
        var named = which switch
        {
            "unknown" => new NamedSlot("s1", null),
            "elsewhere" => Sample.Named(slot with { Name = new SlotName("11002", "s1") }),
            "priority" => Sample.Named(slot with { Priority = Priority.Urgent }),
            "taken" => Sample.Named(slot with { Hold = new SlotHold(Other) }),
            "started" => Sample.Named(slot with { Start = Now }),
            _ => Sample.Named(slot),
        };
        var command = new Command.BookSlot(Sample.Named(Sample.BookableService), named);
        var decision = Decide(Sample.ReferralIn(ReferralState.NotBooked), command, Sample.ReferringClinician);

        if (code is not null)
        {
            Assert.Equal((code, "/slot"), decision is Decision.Refused { Refusal: var refusal } ? (refusal.Code, refusal.Pointer) : default);
            return;
        }

        var after = Assert.IsType<Decision.Changed>(decision).After;
        Assert.Equal((ReferralState.Booked, Sample.BookableService.Provider), (after.State, after.Service.Provider));
        Assert.Equal(new Appointment(slot.Start, slot.End, slot.Clinician) { Slot = "s1" }, after.Appointment);
        Assert.Equal(slot.Name, SlotRules.SlotOf(after));
    }

    [Fact]
    public void A_provider_books_any_free_slot_of_the_referrals_service_and_keeps_the_review()
    {
        var deferred = AtClinic(ReferralState.DeferredToProvider);
        var urgent = Sample.Slot() with { Priority = Priority.Urgent };
        var booked = Changed(deferred, new Command.BookSlot(Sample.Named(Sample.BookableService), Sample.Named(urgent)), Sample.ProviderAdmin);
        var elsewhere = Sample.Slot() with { Name = new SlotName("11002", "s1") };

        Assert.Equal((urgent.Name, deferred.Review), (SlotRules.SlotOf(booked), booked.Review));
        var foreign = new Command.BookSlot(new NamedService("11002", null), Sample.Named(elsewhere));
        Assert.Equal("INAPPROPRIATE_SLOT", CodeOf(deferred, foreign, Sample.ProviderAdmin));
        Assert.Equal("FORBIDDEN", CodeOf(deferred, foreign, Sample.ReferringClinician with { Role = Role.ReferringAdmin }));
    }

    [Fact]
    public void A_deferral_needs_a_true_reason()
    {
        var referral = Sample.ReferralIn(ReferralState.NotBooked);
        var free = Sample.Named(Sample.Slot());
        var taken = Sample.Named(Sample.Slot() with { Hold = new SlotHold(Other) });

        Assert.Equal("SLOTS_CURRENTLY_AVAILABLE", CodeOf(Deferral(DeferralReason.NoSlotsAtService) with { FreeSlots = [referral.Priority] }));
        Assert.Null(CodeOf(Deferral(DeferralReason.NoSlotsAtService) with { FreeSlots = [Priority.TwoWeekWait] }));
        Assert.Equal("VALUE_IS_REQUIRED", CodeOf(Deferral(DeferralReason.SlotNotAvailable)));
        Assert.Equal("THIS_SLOT_IS_AVAILABLE", CodeOf(Deferral(DeferralReason.SlotNotAvailable) with { Slot = free }));
        Assert.Null(CodeOf(Deferral(DeferralReason.SlotNotAvailable) with { Slot = taken }));
        Assert.Null(CodeOf(Deferral(DeferralReason.SlotNotAvailable) with { Slot = new NamedSlot("withdrawn", null) }));
        Assert.Null(CodeOf(Deferral(DeferralReason.BookingAttemptProblem) with { Slot = free }));

        string? CodeOf(Command.Defer deferral) => SlotRulesTests.CodeOf(referral, deferral, Sample.ReferringClinician);
    }

    [Fact]
    public void Only_an_indirectly_bookable_service_has_appointments_without_a_length()
    {
        var noLength = Sample.Appointment with { End = Sample.Appointment.Start };
        var indirect = Sample.BookableService with { Bookable = Bookable.IndirectlyBookable };
        var referral = AtClinic(ReferralState.DeferredToProvider);

        Assert.Null(CodeOf(referral, new Command.Book(noLength, indirect), Sample.ProviderAdmin));
        Assert.Equal("INVALID_VALUE", CodeOf(referral, new Command.Book(noLength, Sample.BookableService), Sample.ProviderAdmin));
        Assert.Equal("INVALID_VALUE", CodeOf(referral, new Command.Book(noLength, indirect with { Id = "11002" }), Sample.ProviderAdmin));
    }

    [Fact]
    public void Every_command_that_ends_an_appointment_gives_its_slot_back_and_the_referral_remembers_it()
    {
        var booked = Booked(Mine, Sample.Slot());
        foreach (var (command, by) in new (Command, Actor)[]
        {
            (new Command.CancelAppointment("PATIENT_ILL"), Sample.ReferringClinician),
            (new Command.CancelAppointment("CLINIC_CANCELLED"), Sample.ProviderAdmin),
            (new Command.Reject("SERVICE_INAPPROPRIATE"), Sample.ProviderClinician),
            (new Command.CancelAppointmentActionLater("Another clinic"), Sample.ProviderClinician),
            (new Command.Cancel("PATIENT_DIED"), Sample.ReferringClinician),
        })
        {
            var after = Changed(booked, command, by);
            Assert.Equal((null, Sample.Slot().Name, Sample.Slot().Name), (SlotRules.SlotOf(after), SlotRules.ReleasedBy(booked, after), after.ReleasedSlot));
            Assert.Equal([Sample.Slot().Name], SlotRules.Touched(booked, after));
        }

        Assert.Empty(SlotRules.Touched(booked, Changed(booked, new Command.Accept(), Sample.ProviderClinician)));
    }

    /// <summary>
    /// Runs commands on three referrals and one slot, in single storage calls, in any order; stops any of them for ever or for a while; lets time pass between
    /// any two calls; and settles the slot at any moment. The store is simulated: a row changes only under the tag with which it was read.
    /// </summary>
    [Fact]
    public void A_slot_is_never_in_two_referrals_and_agrees_with_its_referral_in_the_end_whatever_stops_or_overtakes()
    {
        var schedules = Gen.Choose(0, 99).ListOf().Resize(160).ToArbitrary();
        Prop.ForAll(schedules, schedule =>
        {
            var world = new SlotWorld();
            foreach (var choice in schedule)
            {
                world.Step(choice);
                if (world.Holders > 1) return false;
            }

            world.Finish();
            return world.Holders <= 1 && world.Agrees;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(160));
    }

    private static Command.Defer Deferral(DeferralReason reason) => new(Sample.Named(Sample.BookableService), reason);

    private static Referral Booked(Ubrn ubrn, Slot slot) =>
        AtClinic(ReferralState.Booked) with { Ubrn = ubrn, Appointment = SlotRules.AppointmentOf(slot) };

    private static Referral AtClinic(ReferralState state) =>
        Sample.ReferralIn(state) with { Service = new ReferredTo(Sample.BookableService.Id, Sample.BookableService.Name, Sample.BookableService.Provider) };

    private static Decision Decide(Referral referral, Command command, Actor actor) => ReferralRules.Decide(referral, command, actor, Now, "c");

    private static Referral Changed(Referral referral, Command command, Actor actor) => Assert.IsType<Decision.Changed>(Decide(referral, command, actor)).After;

    private static string? CodeOf(Referral referral, Command command, Actor actor) =>
        Decide(referral, command, actor) is Decision.Refused refused ? refused.Refusal.Code : null;
}

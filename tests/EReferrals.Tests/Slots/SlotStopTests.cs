using EReferrals.Intake;
using EReferrals.Lifecycle;
using EReferrals.Reconciliation;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Services;
using EReferrals.Slots;
using EReferrals.Storage.Slots;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Transfers;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Slots;

/// <summary>Bookings that are interrupted after any storage call, or overtaken between any two, against the real emulators.</summary>
public sealed class SlotStopTests(TransferApp transfers) : IClassFixture<TransferApp>
{
    private const int MostStops = 60;
    private const int Version = 3;

    private readonly RunningApp _app = transfers.App;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_booking_interrupted_after_any_storage_call_leaves_the_slot_free_or_with_its_referral(bool isRepeated)
    {
        var stops = 0;
        var isBooked = new HashSet<bool>();
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < MostStops);
            var place = await PlaceAsync();
            var (ubrn, key) = (await _app.ShortlistedAsync(place.Practice, place.Service), NewKey());

            isStopped = await transfers.RunAndStopAsync(stops + 1, () => BookAsync(place, ubrn, key));
            // The same command again finishes its own work.
            if (isRepeated) await BookAsync(place, ubrn, key);
            await FollowUpAsync();

            var booked = await AgreesAsync(place, ubrn);
            Assert.True(booked || !isRepeated);
            isBooked.Add(booked);
            // Another referral gets the slot exactly if it is free.
            var other = await _app.ShortlistedAsync(place.Practice, place.Service);
            Assert.Equal(!booked, await BookAsync(place, other) is ChangeOutcome.Changed);
        }

        Assert.InRange(stops, 5, MostStops);
        Assert.Equal(isRepeated ? [true] : [false, true], isBooked.Order());
    }

    [Theory]
    [InlineData("appointment cancelled")]
    [InlineData("rejected")]
    [InlineData("referral cancelled")]
    public async Task A_slot_that_is_given_back_by_a_command_interrupted_after_any_storage_call_agrees_with_its_referral(string what)
    {
        var stops = 0;
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < MostStops);
            var place = await PlaceAsync();
            var ubrn = await _app.ShortlistedAsync(place.Practice, place.Service);
            Assert.IsType<ChangeOutcome.Changed>(await BookAsync(place, ubrn));
            (Actor By, Command Command) ending = what switch
            {
                "rejected" => (TransferApp.Clinician(place.Hospital), new Command.Reject("SERVICE_INAPPROPRIATE")),
                "referral cancelled" => (place.Practice, new Command.Cancel("PATIENT_DIED")),
                _ => (place.Practice, new Command.CancelAppointment("PATIENT_ILL")),
            };

            isStopped = await transfers.RunAndStopAsync(stops + 1, () => ChangeAsync(ubrn, ending.By, ending.Command, Version + 1));
            await FollowUpAsync();

            await AgreesAsync(place, ubrn);
        }

        Assert.InRange(stops, 3, MostStops);
    }

    [Fact]
    public async Task A_command_that_wakes_up_after_its_reservation_was_released_cannot_save_its_referral()
    {
        var calls = 0;
        for (var isInterrupted = true; isInterrupted; calls++)
        {
            Assert.True(calls < MostStops);
            var place = await PlaceAsync();
            var (sleeper, other) = (await _app.ShortlistedAsync(place.Practice, place.Service), await _app.ShortlistedAsync(place.Practice, place.Service));

            isInterrupted = await transfers.RunAndInterruptAsync(calls + 1, () => BookAsync(place, sleeper), async () =>
            {
                PassReservation();
                await BookAsync(place, other);
            });
            await FollowUpAsync();

            var (isFirst, isSecond) = (await IsBookedAsync(place, sleeper), await IsBookedAsync(place, other));
            Assert.True(isFirst ^ isSecond, $"After call {calls + 1}: {isFirst}, {isSecond}.");
            Assert.Equal([$"slot TAKEN {(isFirst ? sleeper : other)}"], await _app.SlotsAsync(place.Hospital, place.Service));
        }

        Assert.InRange(calls, 5, MostStops);
    }

    [Theory]
    [InlineData("book again")]
    [InlineData("cancel the referral")]
    [InlineData("withdraw")]
    [InlineData("publish")]
    public async Task A_slot_agrees_with_its_referral_after_another_command_between_any_two_storage_calls_of_a_booking(string between)
    {
        var calls = 0;
        for (var isInterrupted = true; isInterrupted; calls++)
        {
            Assert.True(calls < MostStops);
            var place = await PlaceAsync();
            var ubrn = await _app.ShortlistedAsync(place.Practice, place.Service);

            isInterrupted = await transfers.RunAndInterruptAsync(calls + 1, () => BookAsync(place, ubrn), () => between switch
            {
                "book again" => BookAsync(place, ubrn),
                "cancel the referral" => ChangeAsync(ubrn, place.Practice, new Command.Cancel("PATIENT_DIED"), Version),
                "withdraw" => WithdrawAsync(place),
                _ => _app.PublishAsync(place.Hospital, place.Service, SlotSteps.Slot("slot", day: 9)),
            });
            await FollowUpAsync();

            var booked = await IsBookedAsync(place, ubrn);
            var slots = await _app.SlotsAsync(place.Hospital, place.Service);
            var agrees = booked ? slots.SequenceEqual([$"slot TAKEN {ubrn}"]) : slots.All(slot => slot == "slot FREE");
            Assert.True(agrees, $"After call {calls + 1}: {booked}, {string.Join(", ", slots)}.");
            if (booked) Assert.Equal(await StartAsync(place), (string)(await _app.ReferralAsync(place.Practice, ubrn))["appointment"]!["start"]!);
        }

        Assert.InRange(calls, 5, MostStops);
    }

    [Fact]
    public async Task An_expired_reservation_is_released_by_the_next_booking_and_by_the_list_without_a_follow_up()
    {
        foreach (var isListed in new[] { true, false })
        {
            var place = await PlaceAsync();
            var (stopped, next) = (await _app.ShortlistedAsync(place.Practice, place.Service), await _app.ShortlistedAsync(place.Practice, place.Service));
            var reservations = _app.Services.GetRequiredService<SlotReservations>();
            var appointment = SlotRules.AppointmentOf((await reservations.FindAsync(place.Slot, default))!);
            Assert.True(await reservations.TryReserveAsync(place.Slot, appointment, Ubrn.Parse(stopped), "stopped", default));
            Assert.Equal("SLOT_NOT_AVAILABLE", Assert.IsType<ChangeOutcome.Refused>(await BookAsync(place, next)).Refusal.Code);
            Assert.Equal([$"slot RESERVED {stopped}"], await _app.SlotsAsync(place.Hospital, place.Service));

            PassReservation();

            if (isListed) Assert.Equal(["slot FREE"], await _app.SlotsAsync(place.Hospital, place.Service));
            Assert.IsType<ChangeOutcome.Changed>(await BookAsync(place, next));
            Assert.Equal([$"slot TAKEN {next}"], await _app.SlotsAsync(place.Hospital, place.Service));
        }
    }

    [Fact]
    public async Task The_reconciler_corrects_slots_that_disagree_with_their_referrals()
    {
        var place = await PlaceAsync();
        var (ubrn, table) = (await _app.ShortlistedAsync(place.Practice, place.Service), _app.Services.GetRequiredService<SlotTable>());
        Assert.IsType<ChangeOutcome.Changed>(await BookAsync(place, ubrn));
        var taken = await table.FindAsync(place.Slot, default);
        Assert.True(await table.TrySaveAsync(new SlotChange(taken, taken!.Slot with { Hold = null }), default));
        await ReconcileAsync();
        Assert.Equal([$"slot TAKEN {ubrn}"], await _app.SlotsAsync(place.Hospital, place.Service));

        Assert.True(await table.TryDeleteAsync((await table.FindAsync(place.Slot, default))!, default));
        await ChangeAsync(ubrn, TransferApp.Clinician(place.Hospital), new Command.Accept(), Version + 1);
        await ReconcileAsync();
        Assert.Equal([$"slot TAKEN {ubrn}"], await _app.SlotsAsync(place.Hospital, place.Service));

        await ChangeAsync(ubrn, place.Practice, new Command.CancelAppointment("PATIENT_ILL"), Version + 2);
        var free = await table.FindAsync(place.Slot, default);
        Assert.True(await table.TrySaveAsync(new SlotChange(free, free!.Slot with { Hold = new SlotHold(Ubrn.Parse(ubrn)) }), default));
        await ReconcileAsync();
        Assert.Equal(["slot FREE"], await _app.SlotsAsync(place.Hospital, place.Service));
    }

    private async Task ReconcileAsync()
    {
        await _app.SettleAsync();
        Assert.True(await _app.Services.GetRequiredService<ReferralLedger>().FlushAsync(default));
        // The reconciler reads a part of the ledger ten minutes after its begin.
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(11); passed += TimeSpan.FromSeconds(40)) PassReservation();
        await _app.Services.GetRequiredService<Reconciler>().ReconcileAsync(default);
    }

    private void PassReservation()
    {
        // Twice twenty seconds.
        transfers.WhenAllInstancesKnow();
        transfers.WhenAllInstancesKnow();
        // They expire on the way.
        _app.ForgetTokens();
    }

    private async Task FollowUpAsync()
    {
        PassReservation();
        await _app.SettleAsync();
    }

    private async Task<bool> AgreesAsync(Place place, string ubrn)
    {
        var booked = await IsBookedAsync(place, ubrn);
        Assert.Equal([booked ? $"slot TAKEN {ubrn}" : "slot FREE"], await _app.SlotsAsync(place.Hospital, place.Service));
        return booked;
    }

    private async Task<bool> IsBookedAsync(Place place, string ubrn) =>
        (string?)(await _app.ReferralAsync(place.Practice, ubrn))["appointment"]?["slot"] == "slot";

    private async Task<string> StartAsync(Place place)
    {
        using var response = await _app.GetAsync(SlotSteps.Admin(place.Hospital), $"/v1/services/{place.Service}/slots");
        return (string)(await response.JsonAsync())["slots"]![0]!["start"]!;
    }

    private async Task<ChangeOutcome> BookAsync(Place place, string ubrn, Idempotency? key = null)
    {
        var service = await _app.Services.GetRequiredService<ServiceDirectory>().FindAsync(place.Service, default);
        var slot = await _app.Services.GetRequiredService<SlotReservations>().NameAsync(place.Service, "slot", default);
        var command = new Command.BookSlot(new NamedService(place.Service, service), slot);
        return await _app.Services.GetRequiredService<ChangeReferral>()
            .ApplyAsync(Ubrn.Parse(ubrn), Version, command, place.Practice, NewKey().KeyHash, key, default);
    }

    private Task<ChangeOutcome> ChangeAsync(string ubrn, Actor actor, Command command, int version) =>
        _app.Services.GetRequiredService<ChangeReferral>().ApplyAsync(Ubrn.Parse(ubrn), version, command, actor, "stop", default);

    private async Task WithdrawAsync(Place place)
    {
        using var answer = await _app.SendAsync(SlotSteps.Admin(place.Hospital), HttpMethod.Delete, $"/v1/services/{place.Service}/slots/slot");
        Assert.True((int)answer.StatusCode is 204 or 409, $"{(int)answer.StatusCode}");
    }

    private static Idempotency NewKey() => new($"{Guid.NewGuid():N}{Guid.NewGuid():N}", new string('0', 64));

    private async Task<Place> PlaceAsync()
    {
        var hospital = transfers.NewOrganisation();
        var service = await _app.ServiceAsync(hospital);
        await _app.PublishAsync(hospital, service, SlotSteps.Slot("slot"));
        return new Place(TransferApp.Practice(transfers.NewOrganisation()), hospital, service);
    }

    private sealed record Place(Actor Practice, string Hospital, string Service)
    {
        public SlotName Slot => new(Service, "slot");
    }
}

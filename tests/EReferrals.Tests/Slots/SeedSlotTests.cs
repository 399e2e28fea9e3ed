using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Tests.Ers;

namespace EReferrals.Tests.Slots;

/// <summary>The slots that the local platform publishes at its start.</summary>
[Collection(Journey.Name)]
public class SeedSlotTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Theory]
    [InlineData("11000", true)]
    [InlineData("11002", true)]
    [InlineData("12000", true)]
    [InlineData("13000", true)]
    [InlineData("14000", true)]
    [InlineData("10000", false)]
    [InlineData("11021", false)]
    public async Task A_local_start_publishes_slots_of_both_priorities_of_some_services(string service, bool hasSlots)
    {
        foreach (var priority in new[] { "ROUTINE", "URGENT" })
        {
            using var response = await _app.FindSlotsAsync(BookingSteps.SearchOf(service, priority));
            Assert.Equal(hasSlots, (int)(await response.ResourceAsync(200))["total"]! > 0);
        }
    }

    [Fact]
    public async Task A_restart_adds_no_slot_that_is_there_already()
    {
        var slots = await _app.FreeSlotsAsync("13000");
        var again = slots.Select(slot => new JsonObject
        {
            ["start"] = slot["start"]!.DeepClone(),
            ["end"] = slot["end"]!.DeepClone(),
            ["priority"] = "ROUTINE",
        });

        var results = await _app.PublishAsync(Sample.Provider, "13000", [.. again]);

        Assert.All(results, result => Assert.Equal(200, (int)result["status"]!));
        Assert.Equal(slots.Select(slot => slot.IdOf()), (await _app.FreeSlotsAsync("13000")).Select(slot => slot.IdOf()));
        var days = slots.Select(slot => DateTimeOffset.Parse((string)slot["start"]!, CultureInfo.InvariantCulture).Date).Distinct().ToArray();
        Assert.Equal(5, days.Length);
        Assert.All(days, day => Assert.False(day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday));
    }
}
